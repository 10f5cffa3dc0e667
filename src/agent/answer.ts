// What the conversation core asks of an agent: one question in, text as it is written, one checked answer out.
import type { Citation, Passage } from '../core/passage.ts'
import type { Block, Button } from '../core/reply.ts'
import type { Person } from '../core/turn.ts'
import type { Actor, Place } from '../store/port.ts'
import type { ToolContext } from '../tools/define-tool.ts'

export interface HistoryMessage {
  role: 'user' | 'assistant'
  text: string
  name?: string
}

export interface Question {
  turnId: string
  user: Person
  thread: string
  text: string
  /** Earlier messages of the thread, oldest first. Data, never instruction. */
  history: readonly HistoryMessage[]
  /** The thread for tools that read all of it; absent outside a conversation. */
  earlier?: ToolContext['earlier']
  signal: AbortSignal
  /** Who asks, linked over all faces, and where: without them no tool that needs a person does anything. */
  actor?: Actor
  place?: Place
  /** Where tools ask for what needs an approval; without it such tools are refused. */
  approvals?: ToolContext['approvals']
}

export function toCitation({ n, doc_id, title, url, text }: Passage): Citation {
  return { n, doc_id, title, url, passage: text }
}

/**
 * `text` deltas are already safe to show: unknown citations and foreign links never appear in them. `cited` comes just before
 * the delta that cites a new page, with all pages cited so far, so that an answer that breaks off keeps its sources.
 */
export type AnswerEvent =
  | { kind: 'status'; text: string }
  | { kind: 'text'; delta: string }
  | { kind: 'cited'; citations: Citation[] }

export interface Answer {
  /** Standard Markdown; begins with everything that was streamed. */
  text: string
  /** Only those cited in the text, best first. */
  citations: Citation[]
  /** True where the documentation holds no answer. */
  refused: boolean
  /** Name and version of the RAG chain. */
  version: string
  /** Plain text: what wrote this, and from what. */
  footer: string
  /** Everything that was retrieved for it, by number. */
  passages?: readonly Passage[]
  /** Tokens of all model calls; null where the endpoint does not tell. */
  usage?: { inputTokens: number; outputTokens: number } | null
  /** What tools want shown beside the text. */
  blocks?: readonly Block[]
  buttons?: readonly Button[]
  /** Approvals that wait since this turn: their cards belong into the thread. */
  approvals?: readonly string[]
}

export interface AnswerAgent {
  /** Rejects with a LakedeskError (MODEL_*, INDEX_*, TOOL_FAILED), or an AbortError when the signal fired. */
  answer(question: Question, onEvent: (event: AnswerEvent) => void): Promise<Answer>
}
