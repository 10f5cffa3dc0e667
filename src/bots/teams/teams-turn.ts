// Turns a checked Teams activity into the common parts of a turn: who, where, and the keys that mark a copy.
import { createHash } from 'node:crypto'
import type { ActionTurn, CommandTurn, Person, Turn } from '../../core/turn.ts'
import { type Activity, tenantOf } from './activity.ts'
import type { FileConsent } from './hand-over-file.ts'
import { toTeamsAddress, toThread } from './teams-address.ts'

/** What the answer to an invoke must be: Teams shows an error to the person where it is missing. */
export interface InvokeAnswer {
  status: number
  body: unknown
}

export type TeamsEvent =
  | { kind: 'turn'; turn: Turn; invoke?: InvokeAnswer }
  | { kind: 'greet' }
  /** A person wants a file that was offered, or does not. */
  | { kind: 'file'; consent: FileConsent; invoke: InvokeAnswer }
  | { kind: 'answer'; invoke: InvokeAnswer; why: string }
  | { kind: 'ignore'; why: string }

export interface ReadOptions {
  /** Tenants whose people are members, in lower case; everybody else is external. Null: a local run, where nothing is checked. */
  homeTenants?: ReadonlySet<string> | null
  /** By which clock a missing timestamp is filled in. */
  now?: () => Date
}

function hash(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/**
 * A role that Teams states can only take rights away. Where it states none, a guest whose account was invited into the home
 * tenant has an object id there and looks like a member: rights to decide rest on the linked accounts of the policy.
 */
export function personOf(activity: Activity, homeTenants: ReadOptions['homeTenants'] = null): Person | null {
  const from = activity.from
  if (!from) return null
  const tenant = tenantOf(activity)
  const stated = from.tenantId
  const theirs = typeof stated === 'string' && stated !== '' ? stated : tenant
  const guest = from.userRole === 'guest' || from.userRole === 'anonymous'
  const foreign = homeTenants !== null && !homeTenants.has(theirs.toLowerCase())
  return {
    // A guest without an Entra object id is known to this bot by the channel's id, which is just as stable.
    id: from.aadObjectId ?? from.id,
    tenant: theirs,
    ...(from.name ? { name: from.name } : {}),
    ...(foreign || guest || !from.aadObjectId ? { external: true } : {}),
  }
}

/** Keys and ids that every turn of this activity has; null where it lacks what identifies it. */
export function commonOf(activity: Activity, guard: readonly string[], options: ReadOptions) {
  const user = personOf(activity, options.homeTenants)
  if (user === null || !activity.id) return null
  const key = `teams:activity:${activity.conversation.id}:${activity.id}`
  return {
    id: `t${hash(key).slice(0, 12)}`,
    at: instant(activity.timestamp) ?? (options.now?.() ?? new Date()).toISOString(),
    channel: 'teams',
    user,
    address: toTeamsAddress(activity),
    thread: toThread(activity),
    keys: [key, ...guard.map((part) => `teams:content:${activity.conversation.id}:${part}`)],
  }
}

function instant(text: string | undefined): string | undefined {
  const at = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(at) ? undefined : new Date(at).toISOString()
}

/**
 * Teams may send a copy again with a new id. The clock of the person's own client marks the copy of a message, so
 * equal words at the very same client time are one message, while somebody who repeats a question is answered again.
 */
export function messageGuard(activity: Activity, text: string): string[] {
  const sent = activity.localTimestamp ?? activity.timestamp
  if (sent === undefined) return []
  const files = (activity.attachments ?? []).map((file) => file.name ?? '').join('\n')
  return [hash('message', activity.from?.id ?? '', text, files, sent).slice(0, 32)]
}

/**
 * A double click, which reaches the bot as two activities: the same press by the same person counts as one for this many
 * milliseconds, at most twice as many near a border. Whoever was told to try again shall not have to wait for it.
 */
const PRESS_WINDOW_MS = 1_500

/**
 * An action has no words of its own, so the guard is a short window of time, of which two neighbouring slots are claimed; a copy
 * that Teams sends later under a new id still has the time of the person's own client.
 */
function pressGuard(activity: Activity, content: string): string[] {
  const mark = (...parts: string[]) => hash('press', activity.from?.id ?? '', content, ...parts).slice(0, 32)
  const sent = activity.localTimestamp === undefined ? [] : [mark('sent', activity.localTimestamp)]
  const slot = Math.floor(Date.parse(activity.timestamp ?? '') / PRESS_WINDOW_MS)
  return Number.isNaN(slot) ? sent : [...sent, mark(String(slot)), mark(String(slot + 1))]
}

/** String fields of a value from a card or an invoke; anything else is left out, since nobody vouches for it. */
export function toStrings(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {}
  const pairs = Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string')
  return Object.fromEntries(pairs.map(([key, text]) => [key, text.slice(0, 4000)]))
}

/** An action turn for something that was pressed. */
export function toActionTurn(
  activity: Activity,
  action: string,
  value: Record<string, string>,
  options: ReadOptions,
): ActionTurn | null {
  const content = JSON.stringify([action, Object.entries(value).sort(), activity.replyToId ?? ''])
  const common = commonOf(activity, pressGuard(activity, content), options)
  return common && { kind: 'action', ...common, action, value }
}

/** A command turn for an entry of a message's menu. `about`: the id of the message. */
export function toCommandTurn(
  activity: Activity,
  { name, text, about }: { name: string; text: string; about: string },
  options: ReadOptions,
): CommandTurn | null {
  const common = commonOf(activity, pressGuard(activity, JSON.stringify(['command', name, about])), options)
  return common && { kind: 'command', ...common, name, text }
}
