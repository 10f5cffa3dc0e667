// Profiles of ~/.databrickscfg: host and credentials of a workspace, where the environment does not set them.
import ini from 'ini'
import { LakedeskError } from '../core/errors.ts'
import type { Env } from './env-reader.ts'

/** Fields of a profile, and the setting that each stands for. */
const FIELDS = {
  host: 'DATABRICKS_HOST',
  token: 'DATABRICKS_TOKEN',
  client_id: 'DATABRICKS_CLIENT_ID',
  client_secret: 'DATABRICKS_CLIENT_SECRET',
  workspace_id: 'DATABRICKS_WORKSPACE_ID',
  warehouse_id: 'DATABRICKS_WAREHOUSE_ID',
  auth_type: 'DATABRICKS_AUTH_TYPE',
} as const
const CREDENTIALS = ['DATABRICKS_TOKEN', 'DATABRICKS_CLIENT_ID', 'DATABRICKS_CLIENT_SECRET']

/** Text of the file, undefined where there is none. */
export type ReadFile = (path: string) => string | undefined

type Profile = Readonly<Record<string, unknown>>

function invalid(what: string, fix: string): LakedeskError {
  return new LakedeskError('CONFIG_INVALID', `A setting is wrong, so nothing was started: ${what} ${fix}`)
}

/**
 * The environment with the profile under it: what is set in the environment stays, and where it holds credentials, those of the profile stay out.
 * Only for LAKEDESK_PLATFORM=databricks: with DATABRICKS_CONFIG_PROFILE that profile, else DEFAULT where no host is set. Pure but for
 * `readFile`. Throws CONFIG_INVALID where a file or profile that was asked for is not there, or holds no host or no credentials we can use.
 */
export function withProfile(env: Env, readFile: ReadFile): Env {
  const read = (name: string): string | undefined => env[name]?.trim() || undefined
  const chosen = read('DATABRICKS_CONFIG_PROFILE')
  if (read('LAKEDESK_PLATFORM') !== 'databricks') return env
  if (chosen === undefined && read('DATABRICKS_HOST') !== undefined) return env
  const path = toPath(read('DATABRICKS_CONFIG_FILE') ?? '~/.databrickscfg', read('HOME') ?? read('USERPROFILE') ?? '~')
  const text = readFile(path)
  if (text === undefined) {
    if (chosen === undefined && read('DATABRICKS_CONFIG_FILE') === undefined) return env
    throw invalid(
      `There is no configuration file ${path}.`,
      'Make it with `databricks configure`, or set DATABRICKS_CONFIG_FILE to its path, or set DATABRICKS_HOST and DATABRICKS_TOKEN.',
    )
  }
  const profile = findProfile(text, chosen ?? 'DEFAULT')
  if (profile === undefined) {
    if (chosen === undefined) return env
    const others = listProfiles(text)
    const known = others.length > 0 ? `It has: ${others.join(', ')}.` : 'It has none.'
    throw invalid(`${path} has no profile ${chosen}. ${known}`, 'Correct DATABRICKS_CONFIG_PROFILE.')
  }
  return merge(env, profile, `profile ${chosen ?? 'DEFAULT'} of ${path}`)
}

function merge(env: Env, profile: Profile, about: string): Env {
  const isSet = (name: string): boolean => (env[name]?.trim() ?? '') !== ''
  const hasOwn = CREDENTIALS.some(isSet)
  const added = Object.entries(FIELDS).flatMap(([field, name]): [string, string][] => {
    const value = profile[field]
    const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''
    if (text === '' || isSet(name) || (hasOwn && CREDENTIALS.includes(name))) return []
    return [[name, text]]
  })
  const merged = { ...env, ...Object.fromEntries(added) }
  const has = (name: string): boolean => (merged[name]?.trim() ?? '') !== ''
  if (!has('DATABRICKS_HOST')) throw invalid(`The ${about} has no host.`, 'Add a line host = https://… to it.')
  const complete = has('DATABRICKS_TOKEN') || (has('DATABRICKS_CLIENT_ID') && has('DATABRICKS_CLIENT_SECRET'))
  if (complete) return merged
  const type = typeof profile.auth_type === 'string' ? ` (its auth_type is ${profile.auth_type})` : ''
  throw invalid(
    `The ${about} has neither token nor client_id and client_secret${type}.`,
    'Lakedesk runs without a browser: give it a token, or client id and secret of a service principal.',
  )
}

function toPath(path: string, home: string): string {
  return path.replace(/^~(?=$|[\\/])/, home)
}

/** Python's reader, whose files these are, takes `;` and `#` within a value as part of it; ini would end it there. */
function parse(text: string): Record<string, unknown> {
  const escaped = text.replace(/^([^\r\n=;#[\]]+=)(.*)$/gm, (_, key: string, value: string) => {
    return key + value.replace(/[;#]/g, '\\$&')
  })
  return ini.parse(escaped)
}

function isProfile(value: unknown): value is Profile {
  return typeof value === 'object' && value !== null && Object.values(value).some((one) => typeof one !== 'object')
}

/** A dot in the name of a section is a level of its own to ini. */
function findProfile(text: string, name: string): Profile | undefined {
  let level: unknown = parse(text)
  for (const part of name.split('.')) {
    level =
      typeof level === 'object' && level !== null && Object.hasOwn(level, part) ? Reflect.get(level, part) : undefined
  }
  return isProfile(level) ? level : undefined
}

function listProfiles(text: string): string[] {
  return [...text.matchAll(/^\s*\[([^\]\r\n]+)\]/gm)]
    .map((found) => found[1] ?? '')
    .filter((name) => name !== '__settings__')
}
