// Reads single settings out of an environment and collects every fault instead of stopping at the first.
import { z } from 'zod'
import { Secret } from './secret.ts'

export type Env = Readonly<Record<string, string | undefined>>

export interface ConfigFault {
  name: string
  /** What is wrong, why that is a fault, and what to do: one sentence each. */
  what: string
  why: string
  fix: string
}

export interface EnvReader {
  readonly faults: ConfigFault[]
  fault(name: string, what: string, why: string, fix: string): void
  /** Trimmed; undefined where it is missing or empty. */
  text(name: string): string | undefined
  secret(name: string): Secret | undefined
  choice<const T extends string>(name: string, choices: readonly T[], fallback: T): T
  flag(name: string): boolean
  number(name: string, range: { min: number; max: number; whole: boolean }): number | undefined
  /** An http(s) address without credentials in it. */
  url(name: string): string | undefined
}

const urlSchema = z.string().refine((text) => {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
})

/** A value as it may be shown in a message: quoted, short, and without the credentials of an address. */
export function show(value: string): string {
  const safe = value.replace(/\/\/[^/]*@/, '//…@')
  return JSON.stringify(safe.length > 60 ? `${safe.slice(0, 60)}…` : safe)
}

export function createEnvReader(env: Env): EnvReader {
  const faults: ConfigFault[] = []
  const fault: EnvReader['fault'] = (name, what, why, fix) => void faults.push({ name, what, why, fix })
  const text: EnvReader['text'] = (name) => env[name]?.trim() || undefined

  /** The value if the schema takes it, else a fault and undefined. */
  function check<T>(name: string, schema: z.ZodType<T>, why: string, fix: string): T | undefined {
    const value = text(name)
    if (value === undefined) return undefined
    const parsed = schema.safeParse(value)
    if (!parsed.success) fault(name, `It is ${show(value)}.`, why, fix)
    return parsed.data
  }

  return {
    faults,
    fault,
    text,
    secret(name) {
      const value = text(name)
      return value === undefined ? undefined : new Secret(value)
    },
    choice(name, choices, fallback) {
      return check(name, z.enum(choices), 'Only some words are understood.', `Use ${choices.join(' or ')}.`) ?? fallback
    },
    flag(name) {
      const schema = z.enum(['true', 'false', '1', '0'])
      const value = check(name, schema, 'It is a switch.', 'Use true or false.')
      return value === 'true' || value === '1'
    },
    number(name, { min, max, whole }) {
      const kind = whole ? 'a whole number' : 'a number'
      // Number() alone would take "0x10" and "1e3", which nobody means.
      const schema = z
        .string()
        .regex(/^-?\d+(\.\d+)?$/)
        .transform(Number)
        .refine((value) => value >= min && value <= max && (!whole || Number.isInteger(value)))
      return check(
        name,
        schema,
        `It must be ${kind} from ${min} to ${max}.`,
        'Correct the number or remove the setting.',
      )
    },
    url(name) {
      const value = check(
        name,
        urlSchema,
        'It must be an address that begins with http:// or https:// and holds no user name or password.',
        'Write it as in https://host.example/path; keys have settings of their own.',
      )
      return value?.replace(/\/+$/, '')
    },
  }
}
