// Tells a refusal that claims nothing from one that goes on to say something after all.
import { isRefusal } from '../core/refusal.ts'
import { holdsCommand, pointsToPages } from './guard/support.ts'

const AFTER_SENTENCE = /(?<=[.!?…][)\]"'”’*_]*)\s+/

/** True where a text is the refusal and at most one further sentence, which tells what the pages do cover. */
export function isPlainRefusal(text: string): boolean {
  const [refusal = '', more, ...rest] = text.trim().split(AFTER_SENTENCE)
  if (!isRefusal(refusal) || holdsCommand(refusal) || rest.length > 0) return false
  return more === undefined || pointsToPages(more)
}
