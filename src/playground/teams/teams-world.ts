// What the Teams stand-in holds: chats, messages, who is writing; with a view for people, and a snapshot of everything.
import { z } from 'zod'
import type { PlaygroundEvent, TeamsMessageView, TeamsView } from '../words.ts'
import { isJson, type Json, listOf, Refused } from './refused.ts'
import { splitConversation, type TeamsAppManifest, type TeamsChat, type TeamsWorkspace } from './teams-workspace.ts'

export interface ShownMessage {
  id: string
  text: string
  activity: Record<string, unknown>
  /** How often it was changed after it was created. */
  edits: number
  /** `open` while a stream writes it. */
  stream: 'none' | 'open' | 'done' | 'stopped'
}

export interface HeldMessage extends ShownMessage {
  chat: string
  root?: string | undefined
  /** A person's id, or `bot`. */
  from: string
  at: string
  informative?: string | undefined
  /** Cards that an action gave one person in place of the sent one. */
  cards?: Record<string, Json> | undefined
  ratings?: Record<string, 'like' | 'dislike'> | undefined
}

export interface Stream {
  message: HeldMessage
  startedAt: number
  lastAt: number
  sequence: number
}

export interface Chat extends TeamsChat {
  bot: boolean
  deleted: boolean
  messages: HeldMessage[]
  /** Ids of posts that began a thread, also of those that were removed. */
  roots: Set<string>
  stream: Stream | null
  stopRequested: boolean
  typingUntil: number
}

export type TeamsChange = Extract<PlaygroundEvent, { kind: 'teams-message' | 'teams-removed' | 'teams-around' }>

/** What a person reads: the text, or the text blocks of a card that has none beside it. */
export function textOf(activity: Json): string {
  const text = String(activity.text ?? '')
  if (text !== '' || !Array.isArray(activity.attachments)) return text
  const blocks = listOf(activity.attachments).flatMap((card) => {
    const body: unknown = isJson(card.content) ? card.content.body : []
    return listOf(body)
  })
  return blocks.flatMap((block) => (block.type === 'TextBlock' ? [String(block.text)] : [])).join('\n\n')
}

/** A person is told that the bot is writing for so long, unless something comes before. */
const TYPING_MS = 10_000

const messageSchema = z.object({
  id: z.string(),
  chat: z.string(),
  from: z.string(),
  at: z.string(),
  text: z.string(),
  activity: z.record(z.string(), z.unknown()),
  edits: z.number(),
  stream: z.enum(['none', 'open', 'done', 'stopped']),
  root: z.string().optional(),
  informative: z.string().optional(),
  cards: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
  ratings: z.record(z.string(), z.enum(['like', 'dislike'])).optional(),
})
export const worldSchema = z.object({
  lastId: z.number(),
  chats: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      kind: z.enum(['personal', 'groupChat', 'channel']),
      members: z.array(z.string()),
      team: z.object({ id: z.string(), name: z.string() }).optional(),
      bot: z.boolean(),
      deleted: z.boolean(),
      roots: z.array(z.string()),
      messages: z.array(messageSchema),
    }),
  ),
})
export type WorldSnapshot = z.infer<typeof worldSchema>

function toChats({ people, chats }: TeamsWorkspace): TeamsChat[] {
  const own = people
    .filter(({ id }) => !chats.some(({ kind, members }) => kind === 'personal' && members.includes(id)))
    .map(({ id, name }): TeamsChat => ({ id: `a:${id}`, name, kind: 'personal', members: [id] }))
  return [...own, ...chats]
}

function toOpen(chat: TeamsChat): Chat {
  const fresh = { deleted: false, messages: [], stream: null, stopRequested: false, typingUntil: 0 }
  return { bot: true, ...chat, ...fresh, roots: new Set() }
}

function guessKind(id: string): TeamsChat['kind'] {
  if (/^a:|^personal/.test(id)) return 'personal'
  return id.includes(';messageid=') || id.includes('tacv2') ? 'channel' : 'groupChat'
}

export function toMessageView(message: HeldMessage): TeamsMessageView {
  const { chat, id, root, from, at, text, activity, edits, stream, informative, cards, ratings } = message
  return {
    ...{ chat, id, from, at, text, activity, stream, edited: edits > 0 && stream !== 'open' },
    ...(root === undefined ? {} : { root }),
    ...(informative === undefined ? {} : { informative }),
    ...(cards === undefined ? {} : { cards }),
    ...(ratings === undefined ? {} : { ratings }),
  }
}

/** Without a workspace every conversation exists as soon as somebody writes to it. */
export function createTeamsWorld(workspace: TeamsWorkspace | null, app: TeamsAppManifest, now: () => number) {
  const chats = new Map<string, Chat>(workspace ? toChats(workspace).map((chat) => [chat.id, toOpen(chat)]) : [])
  const listeners = new Set<(change: TeamsChange) => void>()
  const timers = new Set<NodeJS.Timeout>()
  let lastId = workspace ? now() : 1_779_999_999_999
  let files: () => TeamsView['files'] = () => []

  const tell = (change: TeamsChange) => {
    for (const listener of listeners) listener(change)
  }
  const typing = () =>
    Object.fromEntries([...chats.values()].filter((chat) => chat.typingUntil > now()).map(({ id }) => [id, true]))
  const tellAround = () => tell({ kind: 'teams-around', around: { typing: typing(), files: files() } })

  function quiet(chat: Chat): void {
    const was = chat.typingUntil > now()
    chat.typingUntil = 0
    if (was) tellAround()
  }

  return {
    people: workspace?.people ?? [],
    botName: workspace?.botName ?? 'Lakedesk',
    chats,
    strict: workspace !== null,
    listFiles(list: () => TeamsView['files']) {
      files = list
    },
    tellAround,
    /** The chat of a conversation id, and the thread in it. Throws Refused where there is none. */
    find(conversation: string): { chat: Chat; root: string | undefined } {
      const { chat: id, root } = splitConversation(conversation)
      const found = chats.get(id)
      if (found && !found.deleted) return { chat: found, root }
      if (workspace) throw new Refused(404, 'ConversationNotFound', 'Conversation not found.')
      const made = toOpen({ id, name: id, kind: guessKind(conversation), members: [] })
      chats.set(id, made)
      return { chat: made, root }
    },
    /** Ids look like milliseconds since 1970, as those of Teams do, and only grow. */
    nextId(): string {
      lastId = workspace ? Math.max(now(), lastId + 1) : lastId + 1
      return String(lastId)
    },
    add(chat: Chat, given: Omit<HeldMessage, 'chat' | 'at' | 'edits'>): HeldMessage {
      const message: HeldMessage = { chat: chat.id, at: new Date(now()).toISOString(), edits: 0, ...given }
      if (message.root === undefined && chat.kind !== 'personal') chat.roots.add(message.id)
      chat.messages.push(message)
      if (message.from === 'bot') quiet(chat)
      tell({ kind: 'teams-message', message: toMessageView(message) })
      return message
    },
    changed(message: HeldMessage): void {
      tell({ kind: 'teams-message', message: toMessageView(message) })
    },
    remove(chat: Chat, id: string): boolean {
      const left = chat.messages.filter((message) => message.id !== id)
      if (left.length === chat.messages.length) return false
      chat.messages = left
      tell({ kind: 'teams-removed', chat: chat.id, id })
      return true
    },
    /** A channel or a chat that people deleted. */
    drop(chat: Chat): void {
      chat.deleted = true
      for (const { id } of chat.messages) tell({ kind: 'teams-removed', chat: chat.id, id })
      tellAround()
    },
    startTyping(chat: Chat): void {
      chat.typingUntil = now() + TYPING_MS
      tellAround()
      const timer = setTimeout(() => {
        timers.delete(timer)
        tellAround()
      }, TYPING_MS + 50)
      timers.add(timer.unref())
    },
    watch(listener: (change: TeamsChange) => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    view(): TeamsView {
      const live = [...chats.values()].filter(({ deleted }) => !deleted)
      const messages = live.flatMap((chat) => chat.messages.map(toMessageView))
      return {
        botName: workspace?.botName ?? 'Lakedesk',
        chats: live.map(({ id, name, kind, members, team }) => ({
          id,
          name,
          kind,
          members,
          ...(team ? { team } : {}),
        })),
        messages: messages.toSorted((a, b) => a.at.localeCompare(b.at) || a.id.localeCompare(b.id)),
        typing: typing(),
        commands: app.commands,
        extensions: app.extensions.map(({ commandId, title, description }) => ({ commandId, title, description })),
        files: files(),
      }
    },
    snapshot(): WorldSnapshot {
      const held = {
        lastId,
        chats: [...chats.values()].map(({ id, name, kind, members, team, bot, deleted, roots, messages }) => ({
          ...{ id, name, kind, members: [...members], bot, deleted, roots: [...roots], messages },
          ...(team ? { team } : {}),
        })),
      }
      return worldSchema.parse(JSON.parse(JSON.stringify(held)))
    },
    /** Chats of the workspace that the snapshot does not know stay. A stream that was open has ended, as after two minutes. */
    restore(held: WorldSnapshot): void {
      lastId = Math.max(lastId, held.lastId)
      for (const { roots, messages, team, ...chat } of held.chats) {
        const open = toOpen({ ...chat, ...(team ? { team } : {}) })
        open.deleted = chat.deleted
        open.roots = new Set(roots)
        open.messages = structuredClone(messages).map((message) =>
          message.stream === 'open' ? { ...message, stream: 'done' } : message,
        )
        chats.set(chat.id, open)
      }
    },
    close(): void {
      for (const timer of timers) clearTimeout(timer)
      listeners.clear()
    },
  }
}
export type TeamsWorld = ReturnType<typeof createTeamsWorld>

/** The message, or Refused by the platform's name. */
export function messageOf(chat: Chat, id: string): HeldMessage {
  const message = chat.messages.find((one) => one.id === id)
  if (!message) throw new Refused(404, 'ActivityNotFoundInConversation', 'The message does not exist')
  return message
}
