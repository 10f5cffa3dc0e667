// Builds the agents that answer: of one chain, with or without the tools that act on versions, and as evaluations ask them.
import type { Answer, AnswerAgent } from '../agent/answer.ts'
import { createAnswerAgent } from '../agent/create-answer-agent.ts'
import type { Settings } from '../config/settings.ts'
import type { Log } from '../core/log.ts'
import type { CaseAnswer, ThreadMessage } from '../evals/evaluation.ts'
import type { VectorIndex } from '../platform/ports/vector-index.ts'
import { describeChain, type RagChain } from '../rag/chain.ts'
import { createRetriever } from '../rag/retriever.ts'
import type { Audit } from '../store/port.ts'
import type { AnyTool } from '../tools/define-tool.ts'
import { createSearchDocs } from '../tools/search-docs.ts'
import { buildModel } from './build-models.ts'

export interface AgentParts {
  settings: Settings
  index: VectorIndex
  log: Log
  audit: Audit
}

/** Questions that no person asks, of evaluations and of the scoring protocol, leave no line about a person. */
const NOBODY: Audit = { append: async () => {}, list: async () => [] }

/** `label`: what the small print says instead of the chain's name and version. */
export function buildAgent(
  chain: RagChain,
  more: readonly AnyTool[],
  parts: AgentParts,
  label = describeChain(chain),
): AnswerAgent {
  const { settings, index, log, audit } = parts
  const retriever = createRetriever({ index, chain })
  return createAnswerAgent({
    model: buildModel(chain, { settings: settings.model, data: settings.data, log }),
    tools: [createSearchDocs({ retrieve: retriever.retrieve }), ...more],
    audit,
    systemPrompt: chain.systemPrompt,
    version: label,
    log,
    timeoutMs: settings.model.timeoutMs,
  })
}

/** An agent that only searches and answers. */
export function buildPlainAgent(chain: RagChain, parts: Omit<AgentParts, 'audit'>): AnswerAgent {
  return buildAgent(chain, [], { ...parts, audit: NOBODY })
}

/** A question that no person asks in a thread of its own, such as one of an evaluation or of the scoring protocol. */
export function askAlone(
  agent: AnswerAgent,
  asker: string,
  asked: { text: string; signal: AbortSignal; history?: readonly ThreadMessage[] },
): Promise<Answer> {
  const id = `${asker}-${crypto.randomUUID()}`
  const turn = { turnId: id, user: { id: asker, tenant: 'local' }, thread: id }
  return agent.answer({ ...turn, history: [], ...asked }, () => {})
}

/** One question of an evaluation, with what it took. `earlier` is what was said before a follow-up. */
export async function answerCase(
  agent: AnswerAgent,
  question: string,
  signal: AbortSignal,
  price: Settings['evaluation']['price'],
  earlier: readonly ThreadMessage[] = [],
): Promise<CaseAnswer> {
  const began = performance.now()
  const answer = await askAlone(agent, 'evaluation', { text: question, history: earlier, signal })
  const tokens = answer.usage ?? null
  const cost = price && tokens ? (tokens.inputTokens * price.input + tokens.outputTokens * price.output) / 1e6 : null
  return {
    text: answer.text,
    refused: answer.refused,
    cited: answer.citations.map(({ doc_id }) => doc_id),
    passages: (answer.passages ?? []).map(({ chunk_id, doc_id, text }) => ({ chunk_id, doc_id, text })),
    latencyMs: performance.now() - began,
    inputTokens: tokens?.inputTokens ?? null,
    outputTokens: tokens?.outputTokens ?? null,
    costUsd: cost,
  }
}
