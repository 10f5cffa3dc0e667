// The life of one turn after it was taken from the queue: begin, compose, store the reply, deliver, close.
import { untilAborted } from '../agent/until-aborted.ts'
import type { Channel, Delivery, ReplyStream } from '../core/channel.ts'
import { LakedeskError } from '../core/errors.ts'
import { type Reply, requireStorable } from '../core/reply.ts'
import type { Turn } from '../core/turn.ts'
import type { InboxEntry, OutboxEntry, Store } from '../store/port.ts'
import type { Catalogue } from './catalogue.ts'
import { type Composed, type ComposeParts, compose, type Draft, toMessages } from './compose.ts'
import { Cancelled, toErrorReply, toStoppedReply, toTold } from './explain-failure.ts'
import { toBackoff } from './limits.ts'
import { type PostCardParts, postCards } from './post-cards.ts'
import { type Plan, routeTurn } from './route-turn.ts'

export type Ending =
  | { kind: 'shown'; reply: Reply }
  /** Given up; the platform never took it. */
  | { kind: 'dead'; error: LakedeskError }
  /** The reply is stored; offer it again after that time. */
  | { kind: 'later'; afterMs: number }
  /** Stays in the store as it is, for the next start. */
  | { kind: 'left' }

export interface RunParts extends ComposeParts, PostCardParts {
  catalogue: Catalogue
  channels: ReadonlyMap<string, Channel>
  /** Replies that were composed but could not be stored: kept so that the model is not asked again. */
  held: Map<string, Composed>
}

export interface Running {
  /** Fired by a stop request, by the platform's own stop, by the time limit and by the drain. */
  readonly controller: AbortController
  /** True while there is something to cancel. */
  writing: boolean
}

interface Voice {
  stream: ReplyStream | null
  say(reply: Reply): Promise<void>
}

/** Every try of one turn speaks the same way: answers through a stream, all else as one message. */
function openVoice(channel: Channel, plan: Plan, row: OutboxEntry, store: Store): Voice {
  const delivery: Delivery = {
    key: `turn:${row.turnId}`,
    refs: row.refs,
    retry: row.attempts > 1,
    since: row.since,
    taken: () => store.outbox.refsBeside(row.turnId),
    posted: plan.kind !== 'ask',
    recordRef: (ref) => store.outbox.recordRef(row.turnId, ref),
  }
  if (plan.kind !== 'ask') return { stream: null, say: (reply) => channel.post(row.address, reply, delivery) }
  try {
    const stream = channel.stream(row.address, delivery)
    return { stream, say: (reply) => stream.finish(reply) }
  } catch (error) {
    // The turn then ends like one whose reply the platform did not take.
    return { stream: null, say: () => Promise.reject(error) }
  }
}

/** The one catch around what answers a turn: whatever broke is logged with its cause and told in a reply. */
async function composeOrExplain(
  entry: InboxEntry,
  plan: Plan,
  voice: Voice & { channel: Channel },
  running: Running,
  parts: RunParts,
): Promise<Composed> {
  const { turn } = entry
  const draft: Draft = { text: '', citations: [] }
  const { controller } = running
  const onStopped = () => controller.abort(new Cancelled('stop'))
  const timer = setTimeout(() => controller.abort(new Cancelled('timeout')), parts.limits.answerTimeoutMs)
  voice.stream?.stopped.addEventListener('abort', onStopped, { once: true })
  if (voice.stream?.stopped.aborted) onStopped()
  try {
    if (entry.attempts > parts.limits.turnAttempts) {
      throw new LakedeskError(
        'TURN_ABANDONED',
        `This question was begun ${parts.limits.turnAttempts} times and never finished, because Lakedesk broke off each time. Please ask it again; if it happens again, give an operator the turn id.`,
      )
    }
    const work = compose(plan, turn, { ...voice, draft, signal: controller.signal }, parts)
    const composed = await untilAborted(work, controller.signal, (error) =>
      parts.log.debug('A cancelled run ended', { turn: turn.id, cause: error }),
    )
    // Stored and then unreadable it would keep the turn, and everybody who asks for it, busy for ever.
    return { ...composed, reply: requireStorable(composed.reply) }
  } catch (error) {
    if (error instanceof Cancelled && error.why === 'drain') {
      await parts.store.inbox.putBack(turn.id)
      throw error
    }
    if (error instanceof Cancelled && error.why === 'stop') {
      return { reply: toStoppedReply(turn.id, draft), messages: toMessages(turn, plan, draft.text) }
    }
    const told = toTold(error)
    const level = told.code === 'QUESTION_TOO_LONG' ? 'info' : 'error'
    parts.log[level]('A turn failed', { turn: turn.id, code: told.code, cause: error })
    // A text that was refused for its length would only crowd out the thread's history.
    const messages = told.code === 'QUESTION_TOO_LONG' ? [] : toMessages(turn, plan, '')
    // What broke behind a button concerns whoever pressed it, not everybody who sees the card.
    const onlyTo = turn.kind === 'action' ? { onlyTo: turn.user.id } : {}
    return { reply: { ...toErrorReply(turn.id, draft, told), ...onlyTo }, messages }
  } finally {
    running.writing = false
    clearTimeout(timer)
    voice.stream?.stopped.removeEventListener('abort', onStopped)
  }
}

/** Shows the stored reply. A platform that does not take it is asked again later, and at last given up. */
async function deliver(turn: Turn, reply: Reply, row: OutboxEntry, voice: Voice, parts: RunParts): Promise<Ending> {
  const { store, limits, log } = parts
  try {
    await voice.say(reply)
  } catch (error) {
    const failure = { turn: turn.id, channel: turn.channel, attempt: row.attempts, cause: error }
    if (row.attempts < limits.deliveryAttempts) {
      const afterMs = toBackoff(limits, row.attempts)
      log.warn('The reply could not be shown and is tried again', { ...failure, afterMs })
      return { kind: 'later', afterMs }
    }
    log.error('The reply could not be shown and was given up', failure)
    await store.audit.append({
      at: new Date().toISOString(),
      actor: `${turn.user.tenant}/${turn.user.id}`,
      what: 'deliver-reply',
      turnId: turn.id,
      outcome: 'failed',
      detail: { attempts: row.attempts, channel: turn.channel },
    })
    await store.outbox.close(turn.id, 'dead')
    const why = `The reply could not be shown after ${row.attempts} tries, because the chat platform did not take it. It is stored under turn ${turn.id}.`
    return { kind: 'dead', error: new LakedeskError('CHANNEL_FAILED', why, error) }
  }
  await store.outbox.close(turn.id, 'sent')
  parts.wake()
  return { kind: 'shown', reply }
}

/** Rejects with STORE_* where the store fails (the turn stays unfinished), with Cancelled where the process drains. */
export async function runTurn(turnId: string, running: Running, parts: RunParts): Promise<Ending> {
  const { store, channels, held, log } = parts
  const stored = await store.inbox.get(turnId)
  const channel = stored ? channels.get(stored.turn.channel) : undefined
  if (!stored || !channel) {
    log.warn('A stored turn waits for a face that is not running', { turn: turnId, channel: stored?.turn.channel })
    return { kind: 'left' }
  }
  const { turn } = stored
  const earlier = await store.outbox.get(turnId)
  const kept = held.get(turnId)
  const complete = earlier?.state === 'ready' ? earlier.reply : null
  if (complete || kept) running.writing = false
  const entry = running.writing ? await store.inbox.begin(turnId) : stored
  const row = await store.outbox.open(turnId, turn.channel, turn.address)
  const plan = routeTurn(turn, parts.catalogue)
  const voice = openVoice(channel, plan, row, store)
  if (complete) return deliver(turn, complete, row, voice, parts)

  const composed = kept ?? (await composeOrExplain(entry, plan, { ...voice, channel }, running, parts))
  held.set(turnId, composed)
  await postCards(turn, composed, parts)
  await store.outbox.ready(turnId, composed.reply, composed.messages)
  held.delete(turnId)
  return deliver(turn, composed.reply, row, voice, parts)
}
