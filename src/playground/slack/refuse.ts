// How the Web API of the stand-in says no: Slack's error name, and where it helps what is wrong.
import { type Json, textOf } from './json.ts'

export class Refusal extends Error {
  readonly details: readonly string[]

  constructor(code: string, details: readonly string[] = []) {
    super(code)
    this.details = details
  }
}

export function refuse(code: string, details: readonly string[] = []): never {
  throw new Refusal(code, details)
}

/** A required argument. */
export function text(args: Json, name: string): string {
  const value = args[name]
  if (typeof value === 'string' && value !== '') return value
  return refuse('invalid_arguments', [`missing required field: ${name} [json-pointer:/${name}]`])
}

export const optional = (args: Json, name: string): string => textOf(args[name])

/** Body of a refused call. Source: https://docs.slack.dev/apis/web-api/#responses */
export function toErrorBody(error: Refusal): Json {
  if (error.details.length === 0) return { ok: false, error: error.message }
  const messages = error.details.map((detail) => `[ERROR] ${detail}`)
  return { ok: false, error: error.message, errors: [...error.details], response_metadata: { messages } }
}
