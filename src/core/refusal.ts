// The sentence that says honestly that there is no answer.

/** A refused answer starts with exactly this. The system prompt asks for it, and the agent looks for it. */
export const REFUSAL = 'The documentation does not say.'

/** True where a text opens with the refusal; forgives case, emphasis marks and a missing full stop. */
export function isRefusal(text: string): boolean {
  const opening = text.replace(/^[\s*_>#"'“]+/u, '').toLowerCase()
  return opening.startsWith(REFUSAL.slice(0, -1).toLowerCase())
}
