// Answers a slash command through its response address, which works also where the bot is no member.
import { SlackCallError } from './slack-api.ts'

const TIMEOUT_MS = 10_000

/** At most 5 uses within 30 minutes. Rejects with SlackCallError. */
export async function respondByUrl(url: string, message: Readonly<Record<string, unknown>>): Promise<void> {
  let response: Response
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ ...message, replace_original: false, unfurl_links: false, unfurl_media: false }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch (cause) {
    throw new SlackCallError('unknown', 'response_url', 'network error', cause)
  }
  await response.arrayBuffer()
  if (!response.ok) throw new SlackCallError('refused', 'response_url', `HTTP ${response.status}`)
}
