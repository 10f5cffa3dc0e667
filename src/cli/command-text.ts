// Puts the words that a shell handed over back together as a person would have typed them behind a command in chat.

/** Commands that take what stands behind them as one text: quotes were for the shell, and are no part of it. */
const WHOLE = new Set(['triage', 'query', 'tickets'])
/** `product_name=Label printing`, which was `product_name="Label printing"` before the shell read it. */
const NAMED = /^([a-z]\w*)=([\s\S]*)$/i

export function toCommandText(name: string, words: readonly string[]): string {
  if (WHOLE.has(name)) return words.join(' ')
  return words.map(name === 'correct' ? quoteValue : quote).join(' ')
}

function quote(word: string): string {
  return /\s/.test(word) ? JSON.stringify(word) : word
}

function quoteValue(word: string): string {
  const [, name, value] = NAMED.exec(word) ?? []
  if (name === undefined || value === undefined) return word
  return /^"[^"]*"$/.test(value) ? word : `${name}="${value}"`
}
