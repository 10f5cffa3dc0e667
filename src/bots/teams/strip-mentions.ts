// Takes the mention of the bot out of a message and leaves other mentions as plain names.
import type { Activity } from './activity.ts'

function mentionOf(entity: Record<string, unknown>): { id: string; name: string; text: string } | null {
  if (entity.type !== 'mention' || typeof entity.text !== 'string' || entity.text === '') return null
  const mentioned = entity.mentioned
  if (typeof mentioned !== 'object' || mentioned === null) return null
  const { id, name } = mentioned as { id?: unknown; name?: unknown }
  if (typeof id !== 'string') return null
  return { id, name: typeof name === 'string' ? name : '', text: entity.text }
}

function decode(text: string): string {
  return text
    .replace(/&nbsp;/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&')
}

/**
 * The text as the person meant it. The bot is found by `mentioned.id == recipient.id`, never by its display name, which
 * people can change; an `<at>` without an entity keeps its words and loses its tags.
 */
export function stripMentions(activity: Activity): string {
  let text = activity.text ?? ''
  for (const entity of activity.entities ?? []) {
    const mention = mentionOf(entity)
    if (mention === null) continue
    const isBot = mention.id === activity.recipient?.id
    const name = mention.name || mention.text.replace(/<[^>]*>/g, '')
    text = text.replaceAll(mention.text, () => (isBot ? '' : name))
  }
  text = text.replace(/<at\b[^>]*>([\s\S]*?)<\/at>/g, '$1')
  return decode(text)
    .replace(/[^\S\n]+/g, ' ')
    .trim()
}
