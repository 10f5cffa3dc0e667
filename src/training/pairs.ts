// Questions with their answers as people worded them: kept from feedback, and read as conversations to train on.
import { z } from 'zod'
import { feedbackSchema, saidSchema } from '../core/feedback.ts'
import type { Store } from '../store/port.ts'
import type { RawData } from './check-examples.ts'
import { type ChatMessage, type Example, parseExample } from './example.ts'
import { withoutCitations } from './own-examples.ts'

/** A record of the ledger `pairs`, one an answer and person. */
export const pairSchema = z.object({
  question: z.string(),
  /** As the person worded it. */
  answer: z.string(),
  /** As the version worded it. */
  given: z.string(),
  /** What was said before a follow-up, oldest first. */
  history: z.array(saidSchema),
  by: z.string(),
  at: z.string(),
  /** The turn of the press. */
  press: z.string(),
  version: z.string().nullable(),
  /** The turn that was answered. */
  turn: z.string(),
})
export type Pair = z.infer<typeof pairSchema>

/** Pairs that are read, newest first. */
const MOST = 100_000

/** Oldest first, without those whose person has marked the answer down since. Throws STORE_*. */
export async function readPairs({ ledger }: Pick<Store, 'ledger'>): Promise<RawData> {
  const entries = (await ledger('pairs').list(MOST)).reverse()
  const broken: RawData['broken'][number][] = []
  const examples: Example[] = []
  for (const [at, { id, record }] of entries.entries()) {
    // Kept under the id of the feedback that offered it.
    const rated = feedbackSchema.safeParse((await ledger('feedback').get(id))?.record)
    if (rated.success && rated.data.rating === 'down') continue
    const example = toExample(pairSchema.parse(record))
    if (typeof example === 'string') broken.push({ line: at + 1, why: example })
    else examples.push(example)
  }
  const notes = examples.length === 0 ? ['No answer is kept for training yet: a thumb up offers it.'] : []
  return { name: 'feedback', examples, broken, notes }
}

/** A follow-up with the messages before it, as far as they alternate between person and assistant. */
function toExample({ question, answer, history }: Pair): Example | string {
  const last: ChatMessage[] = [
    { role: 'user', content: question.trim() },
    { role: 'assistant', content: withoutCitations(answer) },
  ]
  const before = history.map(({ role, text }): ChatMessage => ({ role, content: withoutCitations(text) }))
  const whole = parseExample({ messages: [...before, ...last] })
  return typeof whole === 'string' ? parseExample({ messages: last }) : whole
}
