// What Slack makes of typed words: three signs escaped, people, channels and addresses as control sequences.
import type { SlackWorld } from './slack-world.ts'

const CODE = /(```[\s\S]*?```|`[^`\n]+`)/

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

const quote = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Longer names first, so that "@Ana Maier" is not read as "@Ana". */
function namesOf(world: SlackWorld): [string, string][] {
  const { directory, botUser } = world
  const people = [...directory.users.values()].flatMap(({ id, name, realName }): [string, string][] => [
    [`@${realName}`, `<@${id}>`],
    [`@${name}`, `<@${id}>`],
  ])
  const channels = [...directory.channels.values()]
    .filter(({ kind }) => kind === 'channel')
    .map(({ id, name }): [string, string] => [`#${name}`, `<#${id}|${name}>`])
  const all: [string, string][] = [[`@${directory.botName}`, `<@${botUser}>`], ...people, ...channels]
  return all.sort(([a], [b]) => b.length - a.length)
}

/** Source: https://docs.slack.dev/messaging/formatting-message-text#escaping. What stands in code is only escaped. */
export function toSlackText(world: SlackWorld, typed: string): string {
  const names = new Map(namesOf(world).map(([name, sequence]) => [name.toLowerCase(), sequence]))
  const pattern = [...names.keys()].map(quote).join('|')
  const named = new RegExp(`(?<![\\w@#])(?:${pattern})(?![\\w-])`, 'gi')
  return typed
    .split(CODE)
    .map((part, index) => {
      const escaped = escapeText(part)
      if (index % 2 === 1) return escaped
      const linked = escaped.replace(/\bhttps?:\/\/[^\s|]+/g, (url) => `<${url}>`)
      return linked.replace(named, (name) => names.get(name.toLowerCase()) ?? name)
    })
    .join('')
}
