// What the readers of AI functions share: the form SQL wants back, and a call that only lacks its content.
import { LakedeskError } from '../../core/errors.ts'
import type { AiCall, AiFunctionName, Json } from '../ports/ai-functions.ts'
import type { DdlType } from '../ports/ddl-type.ts'

/**
 * What SQL wants back. `label`: ai_classify v1. `labels`: v2. `strings`: ai_extract v1. `fields`: v2, where `scores` and `citations`
 * say whether each scalar is told with them. `query`: ai_query; `type` null is text,
 * `field` the one field of a responseFormat in DDL, whose value is the answer.
 */
export type AiForm =
  | { kind: 'label' | 'labels' | 'strings' | 'text' | 'number' }
  | { kind: 'fields'; citations: boolean; confidenceScores: boolean }
  | { kind: 'query'; type: DdlType | null; field: string | null; failOnError: boolean }

export type Arguments = ReadonlyMap<string, Json>

/** Everything but the content, checked once per statement as a rule: `with` makes the call of a row. */
export interface CallShape {
  form: AiForm
  with(content: string): AiCall
}

/** A VARIANT is told as its JSON. */
export function toText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

export function invalid(name: AiFunctionName, why: string): LakedeskError {
  return new LakedeskError('AI_FUNCTION_INVALID', `${name} was called with wrong arguments: ${why}.`)
}
