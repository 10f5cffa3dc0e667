// Examples that Lakedesk itself collected: tickets whose category a person corrected, and answers that people approved.
import { z } from 'zod'
import { CATEGORY_TASK } from '../platform/ports/taught-rows.ts'
import type { Audit, Inbox, Labelled, Outbox, Store } from '../store/port.ts'
import type { RawData } from './check-examples.ts'
import type { Example } from './example.ts'

export interface OwnMemory {
  labelled: Pick<Labelled, 'list'>
  audit: Pick<Audit, 'list'>
  inbox: Pick<Inbox, 'get'>
  outbox: Pick<Outbox, 'get'>
  ledger: Store['ledger']
}

/** The newest correction of each text. Throws STORE_*. */
export async function readCorrections({ labelled }: Pick<OwnMemory, 'labelled'>): Promise<RawData> {
  const rows = await labelled.list(CATEGORY_TASK)
  const examples = rows
    .filter(({ label }) => label !== '')
    .map(({ text, label }) => ({ kind: 'labelled' as const, text, label }))
  const notes = examples.length === 0 ? ['Nobody has corrected the category of a ticket yet.'] : []
  return { name: 'corrections', examples, broken: [], notes }
}

const feedbackSchema = z.object({ rating: z.enum(['up', 'down']), turn: z.string() })
/** Lines of the audit that are looked through, newest first. */
const MAX_LINES = 10_000
/** What the small print of an answer counts: without the passages it would teach to invent sources. */
const CITATION = /\s?\[\d+\](?:\(\S+\))?/g

export function withoutCitations(text: string): string {
  return text.replace(CITATION, '').trim()
}

/** Answers that a model wrote, that somebody marked with a thumb up and nobody with a thumb down. Throws STORE_*. */
export async function readApprovedAnswers(memory: Omit<OwnMemory, 'ledger'>): Promise<RawData> {
  const lines = await memory.audit.list({ what: 'give-feedback', limit: MAX_LINES })
  const newest = new Map<string, Map<string, 'up' | 'down'>>()
  for (const { actor, outcome, detail } of lines) {
    const read = feedbackSchema.safeParse(detail)
    if (outcome !== 'done' || !read.success) continue
    const votes = newest.get(read.data.turn) ?? new Map<string, 'up' | 'down'>()
    // Newest first: what a person said last stands.
    if (!votes.has(actor)) votes.set(actor, read.data.rating)
    newest.set(read.data.turn, votes)
  }
  const approved = [...newest].filter(([, votes]) => [...votes.values()].every((rating) => rating === 'up'))
  const examples: Example[] = []
  for (const [turn] of approved) {
    const example = await readAnswer(turn, memory)
    if (example) examples.push(example)
  }
  const gone = approved.length - examples.length
  const notes = [
    `${approved.length} answer${approved.length === 1 ? ' was' : 's were'} approved with a thumb up and by nobody rejected.`,
    ...(gone > 0 ? [`Of ${gone} of them the words are not kept any more, or no model wrote them.`] : []),
  ]
  return { name: 'answers', examples, broken: [], notes }
}

async function readAnswer(
  turnId: string,
  { inbox, outbox }: Pick<OwnMemory, 'inbox' | 'outbox'>,
): Promise<Example | null> {
  const [asked, sent] = await Promise.all([inbox.get(turnId), outbox.get(turnId)])
  if (asked?.turn.kind !== 'message' || !sent?.reply?.generated || sent.reply.refused) return null
  const question = asked.turn.text.trim()
  const answer = withoutCitations(sent.reply.text)
  if (question === '' || answer === '') return null
  return {
    kind: 'chat',
    messages: [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ],
  }
}
