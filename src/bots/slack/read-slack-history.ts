// Turns messages of a Slack thread into what was said: the bot's own without what it adds around an answer.
import { z } from 'zod'
import type { ThreadMessage } from '../../core/channel.ts'
import { isOwn, type SlackMessageRow } from './earlier-messages.ts'
import { type SlackIdentity, timeOf } from './read-slack-event.ts'
import { readSlackText } from './read-slack-text.ts'
import { SOURCES_HEAD, toFooterText } from './render-slack-blocks.ts'

const contextSchema = z.object({
  type: z.literal('context'),
  elements: z.array(z.object({ type: z.literal('mrkdwn'), text: z.string() })).length(1),
})
/** How the question of a command stands above its answer. */
const ASKED = /^<@([A-Z0-9]+)> asked: ([\s\S]+)$/i

/** Nothing for a message without words or one that is still being written. */
export function readSlackHistory(row: SlackMessageRow, me: SlackIdentity): ThreadMessage[] {
  if (row.streaming_state === 'in_progress') return []
  const at = timeOf(row.ts)
  const own = isOwn(row, me)
  const contexts = own ? contextsOf(row) : []
  const text = readSlackText(own ? withoutTail(row.text ?? '', contexts) : (row.text ?? ''), me.botUser)
  const name = own ? undefined : (row.username ?? row.user)
  const said: ThreadMessage[] =
    text === '' ? [] : [{ role: own ? 'assistant' : 'user', text, at, ...(name ? { name } : {}) }]
  const asked = ASKED.exec(contexts[0] ?? '')
  if (!asked?.[1] || !asked[2]) return said
  return [{ role: 'user', text: readSlackText(asked[2]), at, name: asked[1] }, ...said]
}

function contextsOf(row: SlackMessageRow): string[] {
  return (row.blocks ?? []).flatMap((block) => {
    const context = contextSchema.safeParse(block)
    return context.success ? context.data.elements.map(({ text }) => text) : []
  })
}

/** The answer's own words: its sources and its small print are no part of what was said. */
function withoutTail(text: string, contexts: readonly string[]): string {
  const footer = contexts.map(toFooterText).find((shown) => text.endsWith(shown))
  const body = footer === undefined ? text : text.slice(0, -footer.length)
  const sources = body.lastIndexOf(SOURCES_HEAD)
  const isTail = sources !== -1 && /^(\[\d+\] .*(\n|$))+$/.test(body.slice(sources + SOURCES_HEAD.length))
  return isTail ? body.slice(0, sources) : body
}
