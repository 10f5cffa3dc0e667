// Renders a reply as the activities that Teams shows: one, or several where it is too long for one.
import type { Citation } from '../../core/passage.ts'
import type { Reply } from '../../core/reply.ts'
import { dropOverrides } from '../../core/text/drop-overrides.ts'
import type { OutgoingActivity } from './activity.ts'
import { renderAiEntity } from './ai-entity.ts'
import { splitText } from './split-text.ts'
import { renderTeamsCard } from './teams-card.ts'
import { renderTeamsText } from './teams-text.ts'

/**
 * UTF-16 units of text per message. Teams takes 100 KB of UTF-16 for the whole activity, that is 51,200 units; the
 * rest is left for citations, a card, and what JSON adds.
 */
export const MAX_TEXT = 32_000

/** Longest text that is streamed: what a first part always holds, see splitText. */
export const MAX_STREAMED = 12_000

function renderFooter(footer: string): string {
  const words = dropOverrides(footer)
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/([\\*_`[\]])/g, '\\$1')
    .replace(/</g, '&lt;')
  return words === '' ? '' : `\n\n_${words}_`
}

function citationsOf(reply: Reply): Citation[] {
  return reply.blocks.flatMap((block) => (block.kind === 'citations' ? block.citations : []))
}

/** The first line without its marks, for notifications, which show plain text. */
function toSummary(text: string): string {
  const [line = ''] = dropOverrides(text).split('\n')
  return line
    .replace(/(?<!\\)(?:\*+|`+)/g, '')
    .replace(/\\([\\`*_[\]|~])/g, '$1')
    .slice(0, 200)
}

/** A card that says everything, for what no model wrote; null where there is none, or where it would be too large. */
function renderWholeCard(reply: Reply, footer: string, files: boolean): OutgoingActivity | null {
  if (reply.generated) return null
  const card = renderTeamsCard(reply, renderTeamsText(reply.text) + footer, files)
  if (card === null) return null
  return { type: 'message', summary: toSummary(reply.text), attachments: [card] }
}

/**
 * At least one activity, in reading order; none has both text and a card, since Teams could not change it afterwards. Footer and
 * feedback stand on the last one with text, citations where they are used. `files`: they are offered one by one afterwards.
 */
export function renderTeamsMessage(reply: Reply, files = false): OutgoingActivity[] {
  const citations = citationsOf(reply)
  const footer = renderFooter(reply.footer ?? '')
  const whole = renderWholeCard(reply, footer, files)
  if (whole) return [whole]
  const card = renderTeamsCard(reply, undefined, files)
  const body = renderTeamsText(reply.text)
  // JSON doubles quotes, line ends and control characters; a text full of them gets smaller parts.
  const density = (JSON.stringify(body).length - 2) / Math.max(1, body.length)
  const parts = splitText(body, Math.floor((MAX_TEXT - footer.length) / Math.max(1, density * 0.8)))
  const activities = parts.map((part, i): OutgoingActivity => {
    const last = i === parts.length - 1
    return {
      type: 'message',
      text: last ? part + footer : part,
      textFormat: 'markdown',
      ...(reply.generated ? { entities: [renderAiEntity(part, citations)] } : {}),
      ...(reply.generated && last ? { channelData: { feedbackLoop: { type: 'default' } } } : {}),
    }
  })
  return card === null ? activities : [...activities, { type: 'message', attachments: [card] }]
}
