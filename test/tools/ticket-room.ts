// A conversation with the tools over tickets: real store, embedded tables, offline rules, approvals, cards and runner.
import type { AnswerAgent } from '../../src/agent/answer.ts'
import { createApprovals } from '../../src/approvals/create-approvals.ts'
import { createConversation } from '../../src/conversation/create-conversation.ts'
import type { ThreadMessage } from '../../src/core/channel.ts'
import type { Reply } from '../../src/core/reply.ts'
import type { Turn } from '../../src/core/turn.ts'
import type { WriteSql } from '../../src/platform/ports/write-sql.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { writeSqlByRules } from '../../src/tickets/query-rules.ts'
import { createApprovedRunner } from '../../src/tools/approved-runner.ts'
import { createCards } from '../../src/tools/cards.ts'
import { createDecideApproval } from '../../src/tools/decide-approval.ts'
import type { AnyTool } from '../../src/tools/define-tool.ts'
import { createTicketTools } from '../../src/tools/ticket-tools.ts'
import { people } from '../conversation/approval-tools.ts'
import { recordChannel, recordLog, scriptAgent } from '../conversation/setup.ts'
import { openTicketWorld, type TicketWorld } from '../tickets/world.ts'

export const ana = { id: 'ana', tenant: 'acme', name: 'Ana' }
export const ben = { id: 'ben', tenant: 'acme', name: 'Ben' }

export interface TicketRoom {
  world: TicketWorld
  /** The reply of a turn. */
  say(turn: Turn): Promise<Reply>
  /** All that the face was sent, also edits, oldest first. */
  shown: ReturnType<typeof recordChannel>['shown']
  /** What the face shows as the reply of that turn by now. */
  cardOf(turn: string): Reply | undefined
  close(): Promise<void>
}

export async function openTicketRoom(
  options: Parameters<typeof openTicketWorld>[0] & {
    history?: ThreadMessage[] | 'refused'
    writeSql?: WriteSql
    agent?: AnswerAgent
  } = {},
): Promise<TicketRoom> {
  const { log } = recordLog()
  const store = openSqliteStore({ file: ':memory:', log })
  const world = await openTicketWorld({ ...options, store })
  const face = recordChannel(options.history ? { history: options.history } : {})
  const approvals = createApprovals({ store, people })
  const wake = () => conversation.wake()
  const tickets = createTicketTools({
    ...{ desk: world.desk, sql: world.sql, posts: store.posts, log, wake, now: () => world.clock.now },
    writeSql: options.writeSql ?? (async (question) => writeSqlByRules(question, world.plan)),
  })
  const find = (name: string) => tickets.approved.find((tool) => tool.name === name)
  const tools = [...tickets.tools, createDecideApproval({ approvals, find }) as AnyTool]
  const cards = createCards({ store, find, wake })
  const runner = createApprovedRunner({ approvals, find, cards, log, retryMs: 5 })
  const conversation = createConversation({
    ...{ store, log, people, tools, approvals, agent: options.agent ?? scriptAgent().agent },
    onWaiting: async (id) => {
      await tickets.cards.refresh(id)
      await cards.announce(id)
    },
    limits: { backoffMs: 5, postEveryMs: 1 },
  })
  conversation.register(face.channel)
  await conversation.start()
  await runner.start()
  return {
    world,
    shown: face.shown,
    async say(turn) {
      const reply = await conversation.handle(turn)
      if (!reply) throw new Error('a duplicate')
      return reply
    },
    cardOf: (turn) => face.shown.findLast(({ delivery }) => delivery.key === `turn:${turn}`)?.reply,
    async close() {
      await runner.drain()
      await conversation.drain(200)
      await world.close()
      await store.close()
    },
  }
}
