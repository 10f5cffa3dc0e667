// Makes the reply to one turn: asks the agent, runs the command, takes the feedback, or says what is to be done.
import type { Answer, AnswerAgent, AnswerEvent, HistoryMessage } from '../agent/answer.ts'
import { questionTooLong } from '../agent/question-limit.ts'
import { assertNever } from '../core/assert-never.ts'
import type { Channel, ReplyStream } from '../core/channel.ts'
import { LakedeskError } from '../core/errors.ts'
import { type Basis, MAX_PASSAGES, PASSAGE_CHARS } from '../core/feedback.ts'
import type { Citation } from '../core/passage.ts'
import { type Reply, toPlainReply } from '../core/reply.ts'
import type { ActionTurn, Turn } from '../core/turn.ts'
import type { ConversationMessage } from '../store/port.ts'
import { type CallParts, callTool, toActor, toPlace } from './call-tool.ts'
import { giveFeedback } from './give-feedback.ts'
import { knowPerson } from './know-person.ts'
import { readHistory, readThread } from './read-history.ts'
import type { Plan } from './route-turn.ts'

/** A complete reply, and what to remember of the exchange. */
export interface Composed {
  reply: Reply
  messages: ConversationMessage[]
  /** Id of the approval whose card the reply is. */
  card?: string
  /** Approvals that the agent asked for: their cards are shown in the thread beside the answer. */
  approvals?: readonly string[]
}

export interface ComposeParts extends CallParts {
  agent: AnswerAgent
  /** Told the id of a record of feedback that was kept. */
  onFeedback: (id: string) => void
}

/** What has been written so far; the catch of the turn keeps it when the run breaks off. */
export interface Draft {
  text: string
  /** What the text cites, and perhaps more: only those that stand in the text are shown. */
  citations: Citation[]
}

export function toFooter(turnId: string, footer = ''): string {
  return footer === '' ? `turn ${turnId}` : `${footer} · turn ${turnId}`
}

/** What the thread remembers: the question, and the answer where one was written. */
export function toMessages(turn: Turn, plan: Plan, answer: string): ConversationMessage[] {
  if (plan.kind !== 'ask') return []
  const common = { thread: turn.thread, turnId: turn.id }
  const question = { ...common, role: 'user' as const, text: plan.text, at: turn.at, user: turn.user.id }
  if (answer.trim() === '') return [question]
  return [question, { ...common, role: 'assistant' as const, text: answer, at: new Date().toISOString() }]
}

/** Bounded, since it is stored beside every answer. */
function toBasis(
  answer: Answer,
  asked: { question: string; history: readonly HistoryMessage[]; began: number },
): Basis {
  const passages = (answer.passages ?? []).slice(0, MAX_PASSAGES).map(({ chunk_id, doc_id, title, text }) => ({
    ...{ chunk_id, doc_id, title },
    text: text.slice(0, PASSAGE_CHARS),
  }))
  return {
    question: asked.question,
    history: asked.history.map(({ role, text }) => ({ role, text })),
    passages,
    startedAt: new Date(asked.began).toISOString(),
    durationMs: Date.now() - asked.began,
  }
}

function toAnswerReply(turn: Turn, answer: Answer, basis: Basis): Reply {
  return {
    text: answer.text,
    blocks: [
      ...(answer.citations.length > 0 ? [{ kind: 'citations' as const, citations: answer.citations }] : []),
      ...(answer.blocks ?? []),
    ],
    buttons: [...(answer.buttons ?? [])],
    footer: toFooter(turn.id, answer.footer),
    generated: true,
    refused: answer.refused,
    version: answer.version,
    basis,
    turn: turn.id,
  }
}

async function askAgent(
  turn: Turn,
  text: string,
  history: readonly HistoryMessage[],
  voice: { channel: Channel; draft: Draft; stream: ReplyStream; signal: AbortSignal },
  parts: ComposeParts,
): Promise<Answer> {
  const { agent, people, approvals } = parts
  const { draft, stream, signal } = voice
  let over = false
  const onEvent = (event: AnswerEvent): void => {
    if (over || signal.aborted) return
    if (event.kind === 'status') {
      stream.status(event.text)
      return
    }
    if (event.kind === 'cited') {
      draft.citations = event.citations
      return
    }
    draft.text += event.delta
    stream.write(event.delta)
  }
  try {
    // Without an actor no tool that needs a person does anything: people from outside may only ask.
    const known = { actor: toActor(turn, people), place: toPlace(turn, voice.channel) }
    const who = turn.user.external ? {} : { ...known, ...(approvals ? { approvals } : {}) }
    const earlier = () => readThread(turn, { ...parts, channel: voice.channel })
    const question = { turnId: turn.id, user: turn.user, thread: turn.thread, text, history, earlier, signal, ...who }
    const answer = await agent.answer(question, onEvent)
    if (answer.text.trim() !== '') return answer
    throw new LakedeskError(
      'MODEL_EMPTY',
      'The model returned an empty answer. Ask again, perhaps in other words; if it stays empty, an operator should check the model.',
    )
  } finally {
    over = true
  }
}

async function takeFeedback(turn: ActionTurn, channel: Channel, parts: ComposeParts): Promise<Reply> {
  const known = await knowPerson(turn, channel, parts.log)
  const external = known.turn.user.external === true
  const given = await giveFeedback(
    { ...turn, user: { ...turn.user, external } },
    {
      ...parts,
      asksReason: channel.can.asksReason === true,
    },
  )
  if (given.kept !== null) parts.onFeedback(given.kept)
  return given.reply
}

/** Rejects with what broke. Listens to the signal as far as the agent or the command does. */
export async function compose(
  plan: Plan,
  turn: Turn,
  voice: { channel: Channel; stream: ReplyStream | null; draft: Draft; signal: AbortSignal },
  parts: ComposeParts,
): Promise<Composed> {
  switch (plan.kind) {
    case 'ask': {
      const { questionChars } = parts.limits
      if (plan.text.length > questionChars) throw questionTooLong(plan.text.length, questionChars)
      if (!voice.stream) throw new LakedeskError('INTERNAL', 'Something broke on our side. Please try again.')
      const [history, known] = await Promise.all([
        readHistory(turn, plan.text, { ...parts, channel: voice.channel }),
        knowPerson(turn, voice.channel, parts.log),
      ])
      const began = Date.now()
      const answer = await askAgent(known.turn, plan.text, history, { ...voice, stream: voice.stream }, parts)
      const approvals = answer.approvals ? { approvals: answer.approvals } : {}
      const basis = toBasis(answer, { question: plan.text, history, began })
      return { reply: toAnswerReply(turn, answer, basis), messages: toMessages(turn, plan, answer.text), ...approvals }
    }
    case 'command':
      return { reply: await plan.command.run(plan.turn, voice.signal), messages: [] }
    case 'tool':
      return { ...(await callTool(plan, await knowPerson(turn, voice.channel, parts.log), voice, parts)), messages: [] }
    case 'feedback':
      return { reply: await takeFeedback(plan.turn, voice.channel, parts), messages: [] }
    case 'say': {
      const { text, kind: _, ...more } = plan
      return { reply: toPlainReply(turn.id, text, { footer: toFooter(turn.id), ...more }), messages: [] }
    }
    default:
      return assertNever(plan)
  }
}
