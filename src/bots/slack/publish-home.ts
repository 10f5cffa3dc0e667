// Publishes a reply as a person's Home tab: with the blocks that a tab takes, which are not those of a message.
import type { Delivery, ReplyStream } from '../../core/channel.ts'
import type { Reply } from '../../core/reply.ts'
import { toChannelError } from './deliver-slack-reply.ts'
import { toHomeMetadata } from './home-turn.ts'
import { renderTail, type SlackBlock } from './render-slack-blocks.ts'
import { renderSlackMrkdwn } from './render-slack-mrkdwn.ts'
import type { SlackPlace } from './slack-address.ts'
import type { SlackApi } from './slack-api.ts'
import { splitMarkdown } from './split-markdown.ts'

/** Source: https://docs.slack.dev/reference/block-kit/blocks: Markdown, charts and thumbs are for messages alone. */
const MAX_SECTION = 2_900
const MAX_BLOCKS = 100

function toPreformatted(text: string): SlackBlock {
  const words = text.replace(/^```\w*\n?|\n?```$/g, '').slice(0, MAX_SECTION)
  const elements = [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: words }] }]
  return { type: 'rich_text', elements }
}

/** The blocks of a Home tab; tables and charts stand in it as text. */
export function renderHomeBlocks(reply: Reply): SlackBlock[] {
  const pieces = splitMarkdown(reply.text, MAX_SECTION, (piece) => renderSlackMrkdwn(piece).length)
  const words = pieces.map((piece) => ({
    type: 'section',
    text: { type: 'mrkdwn', text: renderSlackMrkdwn(piece).slice(0, 3_000), verbatim: true },
  }))
  const tail = renderTail(reply, null)
    .filter(({ type }) => type !== 'context_actions')
    .map((block) => (block.type === 'markdown' ? toPreformatted(String(block.text)) : block))
  return [...words.slice(0, MAX_BLOCKS - tail.length), ...tail]
}

/** Doing it twice shows it once. Rejects with CHANNEL_FAILED. */
export async function publishHome(api: SlackApi, place: SlackPlace, reply: Reply, delivery: Delivery): Promise<void> {
  const view = { type: 'home', private_metadata: toHomeMetadata(place), blocks: renderHomeBlocks(reply) }
  try {
    await api.call('views.publish', { user_id: place.user, view })
  } catch (error) {
    throw toChannelError(error)
  }
  await delivery.recordRef(`home:${place.user}`)
}

/** A tab shows nothing before it is whole. */
export function createHomeStream(api: SlackApi, place: SlackPlace, delivery: Delivery): ReplyStream {
  return {
    write: () => undefined,
    status: () => undefined,
    finish: (reply) => publishHome(api, place, reply, delivery),
    stopped: new AbortController().signal,
  }
}
