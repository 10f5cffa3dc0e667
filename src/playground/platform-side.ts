// What the playground's server asks of each platform it stands in for, both handled alike, and of the bot's process.
import type { GivenFile } from './serve-page.ts'
import type { Exchange } from './wire-log.ts'
import type { BotView, FaultView, PlaygroundDeed, PlaygroundEvent, Seat } from './words.ts'

/** `sentence` says why the platform, or the bot, did not take it. */
export type DeedAnswer = { ok: true; [more: string]: unknown } | { ok: false; error: string }

export type DeedOf<Prefix extends string> = Extract<PlaygroundDeed, { do: `${Prefix}-${string}` }>

export interface PlatformSide<Deed, View> {
  /** Everything as a person at this platform would see it now. */
  view(): View
  /** Hears each change, in the words of the page. Gives what stops it. */
  watch(listener: (event: PlaygroundEvent) => void): () => void
  /** Hears each HTTP exchange with the bot, both ways. */
  onExchange(listener: (exchange: Exchange) => void): void
  /** Does what a person does at this platform: signs it and sends it to the bot. */
  act(deed: Deed, seat: Seat): Promise<DeedAnswer>
  setFaults(faults: FaultView): void
  /** Hears how many of the limited and cut ones are still to come, when one was used up. */
  onFaults(listener: (left: Pick<FaultView, 'limited' | 'cut'>) => void): void
  /** Plain data to `restore` from, such as after a restart of the playground. */
  snapshot(): unknown
  restore(snapshot: unknown): void
  /** A file by its id, or null. */
  file(id: string): GivenFile | null
  close(): Promise<void>
}

/** The bot's process, as whoever supervises it lets it be seen. */
export interface BotHandle {
  view(): BotView
  watch(listener: (bot: BotView) => void): void
  /** Hears each line of its log. */
  onLine(listener: (line: string) => void): void
  act(action: 'kill' | 'restart'): Promise<DeedAnswer>
}
