// An agent over a scripted endpoint and a small documentation, with everything it says recorded.
import type { Answer, AnswerEvent, HistoryMessage } from '../../src/agent/answer.ts'
import { type AnswerAgentParts, createAnswerAgent } from '../../src/agent/create-answer-agent.ts'
import { silentLog } from '../../src/core/log.ts'
import type { Passage } from '../../src/core/passage.ts'
import { createOpenAiChatModel } from '../../src/platform/openai/create-openai-chat-model.ts'
import type { AuditLine } from '../../src/store/port.ts'
import type { Retrieve } from '../../src/tools/search-docs.ts'
import { createSearchDocs } from '../../src/tools/search-docs.ts'
import type { OpenAiStandIn } from '../stand-ins/openai.ts'

export function toPassage(n: number, text: string, more: Partial<Passage> = {}): Passage {
  return {
    n,
    chunk_id: `chunk-${n}`,
    doc_id: `doc-${n}`,
    title: `Page ${n}`,
    url: `https://docs.example.com/page-${n}`,
    heading_path: ['Guide'],
    text,
    score: 1 / n,
    ...more,
  }
}

export const PASSWORD = toPassage(
  1,
  'To reset your password, open Settings, choose Security and select Reset password. The link is valid for 30 minutes.',
)
export const SSO = toPassage(
  2,
  'Single sign-on with Azure AD needs the Enterprise plan. Enter the tenant id under SSO.',
)

export function createRecordingAudit() {
  const lines: AuditLine[] = []
  const list = async () => lines.map((line, at) => ({ ...line, seq: at + 1 })).reverse()
  return { lines, append: async (line: AuditLine) => void lines.push(line), list }
}

export interface Asked {
  answer: Answer
  events: AnswerEvent[]
  streamed: string
}

export function createAgentUnderTest(
  standIn: OpenAiStandIn,
  options: { retrieve?: Retrieve; timeoutMs?: number; parts?: Partial<AnswerAgentParts> } = {},
) {
  const audit = createRecordingAudit()
  const queries: string[] = []
  const retrieve: Retrieve = async (query, more) => {
    queries.push(query)
    return options.retrieve ? options.retrieve(query, more) : [PASSWORD, SSO]
  }
  const timeoutMs = options.timeoutMs ?? 20_000
  const agent = createAnswerAgent({
    model: createOpenAiChatModel({ baseUrl: standIn.baseUrl, apiKey: 'key-1', model: 'scripted', timeoutMs }),
    tools: [createSearchDocs({ retrieve })],
    audit,
    systemPrompt: 'Answer from the passages only.',
    version: 'product-docs-rag v1',
    log: silentLog,
    timeoutMs,
    ...options.parts,
  })
  async function ask(
    text: string,
    more: { history?: HistoryMessage[]; signal?: AbortSignal; onEvent?: (event: AnswerEvent) => void } = {},
  ): Promise<Asked> {
    const events: AnswerEvent[] = []
    const question = {
      turnId: 'turn-1',
      user: { id: 'U1', tenant: 'T1' },
      thread: 'thread-1',
      text,
      history: more.history ?? [],
      signal: more.signal ?? new AbortController().signal,
    }
    const answer = await agent.answer(question, (event) => {
      events.push(event)
      more.onEvent?.(event)
    })
    const streamed = events.map((event) => (event.kind === 'text' ? event.delta : '')).join('')
    return { answer, events, streamed }
  }
  return { ask, audit, queries }
}
