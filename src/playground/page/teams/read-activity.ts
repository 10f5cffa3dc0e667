// Reads what the client shows out of an activity as the connector holds it.

export type Json = Record<string, unknown>

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function toList(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isJson) : []
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

const isWeb = (url: string): boolean => /^https?:\/\//i.test(url) && URL.canParse(url)

export interface Citation {
  n: number
  name: string
  abstract: string
  /** Absent where it is no address of the web. */
  url?: string
}

export interface AiMark {
  isGenerated: boolean
  citations: readonly Citation[]
}

/** Of the schema.org Message entity. */
export function readAiMark(activity: Json): AiMark {
  const entity = toList(activity.entities).find(({ type }) => type === 'https://schema.org/Message')
  if (!entity) return { isGenerated: false, citations: [] }
  const kinds = Array.isArray(entity.additionalType) ? entity.additionalType : []
  const citations = toList(entity.citation).flatMap(({ position, appearance }) => {
    if (typeof position !== 'number' || !isJson(appearance)) return []
    const url = toText(appearance.url)
    const told = { n: position, name: toText(appearance.name), abstract: toText(appearance.abstract) }
    return [isWeb(url) ? { ...told, url } : told]
  })
  return { isGenerated: kinds.includes('AIGeneratedContent'), citations }
}

/** True where the bot asks for thumbs under this message. */
export function asksFeedback(activity: Json): boolean {
  const data = isJson(activity.channelData) ? activity.channelData : {}
  return data.feedbackLoopEnabled === true || isJson(data.feedbackLoop)
}

export type Attachment =
  | { kind: 'card'; content: unknown }
  | { kind: 'consent'; name: string; description: string; bytes: number }
  | { kind: 'file'; name: string; id: string; url: string }
  | { kind: 'image'; name: string; url: string }
  | { kind: 'unknown'; type: string }

function readAttachment({ contentType, content, contentUrl, name }: Json): Attachment {
  const type = toText(contentType)
  const inside = isJson(content) ? content : {}
  const url = toText(contentUrl)
  if (type === 'application/vnd.microsoft.card.adaptive') return { kind: 'card', content }
  if (type === 'application/vnd.microsoft.teams.card.file.consent') {
    const bytes = typeof inside.sizeInBytes === 'number' ? inside.sizeInBytes : 0
    return { kind: 'consent', name: toText(name) || 'A file', description: toText(inside.description), bytes }
  }
  if (type === 'application/vnd.microsoft.teams.card.file.info') {
    return { kind: 'file', name: toText(name) || 'A file', id: toText(inside.uniqueId), url }
  }
  if (type.startsWith('image/')) return { kind: 'image', name: toText(name) || 'A picture', url }
  return { kind: 'unknown', type: type || 'no type' }
}

/** `text/html` copies of the text are left out, as Teams sends one beside each message of a person. */
export function readAttachments(activity: Json): readonly Attachment[] {
  return toList(activity.attachments)
    .filter(({ contentType }) => contentType !== 'text/html')
    .map(readAttachment)
}

/** Words to send with one press. */
export function readSuggestions(activity: Json): readonly { title: string; value: string }[] {
  const suggested = isJson(activity.suggestedActions) ? activity.suggestedActions : {}
  return toList(suggested.actions).flatMap(({ title, value }) =>
    toText(title) === '' ? [] : [{ title: toText(title), value: toText(value) || toText(title) }],
  )
}

/** `12 KB`. */
export function toSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`
  const units = ['KB', 'MB', 'GB']
  const at = Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10) - 1)
  return `${(bytes / 1024 ** (at + 1)).toLocaleString('en-US', { maximumFractionDigits: 1 })} ${units[at]}`
}

/** False for a message that is its card, offer or file alone: the text it is known by elsewhere is not shown beside it. */
export function hasOwnWords(activity: Json): boolean {
  return toText(activity.text) !== '' || readAttachments(activity).length === 0
}
