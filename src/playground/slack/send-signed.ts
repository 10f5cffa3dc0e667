// Sends signed requests to the bot, as Slack does.

import type { Exchange } from '../wire-log.ts'
import { signSlack } from './sign-slack.ts'
import { readOutgoing, toShownBody } from './slack-wire.ts'

export interface SendOptions {
  /** Signing secret; by default the stand-in's own. */
  secret?: string
  /** Unix seconds of the signature; by default now. */
  timestamp?: number
  /** Sent in place of the body that was signed. */
  tamper?: (body: string) => string
  /** 0 is the first delivery; from 1 on Slack adds its retry headers. */
  retry?: number
  /** Why it is sent again; by default `http_timeout`. */
  retryReason?: string
  headers?: Record<string, string>
  /** Milliseconds until it is given up; by default never. */
  timeoutMs?: number
  /** What was done to it on purpose, for the log. */
  fault?: string
}

export interface SentResponse {
  status: number
  body: string
}

/** Rejects where the bot could not be reached, or did not answer in time (TimeoutError). */
export async function sendSigned(
  to: { url: string; body: string; contentType: string; secret: string },
  send: SendOptions,
  onExchange: (exchange: Exchange) => void,
): Promise<SentResponse> {
  const { url, body, contentType } = to
  const timestamp = send.timestamp ?? Math.floor(Date.now() / 1000)
  const retry: Record<string, string> = send.retry
    ? { 'x-slack-retry-num': String(send.retry), 'x-slack-retry-reason': send.retryReason ?? 'http_timeout' }
    : {}
  const began = Date.now()
  const { name, shown } = readOutgoing(body, contentType)
  const tell = (status: number, response: string) => {
    const fault = send.fault ?? (send.retry ? `delivery ${send.retry + 1}` : undefined)
    onExchange({
      at: new Date(began).toISOString(),
      ...{ platform: 'slack', direction: 'out', name, method: 'POST', path: new URL(url).pathname, status },
      ...{ took: Date.now() - began, request: toShownBody(shown), response: toShownBody(response) },
      ...(fault ? { fault } : {}),
    })
  }
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': contentType,
        'x-slack-request-timestamp': String(timestamp),
        'x-slack-signature': signSlack(send.secret ?? to.secret, timestamp, body),
        ...retry,
        ...send.headers,
      },
      body: send.tamper ? send.tamper(body) : body,
      ...(send.timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(send.timeoutMs) }),
    })
    const sent = { status: response.status, body: await response.text() }
    tell(sent.status, sent.body)
    return sent
  } catch (error) {
    tell(0, error instanceof Error ? `${error.name}: ${error.message}` : String(error))
    throw error
  }
}
