// Takes a thumb up or down for an answer: kept once a person, one audit line, a word of thanks, and what can be done next.
import { z } from 'zod'
import { maySamePerson, type People } from '../approvals/people.ts'
import { type Feedback, feedbackSchema, toFeedbackId } from '../core/feedback.ts'
import { nameKey } from '../core/identity.ts'
import { type Block, type Reply, toPlainReply } from '../core/reply.ts'
import type { ActionTurn, Turn } from '../core/turn.ts'
import { changeRecord } from '../store/change-record.ts'
import type { OutboxEntry, Store } from '../store/port.ts'
import { toActor } from './call-tool.ts'

/** The rated answer is named by its turn, or by the message that showed it where a platform tells only that. */
const valueSchema = z
  .object({
    rating: z.enum(['up', 'down']),
    turn: z.string().min(1).max(200).optional(),
    message: z.string().min(1).max(500).optional(),
    reason: z.string().trim().max(4000).optional(),
    /** The reason where it comes from our own form. */
    input_reason: z.string().trim().max(4000).optional(),
  })
  .transform(({ input_reason, reason, ...rest }) => ({ ...rest, reason: reason || input_reason || null }))
type Value = z.infer<typeof valueSchema>

export interface FeedbackParts {
  store: Pick<Store, 'inbox' | 'outbox' | 'audit' | 'ledger'>
  people: People
  /** True where the face asks for the reason itself. */
  asksReason: boolean
}

/** `kept`: id of the record in the ledger `feedback`; null where nothing was kept. */
export interface GivenFeedback {
  reply: Reply
  kept: string | null
}

/** Characters of an answer that inputs of every face hold. */
const MAX_EDITED = 3_000

async function findRated(turn: ActionTurn, value: Value, store: FeedbackParts['store']): Promise<string | null> {
  if (value.turn) return value.turn
  return value.message ? store.outbox.findTurn(turn.thread, value.message) : null
}

/** The button's value is untrusted: it must name a turn of this face and tenant. Rejects with STORE_*. */
export async function giveFeedback(turn: ActionTurn, parts: FeedbackParts): Promise<GivenFeedback> {
  const { store } = parts
  const onlyTo = turn.user.id
  const value = valueSchema.safeParse(turn.value)
  const about = value.success ? await findRated(turn, value.data, store) : null
  const rated = about === null ? null : await store.inbox.get(about)
  const known = rated?.turn.channel === turn.channel && rated.turn.user.tenant === turn.user.tenant
  const line = { at: new Date().toISOString(), actor: `${turn.user.tenant}/${turn.user.id}`, what: 'give-feedback' }
  if (!value.success || !known || about === null) {
    await store.audit.append({ ...line, turnId: turn.id, outcome: 'refused', detail: { why: 'unknown turn or value' } })
    const text =
      'That feedback could not be taken, because it names no answer that I know (or its reason is longer than 4,000 characters). Press the button under a newer answer.'
    return { reply: toPlainReply(turn.id, text, { onlyTo }), kept: null }
  }
  const { rating, reason } = value.data
  const feedback = await keep(turn, rated.turn, value.data, parts)
  const detail = { rating, turn: about, ...(reason ? { reason } : {}) }
  await store.audit.append({ ...line, turnId: turn.id, outcome: 'done', detail })
  const next = feedback === null ? null : toNextStep(feedback, parts.asksReason)
  const thanks =
    rating === 'up' ? 'Thank you, noted.' : 'Thank you, noted. Answers that were marked like this are looked at first.'
  const text = next === null ? thanks : `${thanks} ${next.text}`
  const reply = toPlainReply(turn.id, text, { onlyTo, blocks: next === null ? [] : [next.form] })
  return { reply, kept: feedback === null ? null : idOf(feedback) }
}

function idOf({ turn, by }: Pick<Feedback, 'turn' | 'by'>): string {
  return toFeedbackId(turn, nameKey(by.principal))
}

/** Null where no model wrote the answer, or its words are gone. */
async function keep(press: ActionTurn, rated: Turn, value: Value, parts: FeedbackParts): Promise<Feedback | null> {
  const { store, people } = parts
  const answer = toRatedAnswer(rated, await store.outbox.get(rated.id))
  if (answer === null) return null
  const by = toActor(press, people)
  const own = maySamePerson(toActor(rated, people), by, people)
  const base = {
    kind: 'word' as const,
    ...{ turn: rated.id, rating: value.rating, by, answer },
    teaches: press.user.external !== true && (own || people.find(by.identity) !== null),
    place: { channel: press.channel, thread: press.thread },
    ...{ at: press.at, press: press.id },
  }
  return changeRecord<Feedback>(store.ledger('feedback'), idOf(base), feedbackSchema.parse, (old) => {
    if (old === null) return { ...base, reason: value.reason, word: 1, done: { case: 0, trace: 0 } }
    // The same press again after a crash, a thumb that came late, and a second click say nothing new.
    const again = old.press === press.id
    const late = old.rating !== value.rating && Date.parse(press.at) < Date.parse(old.at)
    const same = old.rating === value.rating && (value.reason === null || value.reason === old.reason)
    if (again || late || same) return null
    const reason = value.reason ?? (old.rating === value.rating ? old.reason : null)
    return { ...base, reason, word: old.word + 1, done: old.done }
  })
}

/** Null where no model wrote it, or its words are swept. */
function toRatedAnswer(rated: Turn, row: OutboxEntry | null): Feedback['answer'] | null {
  const reply = row?.reply
  if (!row || !reply?.generated) return null
  const cited = reply.blocks.flatMap((block) => (block.kind === 'citations' ? block.citations : []))
  const basis = reply.basis ?? {
    // An answer of before the basis was kept: what was shown is known.
    question: rated.kind === 'action' ? '' : rated.text,
    history: [],
    passages: cited.map(({ doc_id, title, passage }) => ({ chunk_id: '', doc_id, title, text: passage })),
    startedAt: row.since,
    durationMs: 0,
  }
  if (basis.question.trim() === '') return null
  return {
    ...basis,
    text: reply.text,
    refused: reply.refused === true,
    version: reply.version ?? null,
    cited: [...new Set(cited.map(({ doc_id }) => doc_id))],
  }
}

/** What the person may do next, with what they have already given. */
function toNextStep(feedback: Feedback, asksReason: boolean): { text: string; form: Block } | null {
  const { turn, rating, reason, teaches, answer } = feedback
  if (rating === 'down') {
    if (reason !== null || asksReason) return null
    const field = { id: 'reason', label: 'What was wrong, or missing?', value: '', multiline: true }
    const form = { kind: 'form' as const, action: 'feedback', submit: 'Send', value: { turn, rating }, fields: [field] }
    return { text: 'With a reason it is proposed as a test question.', form }
  }
  if (!teaches || answer.refused || answer.text.length > MAX_EDITED) return null
  const field = { id: 'answer', label: 'Better wording?', value: answer.text, multiline: true }
  const form = {
    kind: 'form' as const,
    ...{ action: 'keep-answer', submit: 'Keep for training', value: { turn }, fields: [field] },
  }
  return { text: 'Would you word it better? Kept answers are what models are trained on.', form }
}
