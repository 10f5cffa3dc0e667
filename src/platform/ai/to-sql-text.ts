// Writes the answer of an AI function as the text that SQL then casts to the function's type.
import { LakedeskError } from '../../core/errors.ts'
import type { AiAnswer, AiCall, Json } from '../ports/ai-functions.ts'
import type { DdlType } from '../ports/ddl-type.ts'
import type { AiForm } from './call-shape.ts'
import { CastFault, castJson } from './cast-json.ts'

/**
 * By form: `label` the label, null where undecidable; `labels` and `fields` the VARIANT `{"response", "error_message"}` with our own
 * `metadata.confidence` where it is known; `strings` a JSON object of texts; `number` digits; `text` the text; `query` text, or JSON of
 * its type, or `{"response", "errorMessage"}` where failOnError is false. An error is null, or stands in the object that has a place
 * for it. Throws AI_FUNCTION_FAILED for ai_query with failOnError.
 */
export function toSqlText(form: AiForm, call: AiCall | null, answer: AiAnswer): string | null {
  const { value, error } = answer
  switch (form.kind) {
    case 'label':
      return error === null ? (toLabels(value)[0] ?? null) : null
    case 'labels': {
      const response = error === null ? toLabels(value) : null
      return JSON.stringify({ response, error_message: error, ...toMetadata(answer) })
    }
    case 'strings':
      return error === null && call?.function === 'ai_extract' ? JSON.stringify(toStrings(call, value)) : null
    case 'fields':
      return toFields(form, call, answer)
    case 'number':
      return error === null && typeof value === 'number' ? String(value) : null
    case 'text':
      return error === null && value !== null ? toPlain(value) : null
    case 'query':
      return toQueryText(form, answer)
  }
}

/** False where the answer cannot become the type that the statement wants: it is of no use to anybody who asks the same. */
export function fits(form: AiForm, answer: AiAnswer): boolean {
  return form.kind !== 'query' || toResponse(form, answer).error === null
}

/** What a call whose content cannot be taken answers. */
export function toFaultAnswer(fault: string): AiAnswer {
  return { value: null, error: fault, usage: { inputTokens: 0, outputTokens: 0 } }
}

function toLabels(value: Json): string[] {
  return Array.isArray(value) ? value.filter((label) => typeof label === 'string') : []
}

function toMetadata({ confidence, error }: AiAnswer): { metadata?: { confidence: unknown } } {
  return confidence === undefined || error !== null ? {} : { metadata: { confidence } }
}

function toPlain(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function toStrings({ fields }: Extract<AiCall, { function: 'ai_extract' }>, value: Json): Json {
  const found = isObject(value) ? value : {}
  return Object.fromEntries(
    fields.map(({ name }) => {
      const text = Object.hasOwn(found, name) ? (found[name] ?? null) : null
      return [name, text === null ? null : toPlain(text)]
    }),
  )
}

function toFields(
  { citations, confidenceScores }: Extract<AiForm, { kind: 'fields' }>,
  call: AiCall | null,
  answer: AiAnswer,
): string {
  if (answer.error !== null) return JSON.stringify({ response: null, error_message: answer.error })
  if (!citations && !confidenceScores) {
    return JSON.stringify({ response: answer.value, error_message: null, ...toMetadata(answer) })
  }
  const content = call?.function === 'ai_extract' ? call.content : ''
  const found: { id: string; text: string }[] = []
  const wrap = (value: Json, confidence: number | null): Json => {
    if (Array.isArray(value)) return value.map((item) => wrap(item, confidence))
    if (isObject(value))
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, wrap(item, confidence)]))
    const quote = citations && value !== null ? findQuote(content, toPlain(value)) : null
    let id: string | undefined
    if (quote !== null) {
      id = found.find(({ text }) => text === quote)?.id
      if (id === undefined) {
        id = String(found.length)
        found.push({ id, text: quote })
      }
    }
    return {
      value,
      ...(citations ? { citation_ids: id === undefined ? [] : [id] } : {}),
      ...(confidenceScores ? { confidence_score: value === null ? null : confidence } : {}),
    }
  }
  const { value, confidence } = answer
  const response = isObject(value)
    ? Object.fromEntries(
        Object.entries(value).map(([name, item]) => [
          name,
          wrap(item, typeof confidence === 'number' ? confidence : (confidence?.[name] ?? null)),
        ]),
      )
    : value
  const metadata = citations ? { metadata: { citations: found } } : {}
  return JSON.stringify({ response, error_message: null, ...metadata })
}

/** The passage of the content that says it, in the content's own letters; null where it stands nowhere, so that no citation is made up. */
function findQuote(content: string, value: string): string | null {
  const at = content.toLowerCase().indexOf(value.trim().toLowerCase())
  return at < 0 || value.trim() === '' ? null : content.slice(at, at + value.trim().length)
}

function toQueryText(form: Extract<AiForm, { kind: 'query' }>, answer: AiAnswer): string | null {
  const { type, failOnError } = form
  const { response, error } = toResponse(form, answer)
  if (!failOnError) return JSON.stringify({ response, errorMessage: error })
  if (error !== null) {
    throw new LakedeskError(
      'AI_FUNCTION_FAILED',
      `ai_query failed, and the statement with it: ${error} Write failOnError => false to get the error as a value in its row.`,
    )
  }
  if (response === null) return null
  return type === null ? toPlain(response) : JSON.stringify(response)
}

function toResponse(
  { type, field }: Extract<AiForm, { kind: 'query' }>,
  { value, error }: AiAnswer,
): { response: Json; error: string | null } {
  if (error !== null) return { response: null, error }
  if (type === null || value === null) return { response: value === null ? null : toPlain(value), error: null }
  try {
    const inner = field === null ? value : unwrap(value, field)
    return { response: castJson(parseByType(inner, type), type), error: null }
  } catch (fault) {
    if (!(fault instanceof CastFault)) throw fault
    return { response: null, error: `AI_FUNCTION_HTTP_PARSE_CAST_ERROR: ${fault.message}.` }
  }
}

/** An answer that already is the value is taken as such. */
function unwrap(value: Json, field: string): Json {
  if (!isObject(value)) return value
  const name = Object.keys(value).find((key) => key.toLowerCase() === field.toLowerCase())
  return name === undefined ? value : (value[name] ?? null)
}

/** Text is read as JSON where the type is no text; where it is none it stays text, and the cast says so. */
function parseByType(value: Json, type: DdlType): Json {
  const isText = type.kind === 'scalar' && !['VARIANT', 'BOOLEAN'].includes(type.name)
  if (typeof value !== 'string' || isText) return value
  const bare = /^\s*```(?:json)?\s*([\s\S]*?)```\s*$/i.exec(value)?.[1] ?? value
  try {
    return JSON.parse(bare) as Json
  } catch {
    return value
  }
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
