// Reads the options map of ai_classify and ai_extract.
import type { AiFunctionName } from '../ports/ai-functions.ts'
import { type Arguments, invalid } from './call-shape.ts'

export const MAX_INSTRUCTIONS = 20_000

export interface AiOptions {
  version: string | undefined
  instructions: string | undefined
  /** Any of the switches, all in one place: false where absent. */
  isOn(name: string): boolean
}

/** `known` are the names this function takes. Names match whatever their case; throws AI_FUNCTION_INVALID for others. */
export function readOptions(name: AiFunctionName, args: Arguments, known: readonly string[]): AiOptions {
  const given = args.get('options') ?? {}
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw invalid(name, "options is no map; write map('version', '2.0')")
  }
  const options = new Map<string, string>()
  for (const [key, value] of Object.entries(given)) {
    const option = known.find((each) => each.toLowerCase() === key.toLowerCase())
    if (option === undefined) throw invalid(name, `it has no option "${key}", only ${known.join(', ')}`)
    if (value !== null) options.set(option, typeof value === 'string' ? value : JSON.stringify(value))
  }
  const instructions = options.get('instructions')?.trim()
  if (instructions !== undefined && instructions.length > MAX_INSTRUCTIONS) {
    throw invalid(
      name,
      `the instructions have ${instructions.length} characters, at most ${MAX_INSTRUCTIONS} are taken`,
    )
  }
  return {
    version: options.get('version'),
    instructions: instructions === '' ? undefined : instructions,
    isOn(option) {
      const value = options.get(option)?.trim().toLowerCase() ?? 'false'
      if (value !== 'true' && value !== 'false') {
        throw invalid(name, `the option ${option} is "${value}"; give 'true' or 'false'`)
      }
      return value === 'true'
    },
  }
}
