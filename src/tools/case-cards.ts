// The copies of cards of proposed questions: under the queue that was asked for, and each written anew after a decision.
import { type Saying, toPlainReply } from '../core/reply.ts'
import type { Turn } from '../core/turn.ts'
import { listCases } from '../evals/cases/accepted-cases.ts'
import { CASE_STATES, type CaseState, caseRecordSchema } from '../evals/cases/case-record.ts'
import type { Ledger, Posts } from '../store/port.ts'
import { type CaseCounts, MOST_CARDS, toCaseCard, toQueue } from './case-card.ts'
import { createTicketCards } from './ticket-cards.ts'

export interface CaseCards {
  /** The card or the queue of that id as it stands now; null where it is none of ours. */
  find(id: string): Promise<Saying | null>
  /** Every copy of a card and of the queues, as they stand now. */
  refresh(id: string): Promise<void>
  /** Puts the cards of a queue under it. Call once the queue's own message is kept; safe to call again. */
  announce(id: string, turn: Pick<Turn, 'id' | 'channel' | 'address'>): Promise<void>
}

export interface CaseCardParts {
  cases: Ledger
  posts: Pick<Posts, 'ofSubject' | 'put' | 'get'>
  /** Lets the conversation look for posts that are not shown. */
  wake(): void
}

const QUEUE = 'cases:'

export function toQueueId(state: CaseState): string {
  return `${QUEUE}${state}`
}

function readQueueId(id: string): CaseState | null {
  return CASE_STATES.find((state) => id === toQueueId(state)) ?? null
}

export async function readQueue(cases: Ledger, state: CaseState, home = false): Promise<Saying> {
  const all = await listCases(cases)
  const of = (wanted: CaseState) => all.filter((record) => record.state === wanted)
  const counts: CaseCounts = {
    proposed: of('proposed').length,
    accepted: of('accepted').length,
    dropped: of('dropped').length,
  }
  return toQueue(of(state), state, counts, home)
}

export function createCaseCards({ cases, posts, wake }: CaseCardParts): CaseCards {
  const find = async (id: string): Promise<Saying | null> => {
    const queue = readQueueId(id)
    if (queue) return readQueue(cases, queue)
    const entry = await cases.get(id)
    return entry ? toCaseCard(caseRecordSchema.parse(entry.record)) : null
  }
  const cards = createTicketCards({ posts, find, wake })
  return {
    find,
    async refresh(id) {
      await cards.refresh(id)
      for (const state of CASE_STATES) await cards.refresh(toQueueId(state))
    },
    async announce(id, turn) {
      const queue = readQueueId(id)
      if (!queue) return cards.refresh(id)
      for (const record of (await listCases(cases, queue)).slice(0, MOST_CARDS)) {
        const key = `case:${record.id}:${turn.id}`
        if (await posts.get(key)) continue
        const { text, ...more } = toCaseCard(record)
        const reply = toPlainReply(turn.id, text, { ...more, outcome: 'done' })
        const { channel, address } = turn
        await posts.put({ key, subject: record.id, channel, address, reply, under: `turn:${turn.id}` })
      }
      wake()
    },
  }
}
