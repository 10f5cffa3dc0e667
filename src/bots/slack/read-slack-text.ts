// Turns the text that Slack delivers (entities, <@U..>, <url|label>) into the plain text a person typed.

const CODE = /```[\s\S]*?```|`[^`\n]+`/g
const TOKEN = /<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>/g

/** Text outside code, as Slack fires app_mention also for a mention that is only quoted in code. */
export function withoutCode(raw: string): string {
  return raw.replace(CODE, ' ')
}

export function mentions(raw: string, user: string): boolean {
  return new RegExp(`<@${user}(\\|[^>]*)?>`).test(withoutCode(raw))
}

/** The user id that the message starts with, or null: such a message talks to that person. */
export function leadingMention(raw: string): string | null {
  return /^\s*<@([A-Z0-9]+)(?:\|[^>]*)?>/.exec(raw)?.[1] ?? null
}

function readToken(whole: string, sigil: string, body: string, label: string | undefined): string {
  if (sigil === '@') return `@${label ?? body}`
  if (sigil === '#') return `#${label ?? body}`
  if (sigil === '!') {
    if (label !== undefined) return label
    return body.startsWith('subteam^') ? '@group' : `@${body.split('^')[0] ?? ''}`
  }
  if (!/^[a-z][a-z0-9+.-]*:/i.test(body)) return whole
  const target = body.replace(/^(mailto|tel):/i, '')
  if (label === undefined || label === target || label === body || target.endsWith(`//${label}`)) return target
  return `${label} (${target})`
}

function decodeEntities(text: string): string {
  return text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&')
}

/** Plain text: the bot's own mention removed, links and mentions readable, entities decoded last so that none can act. */
export function readSlackText(raw: string, botUser?: string): string {
  const own = botUser === undefined ? null : new RegExp(`<@${botUser}(\\|[^>]*)?>[,:]?`, 'g')
  const without = own === null ? raw : replaceOutsideCode(raw, own)
  return decodeEntities(without.replace(TOKEN, readToken)).trim()
}

function replaceOutsideCode(raw: string, pattern: RegExp): string {
  let at = 0
  let out = ''
  for (const code of raw.matchAll(CODE)) {
    out += strip(raw.slice(at, code.index), pattern) + code[0]
    at = code.index + code[0].length
  }
  return out + strip(raw.slice(at), pattern)
}

function strip(text: string, pattern: RegExp): string {
  return text.replace(pattern, ' ').replace(/ {2,}/g, ' ')
}
