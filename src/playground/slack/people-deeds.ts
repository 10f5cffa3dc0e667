// The deeds of people in Slack: what each one says, and what became of it.
import type { Delivered, DeliveryFaults } from './deliver-event.ts'
import type { Json } from './json.ts'

export interface TypedMessage {
  channel: string
  /** As it was typed: `@Lakedesk` becomes a mention, and three signs are escaped. */
  text: string
  thread?: string
  files?: readonly { name: string; mediaType?: string; bytes?: Uint8Array }[]
}

export type PressPlace =
  | { kind: 'message'; channel: string; ts: string }
  | { kind: 'modal'; id: string }
  | { kind: 'home' }

export interface Press {
  where: PressPlace
  blockId: string
  /** The element, as the page shows it; the one of this id in the message or view is what counts. */
  element: Json
  /** What was chosen or typed; `positive` or `negative` of feedback. */
  value?: string
  /** By block_id, by action_id, in Slack's form of `state.values`. */
  state: Json
}

/** What became of something that a person did. `error` is a sentence for people. */
export type Deed = { ok: true } | { ok: false; error: string }

export interface SlackPeople {
  /**
   * Posts a message: it stands in the channel at once. `delivered` resolves when the bot acknowledged all its events, or Slack
   * gave up. Throws where there is no such channel or thread.
   */
  post(user: string, message: TypedMessage): { ts: string; delivered: Promise<Delivered[]> }
  /** Resolves with what the bot acknowledged; what the command is answered with is shown already. */
  command(user: string, of: { channel: string; command: string; text: string }): Promise<Deed>
  /** A click or a choice in a message, a modal or a Home tab. */
  act(user: string, press: Press): Promise<Deed>
  /** Hands a modal in. What the app refuses stands in the modal, by block_id. `state`: values by block_id, by action_id. */
  submit(user: string, modal: string, state: Json): Promise<Deed>
  /** Closes a modal without handing it in. */
  close(user: string, modal: string): Promise<Deed>
  /** An entry of a message's menu. */
  shortcut(user: string, of: { callbackId: string; channel: string; ts: string }): Promise<Deed>
  /** Opens the agent pane or the Home tab of the app. */
  open(user: string, tab: 'messages' | 'home'): Promise<Deed>
  /** Presses Stop: the streams of the thread end, and the bot is told. */
  stop(user: string, of: { channel: string; thread: string }): Promise<Deed>
  /** Sets how deliveries are disturbed from now on. */
  disturb(next: Partial<DeliveryFaults>): void
  disturbance(): DeliveryFaults
  /** Ends waiting for retries. */
  end(): void
}

/** Sentence for people, where the bot did not take what they did. */
export function toDeed(delivered: Delivered): Deed {
  if (delivered.ok) return { ok: true }
  const why = delivered.reason === 'http_timeout' ? 'did not answer within three seconds' : 'could not be reached'
  return { ok: false, error: `The bot ${why} (${delivered.reason}). Try again when it is ready.` }
}
