// Splits a question into what it asks: two questions in one message are answered one after the other.
import { terms } from '../../core/text/analyze.ts'

/** Content words from which a clause asks something by itself. */
const LEAST_TERMS = 2
const MOST_PARTS = 3
const ASKS =
  'how|what|which|who|when|where|why|until|can|could|do|does|did|is|are|will|would|should|may|must|from which|in which|for how'
const JOINT = new RegExp(String.raw`(?:[,.]?\s+(?:and|or|but)\s+|,\s+|\s+[-–]\s+|:\s+)(?=(?:${ASKS})\b)`, 'i')
const ASKING = new RegExp(String.raw`^(?:and\s+|or\s+|but\s+)?(?:${ASKS})\b|\?$`, 'i')

/** The questions of a message in their order; one, the message itself, where it cannot be split into two that both ask. */
export function splitParts(focus: string): string[] {
  const clauses = focus
    .split(/(?<=[?;])\s+|;\s*/)
    .flatMap((sentence) => sentence.split(/(?<=[.!])\s+/))
    .flatMap((sentence) => sentence.split(JOINT))
    .map((clause) => clause.trim())
    .filter((clause) => clause !== '')
  const asking = clauses.filter((clause) => ASKING.test(clause) && terms(clause).length >= LEAST_TERMS)
  return asking.length < 2 ? [focus] : asking.slice(-MOST_PARTS)
}
