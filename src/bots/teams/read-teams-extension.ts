// Reads "Triage this thread" from a message's menu into the command it stands for.
import type { Nodes } from 'hast'
import { fromHtml } from 'hast-util-from-html'
import { z } from 'zod'
import type { Activity } from './activity.ts'
import { type ReadOptions, type TeamsEvent, toCommandTurn } from './teams-turn.ts'

/** Entries of a message's menu in the manifest, by id, and the command that each one gives. */
export const MESSAGE_COMMANDS = { triage_thread: 'triage' } as const

const extensionSchema = z.object({
  commandId: z.string(),
  messagePayload: z.looseObject({
    id: z.string().min(1),
    replyToId: z.string().nullish(),
    body: z.looseObject({ contentType: z.string().nullish(), content: z.string().nullish() }).nullish(),
  }),
})

const MAX_HTML = 400_000
const HIDDEN = new Set(['script', 'style', 'template', 'attachment', 'head', 'title'])
const LINES = new Set(['p', 'div', 'br', 'li', 'tr', 'blockquote', 'pre', 'h1', 'h2', 'h3', 'h4', 'ul', 'ol', 'table'])

/** What nests too deep for the parser loses its tags as text. */
function parse(html: string): Nodes {
  try {
    return fromHtml(html, { fragment: true })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return { type: 'text', value: html.replace(/<[^<>]*>/g, ' ') }
  }
}

/** The words of a message. */
export function toWords(html: string): string {
  const out: string[] = []
  const left: (Nodes | string)[] = [parse(html.slice(0, MAX_HTML))]
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (typeof node === 'string') out.push(node)
    else if (node.type === 'text') out.push(node.value.replace(/\s+/g, ' '))
    else if (node.type === 'root') left.push(...node.children.toReversed())
    else if (node.type === 'element' && !HIDDEN.has(node.tagName)) {
      const mark = LINES.has(node.tagName) ? '\n' : ''
      if (node.tagName === 'img') out.push(typeof node.properties.alt === 'string' ? node.properties.alt : '')
      left.push(mark, ...node.children.toReversed())
      if (node.tagName !== 'br') out.push(mark)
    }
  }
  return out
    .join('')
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

/** In a channel the answer belongs under the post whose menu it was: the conversation then carries its id. */
function toHome(activity: Activity, root: string): Activity {
  if (activity.conversation.conversationType !== 'channel') return activity
  const id = activity.conversation.id.replace(/;messageid=.*$/, '')
  return { ...activity, conversation: { ...activity.conversation, id: `${id};messageid=${root}` } }
}

function answer(value: string) {
  return { status: 200, body: { task: { type: 'message', value } } }
}

/** The card comes as a message of its own: Teams waits a few seconds for the answer alone. */
export function readExtension(activity: Activity, options: ReadOptions): TeamsEvent {
  const parsed = extensionSchema.safeParse(activity.value)
  const name = Object.entries(MESSAGE_COMMANDS).find(([id]) => parsed.success && id === parsed.data.commandId)?.[1]
  if (!parsed.success || name === undefined) {
    const invoke = answer('Lakedesk does not know this action. Install the newest version of the app.')
    return { kind: 'answer', invoke, why: 'an unknown message action' }
  }
  const { id, replyToId, body } = parsed.data.messagePayload
  const content = body?.content ?? ''
  const text = body?.contentType === 'text' ? content : toWords(content)
  const turn = toCommandTurn(toHome(activity, replyToId || id), { name, text, about: id }, options)
  if (!turn) return { kind: 'answer', invoke: answer('Teams did not say who asks.'), why: 'an action without a sender' }
  return {
    kind: 'turn',
    turn,
    invoke: answer(
      'Lakedesk is reading this message; the others of its thread Teams does not give. The card appears in its conversation.',
    ),
  }
}
