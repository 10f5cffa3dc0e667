// Signs requests as Slack does.
import { createHmac } from 'node:crypto'

/** Slack's request signature v0. */
export function signSlack(secret: string, timestamp: number, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`
}
