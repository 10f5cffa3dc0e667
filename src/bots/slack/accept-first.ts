// Wraps a Bolt receiver so that every turn is stored durably before Bolt acknowledges it.
import type { App, Receiver, ReceiverEvent } from '@slack/bolt'
import type { Conversation } from '../../conversation/port.ts'
import type { Log } from '../../core/log.ts'
import { readSlackButton, readSlackCommand, readSlackForm } from './read-slack-action.ts'
import { ignored, readSlackEvent, type SlackIdentity, type SlackReading } from './read-slack-event.ts'
import { readSlackShortcut } from './read-slack-shortcut.ts'

export interface AcceptParts {
  conversation: Conversation
  me: () => SlackIdentity
  log: Log
  now: () => Date
  /** Shown that work on a stopped thread ended. */
  onStopped: (place: { channel: string; threadTs: string }) => void
}

/**
 * Bolt acknowledges an event before any listener runs and keeps no record of it, so a crash would lose it. Here the
 * receiver hands each event to us first; only when the turn is stored does it go on to Bolt, which acknowledges. A
 * rejection goes back to the receiver, which then answers 500 (or nothing, on a socket), and Slack sends it again.
 */
export function acceptFirst<R extends Receiver>(receiver: R, parts: AcceptParts): R {
  const init = receiver.init.bind(receiver)
  receiver.init = (app: App) => {
    const gate: App = Object.create(app)
    gate.processEvent = async (event) => {
      await takeIn(event, parts)
      await passOn(app, event, parts.log)
    }
    init(gate)
  }
  return receiver
}

/** Every body is acknowledged in the end: Bolt leaves those alone whose type it does not know or nobody listens to. */
async function passOn(app: App, event: ReceiverEvent, log: Log): Promise<void> {
  let acknowledged = false
  const ack: ReceiverEvent['ack'] = async (response) => {
    acknowledged = true
    await event.ack(response)
  }
  if (boltKnows(event.body)) await app.processEvent({ ...event, ack })
  // A message's menu needs nothing but its acknowledgement.
  else if (event.body.type !== 'message_action')
    log.debug('Ignored a Slack request', { type: String(event.body.type).slice(0, 60) })
  if (!acknowledged) await event.ack()
}

function boltKnows(body: ReceiverEvent['body']): boolean {
  if (typeof body.event === 'object' && body.event !== null) return true
  return typeof body.command === 'string' || ['block_actions', 'view_submission', 'view_closed'].includes(body.type)
}

async function takeIn(event: ReceiverEvent, parts: AcceptParts): Promise<void> {
  const reading = read(event.body, parts)
  switch (reading.kind) {
    case 'turn': {
      if (reading.onlyIfKnown && !(await parts.conversation.knows(reading.turn.thread))) {
        parts.log.debug('Ignored a Slack event', { why: 'a reply in a thread the bot is not part of' })
        return
      }
      const taken = await parts.conversation.accept(reading.turn)
      if (reading.next) await parts.conversation.accept(reading.next)
      parts.log.debug('Took a turn from Slack', { turn: reading.turn.id, taken, retry: event.retryNum ?? 0 })
      return
    }
    case 'stop': {
      const stopped = await parts.conversation.stop(reading.thread, reading.by)
      parts.log.info('Asked to stop an answer in Slack', { thread: reading.thread, stopped })
      if (stopped) parts.onStopped(reading)
      return
    }
    case 'home':
      return
    case 'ignored':
      parts.log.debug('Ignored a Slack event', { why: reading.why })
  }
}

function read(body: ReceiverEvent['body'], parts: AcceptParts): SlackReading {
  const me = parts.me()
  const event = readSlackEvent(body, me)
  if (event) return event
  const pressed = readSlackButton(body, me)
  if (pressed) return { kind: 'turn', turn: pressed.turn, ...(pressed.next ? { next: pressed.next } : {}) }
  const turn =
    readSlackCommand(body, me, parts.now()) ??
    readSlackShortcut(body, me, parts.now()) ??
    readSlackForm(body, me, parts.now())
  return turn ? { kind: 'turn', turn } : ignored(`body of type ${String(body.type).slice(0, 60)}`)
}
