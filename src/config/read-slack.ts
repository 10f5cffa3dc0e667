// Reads the settings of the Slack face; fails closed where a part is missing.
import type { EnvReader } from './env-reader.ts'
import { isLoopbackHost } from './loopback.ts'
import type { SlackSettings } from './settings.ts'

const PUBLIC_API = 'https://slack.com/api'

function checkPrefix(reader: EnvReader, name: string, pattern: RegExp, prefix: string): void {
  const value = reader.text(name)
  if (value === undefined || pattern.test(value)) return
  reader.fault(
    name,
    `It does not begin with ${prefix}.`,
    'It is a token of another kind.',
    `Copy the one with ${prefix}.`,
  )
}

function readApiUrl(reader: EnvReader): string {
  const url = reader.url('SLACK_API_URL') ?? PUBLIC_API
  if (url.startsWith('http:') && !isLoopbackHost(new URL(url).hostname)) {
    reader.fault(
      'SLACK_API_URL',
      'It is not encrypted.',
      'The bot token would cross the network in the clear.',
      'Use https://, or an address on this machine.',
    )
  }
  return `${url}/`
}

/** Null where no part of it is configured. */
export function readSlack(reader: EnvReader): SlackSettings | null {
  const botToken = reader.secret('SLACK_BOT_TOKEN')
  const signingSecret = reader.secret('SLACK_SIGNING_SECRET')
  const appToken = reader.secret('SLACK_APP_TOKEN')
  const apiUrl = readApiUrl(reader)
  const allowReactions = reader.flag('LAKEDESK_SLACK_ALLOW_REACTIONS')
  checkPrefix(reader, 'SLACK_BOT_TOKEN', /^(xoxe\.)?xoxb-/, 'xoxb-')
  checkPrefix(reader, 'SLACK_APP_TOKEN', /^xapp-/, 'xapp-')
  if (!botToken) {
    const given = ['SLACK_SIGNING_SECRET', 'SLACK_APP_TOKEN'].filter((name) => reader.text(name) !== undefined)
    if (given.length > 0) {
      reader.fault(
        'SLACK_BOT_TOKEN',
        'It is missing.',
        `${given.join(' and ')} is set, but without a bot token nothing can be answered in Slack.`,
        'Set it to the token that begins with xoxb-, or remove the other Slack settings.',
      )
    }
    return null
  }
  const common = { botToken, apiUrl, allowReactions }
  if (appToken) return { ...common, receive: { mode: 'socket', appToken } }
  if (signingSecret) return { ...common, receive: { mode: 'http', signingSecret } }
  reader.fault(
    'SLACK_SIGNING_SECRET',
    'It is missing.',
    'Without it a request from Slack cannot be told from a forged one.',
    'Set it (Slack app, Basic Information), or set SLACK_APP_TOKEN for Socket Mode.',
  )
  return null
}
