// Brings a person's activity to the bot as the platform does: signed, in time, again where nobody answered, and disturbed on purpose.
import { setTimeout as pause } from 'node:timers/promises'
import type { Exchange } from '../wire-log.ts'
import type { FaultView } from '../words.ts'
import type { Json } from './refused.ts'
import { nameActivity, toShownBody } from './teams-wire.ts'

export interface DeliveryParts {
  messagesUrl: string
  sign(): Promise<string>
  faults(): FaultView
  onExchange(exchange: Exchange): void
  /** How long the platform waits for an answer, in milliseconds. Teams waits about 15 s. */
  answerWithinMs: number
  /** Waits before an activity that nobody took is sent again, in milliseconds. */
  retryMs: readonly number[]
}

/** `status` is 0 where no answer came. */
export interface Delivered {
  status: number
  body: unknown
}

function parse(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text)
  } catch {
    return text
  }
}

export function createDelivery(parts: DeliveryParts) {
  const { messagesUrl, answerWithinMs, retryMs } = parts
  const closing = new AbortController()
  const running = new Set<Promise<unknown>>()

  async function post(body: string, name: string, fault?: string): Promise<Delivered> {
    const began = Date.now()
    const told = (status: number, response: string): void =>
      parts.onExchange({
        ...{ at: new Date(began).toISOString(), platform: 'teams', direction: 'out', name, method: 'POST', status },
        ...{ path: new URL(messagesUrl).pathname, took: Date.now() - began, request: toShownBody(body) },
        ...{ response: toShownBody(response), ...(fault ? { fault } : {}) },
      })
    try {
      const response = await fetch(messagesUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8', authorization: `Bearer ${await parts.sign()}` },
        body,
        signal: AbortSignal.any([AbortSignal.timeout(answerWithinMs), closing.signal]),
      })
      const text = await response.text()
      told(response.status, text)
      return { status: response.status, body: parse(text) }
    } catch (error) {
      const late = error instanceof Error && error.name === 'TimeoutError'
      told(0, late ? `No answer within ${answerWithinMs} ms.` : 'The bot could not be reached.')
      return { status: 0, body: null }
    }
  }

  /** The same activity again, with its id, until somebody takes it. */
  async function again(body: string, name: string): Promise<void> {
    for (const wait of retryMs) {
      await pause(wait, undefined, { signal: closing.signal, ref: false }).catch(() => {})
      if (closing.signal.aborted) return
      const { status } = await post(body, name, 'sent again')
      if (status !== 0 && status < 500) return
    }
  }

  function keep<T>(work: Promise<T>): Promise<T> {
    running.add(work)
    work.finally(() => running.delete(work)).catch(() => {})
    return work
  }

  async function deliver(activity: Json): Promise<Delivered> {
    const { lateMs, twice } = parts.faults()
    const [body, name] = [JSON.stringify(activity), nameActivity(activity)]
    if (lateMs > 0) await pause(lateMs, undefined, { signal: closing.signal }).catch(() => {})
    if (closing.signal.aborted) return { status: 0, body: null }
    const answer = await post(body, name, lateMs > 0 ? `${lateMs} ms late` : undefined)
    if (twice) keep(post(body, name, 'second delivery'))
    if (answer.status === 0 || answer.status >= 500) keep(again(body, name))
    return answer
  }

  return {
    /** Resolves with the first answer, or with status 0 where none came in time; goes on in the background. Never rejects. */
    deliver: (activity: Json): Promise<Delivered> => keep(deliver(activity)),
    /** Resolves once nothing is on its way any more. */
    async settled(): Promise<void> {
      while (running.size > 0) await Promise.all(running)
    },
    close(): void {
      closing.abort()
    },
  }
}
export type TeamsDelivery = ReturnType<typeof createDelivery>
