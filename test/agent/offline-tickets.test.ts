// The offline model with the real tools over tickets: what these cannot read is looked up, and said where no page answers.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAnswerAgent } from '../../src/agent/create-answer-agent.ts'
import { createApprovals } from '../../src/approvals/create-approvals.ts'
import { silentLog } from '../../src/core/log.ts'
import { createOfflineEmbeddings } from '../../src/platform/local/embeddings/offline-embeddings.ts'
import { createOfflineChatModel } from '../../src/platform/offline/offline-chat-model.ts'
import { writeSqlByRules } from '../../src/tickets/query-rules.ts'
import type { AnyTool } from '../../src/tools/define-tool.ts'
import { createSearchDocs } from '../../src/tools/search-docs.ts'
import { createTicketTools } from '../../src/tools/ticket-tools.ts'
import { openTicketWorld, type TicketWorld } from '../tickets/world.ts'
import { placeOf } from '../tools/approval-desk.ts'
import { people } from '../tools/version-desk.ts'
import { toPassage } from './agent-under-test.ts'

const ROUTES = toPassage(
  1,
  'List billing tickets with attachments: open Tickets, choose Billing and switch on the filter Attachments. The list then shows only billing tickets that have attachments.',
  { title: 'Lists of tickets', heading_path: ['List billing tickets with attachments'] },
)

describe('a question about tickets', () => {
  let world: TicketWorld
  beforeAll(async () => {
    world = await openTicketWorld()
    await world.load([{ id: 'T-1', at: '2026-11-21 08:00:00', text: 'I was charged twice, please refund me.' }])
  })
  afterAll(() => world.close())

  let turns = 0
  async function ask(text: string, found: (typeof ROUTES)[]) {
    const { desk, sql, store, plan } = world
    const tickets = createTicketTools({
      ...{ desk, sql, posts: store.posts, log: silentLog, wake: () => {}, now: () => world.clock.now },
      writeSql: async (question) => writeSqlByRules(question, plan),
    })
    const embeddings = createOfflineEmbeddings({ cacheFolder: join(tmpdir(), 'lakedesk-test-embeddings') })
    const searched: string[] = []
    const retrieve = async (query: string) => {
      searched.push(query)
      return found
    }
    const agent = createAnswerAgent({
      model: createOfflineChatModel({ embeddings }),
      tools: [createSearchDocs({ retrieve }), ...tickets.tools] as AnyTool[],
      ...{ audit: store.audit, systemPrompt: 'Answer from the documentation, and say so where it holds no answer.' },
      ...{ version: 'docs_rag v2', log: silentLog, timeoutMs: 20_000 },
    })
    const question = {
      ...{ turnId: `turn-${++turns}`, user: { id: 'UANA', tenant: 'T0' }, actor: people.toActor('slack/T0/UANA') },
      ...{ place: placeOf('desk:one'), approvals: createApprovals({ store, people }), thread: 'desk:one' },
      ...{ text, history: [], signal: new AbortController().signal },
    }
    return { answer: await agent.answer(question, () => {}), searched }
  }

  it('is answered by a page, where it cannot be read as one about ours', async () => {
    const { answer, searched } = await ask('list billing tickets with attachments', [ROUTES])
    expect(searched).not.toEqual([])
    expect(answer.text).toContain('switch on the filter Attachments')
    expect(answer.text).not.toContain('I did not understand')
    expect(answer.citations).toHaveLength(1)
  })

  it('is refused with the words that were not understood, where no page answers either', async () => {
    const { answer, searched } = await ask('list billing tickets with attachments', [])
    expect(searched).not.toEqual([])
    expect(answer.text).toContain('I did not understand "attachments"')
    expect(answer.text).toContain('urgency_level (low, medium, high)')
  })

  it('is not looked up where it can only be about ours', async () => {
    const { answer, searched } = await ask('How many open tickets do we have?', [ROUTES])
    expect(searched).toEqual([])
    expect(answer.text).toContain('I did not understand "open"')
    expect(answer.citations).toEqual([])
  })

  it('becomes a statement that a person sees first', async () => {
    const { answer } = await ask('How many tickets did we get yesterday?', [ROUTES])
    expect(answer.approvals).toHaveLength(1)
    expect(answer.text).toContain('The card of request')
  })
})
