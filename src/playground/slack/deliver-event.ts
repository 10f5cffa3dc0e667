// Brings what people did to the bot, over HTTP or a socket: waited for, sent again, disturbed on purpose.
import { setTimeout as sleep } from 'node:timers/promises'
import type { SendOptions, SlackStandIn } from './slack-stand-in.ts'

export interface Delivered {
  ok: boolean
  /** Body of the acknowledgement: JSON or text, empty where there was none. */
  body: string
  /** Times it was sent. */
  tries: number
  /** Slack's reason of the last failure, such as `http_timeout`. */
  reason: string
}

export interface DeliveryOptions {
  /** Where the bot takes events. Without it they go over the bot's socket. */
  eventsUrl?: string | undefined
  /** Milliseconds before each retry of an event. Source: https://docs.slack.dev/apis/events-api/#retries */
  retryMs?: readonly number[]
  /** Milliseconds in which the bot must acknowledge. */
  ackMs?: number
}

export interface DeliveryFaults {
  /** Each thing is delivered once more after it was acknowledged. */
  twice: boolean
  /** Milliseconds that each delivery waits first. */
  lateMs: number
}

export type Parcel =
  | { kind: 'event'; event: Record<string, unknown> }
  | { kind: 'command'; fields: Record<string, string> }
  | { kind: 'interaction'; payload: Record<string, unknown> }

export interface EventDelivery {
  readonly faults: DeliveryFaults
  /** Resolves when it is acknowledged, or given up. Only events are sent again. Never rejects. */
  deliver(parcel: Parcel): Promise<Delivered>
  /** Gives up what still waits to be sent again. */
  close(): void
}

const SOCKET_TYPES = { event: 'events_api', command: 'slash_commands', interaction: 'interactive' } as const
const RETRY_MS = [0, 60_000, 300_000]
const ACK_MS = 3_000

export function createEventDelivery(slack: SlackStandIn, options: DeliveryOptions): EventDelivery {
  const faults: DeliveryFaults = { twice: false, lateMs: 0 }
  const { retryMs = RETRY_MS, ackMs = ACK_MS, eventsUrl } = options
  const closing = new AbortController()

  function send(parcel: Parcel, url: string, more: SendOptions) {
    switch (parcel.kind) {
      case 'event':
        return slack.sendRaw(url, JSON.stringify(parcel.event), 'application/json', more)
      case 'command':
        return slack.sendCommand(url, parcel.fields, more)
      default:
        return slack.sendAction(url, parcel.payload, more)
    }
  }

  async function sendByHttp(parcel: Parcel, url: string, more: SendOptions): Promise<Omit<Delivered, 'tries'>> {
    try {
      const { status, body } = await send(parcel, url, { ...more, timeoutMs: ackMs })
      const ok = status >= 200 && status < 300
      return { ok, body, reason: ok ? '' : 'http_error' }
    } catch (error) {
      const isLate = error instanceof Error && error.name === 'TimeoutError'
      return { ok: false, body: '', reason: isLate ? 'http_timeout' : 'connection_failed' }
    }
  }

  async function sendBySocket(parcel: Parcel): Promise<Omit<Delivered, 'tries'>> {
    if (slack.sockets() === 0) return { ok: false, body: '', reason: 'connection_failed' }
    const payload = parcel.kind === 'event' ? parcel.event : parcel.kind === 'command' ? parcel.fields : parcel.payload
    const late = sleep(ackMs, null, { ref: false })
    const ack = await Promise.race([slack.sendSocket(SOCKET_TYPES[parcel.kind], payload), late])
    if (ack === null) return { ok: false, body: '', reason: 'http_timeout' }
    return { ok: true, body: ack.payload === undefined ? '' : JSON.stringify(ack.payload), reason: '' }
  }

  const sendOnce = (parcel: Parcel, more: SendOptions) =>
    eventsUrl === undefined ? sendBySocket(parcel) : sendByHttp(parcel, eventsUrl, more)

  async function sendUntilTaken(parcel: Parcel, fault: SendOptions): Promise<Delivered> {
    let last = await sendOnce(parcel, fault)
    let tries = 1
    for (const wait of parcel.kind === 'event' ? retryMs : []) {
      if (last.ok) break
      try {
        await sleep(wait, undefined, { signal: closing.signal, ref: false })
      } catch {
        // The playground closes: nothing is sent any more.
        break
      }
      last = await sendOnce(parcel, { retry: tries, retryReason: last.reason })
      tries += 1
    }
    return { ...last, tries }
  }

  return {
    faults,
    async deliver(parcel) {
      const { twice, lateMs } = faults
      if (lateMs > 0) await sleep(lateMs, undefined, { ref: false })
      const delivered = await sendUntilTaken(parcel, lateMs > 0 ? { fault: `late by ${lateMs} ms` } : {})
      if (!twice || !delivered.ok) return delivered
      await sendOnce(parcel, { ...(parcel.kind === 'event' ? { retry: 1 } : {}), fault: 'second delivery' })
      return { ...delivered, tries: delivered.tries + 1 }
    },
    close: () => closing.abort(),
  }
}
