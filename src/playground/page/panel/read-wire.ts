// Reads out of a wire message which turn it names, where it is said, and what a person said in it. Each is read once.
import type { WireView } from '../../words.ts'

export interface ReadWire {
  /** Ids of turns that stand in it. */
  named: readonly string[]
  /** Channel and thread, or conversation: of what was asked, and of a message that was made. */
  places: readonly string[]
  /** Of an event: equal for every delivery of it; empty where it has none. */
  event: string
  /** Words of a person, in one line; empty for what is no message, command or press. */
  said: string
}

const known = new WeakMap<WireView, ReadWire>()

export function readWire(wire: WireView): ReadWire {
  const found = known.get(wire)
  if (found) return found
  const read = {
    named: readNamed(wire.request),
    places: readPlaces(wire),
    event: wire.direction === 'out' ? readEvent(wire) : '',
    said: wire.direction === 'out' ? readSaid(wire) : '',
  }
  known.set(wire, read)
  return read
}

function readNamed(request: string): string[] {
  return [...request.matchAll(/turn[: ]+([\w-]{8,40})/g)].flatMap(([, id]) => (id ? [id] : []))
}

/** Bodies are cut, so that single values are looked for, and never the whole parsed. */
function findValue(request: string, name: string): string {
  const found = new RegExp(`"${name}"\\s*:\\s*"((?:[^"\\\\]|\\\\.)*)"`).exec(request)?.[1]
  if (found !== undefined) return unquote(`"${found}"`)
  const form = new RegExp(`(?:^|&)${name}=([^&]*)`).exec(request)?.[1]
  return form === undefined ? '' : decodeForm(form)
}

function unquote(text: string): string {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? value : ''
  } catch {
    return ''
  }
}

function decodeForm(text: string): string {
  try {
    return globalThis.decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

function readPlaces({ platform, path, request, response }: WireView): string[] {
  if (platform === 'teams') {
    const conversation = /conversations\/([^/]+)/.exec(path)?.[1] ?? idOfConversation(request)
    return conversation === '' ? [] : [decodeForm(conversation)]
  }
  const channel = findValue(request, 'channel') || findValue(request, 'channel_id')
  if (channel === '') return []
  const stamps = [findValue(request, 'thread_ts') || findValue(request, 'ts'), findValue(response, 'ts')]
  return stamps.filter((ts) => ts !== '').map((ts) => `${channel}:${ts}`)
}

function idOfConversation(request: string): string {
  return /"conversation"\s*:\s*\{[^{}]*?"id"\s*:\s*"([^"]+)"/.exec(request)?.[1] ?? ''
}

function readEvent({ platform, request }: WireView): string {
  if (platform === 'teams') return findValue(request, 'id')
  return findValue(request, 'event_id') || findValue(request, 'trigger_id')
}

const MAX_SAID = 90

const TEXT = /"text"\s*:\s*"((?:[^"\\]|\\.)*)"/g

function readSaid({ request, name }: WireView): string {
  const command = findValue(request, 'command')
  // The name in a mention is a text too, and shorter than what is said around it.
  const texts = [...request.matchAll(TEXT)].map(([, found]) => unquote(`"${found ?? ''}"`))
  const text = texts.reduce((longest, one) => (one.length > longest.length ? one : longest), findValue(request, 'text'))
  const action = findValue(request, 'action_id') || findValue(request, 'action')
  const words = (command !== '' ? `${command} ${text}` : text)
    .replace(/<at>(.*?)<\/at>/g, '@$1')
    .replace(/<@\w+>/g, '@Lakedesk')
    .replace(/\s+/g, ' ')
    .trim()
  const said = words || (action === '' ? '' : `${name}: ${action}`)
  return said.length <= MAX_SAID ? said : `${said.slice(0, MAX_SAID - 1)}…`
}
