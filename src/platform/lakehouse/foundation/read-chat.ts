// Checks a chat request: what Databricks' chat endpoints take, and what they refuse.
import { z } from 'zod'
import { Refusal, refuse, type Values } from '../wire.ts'
import type { FoundationEndpoint } from './catalogue.ts'

/** Functions that one request may offer. */
const MAX_TOOLS = 32
/** Keys that the schema of a response format may have, over all its levels. */
const MAX_SCHEMA_KEYS = 64
const UNKNOWN_TO_SCHEMAS = ['pattern', 'anyOf', 'oneOf', 'allOf', 'prefixItems', '$ref']

const part = z.looseObject({ type: z.string(), text: z.string().optional() })
const content = z.union([z.string(), z.array(part), z.null()]).optional()
const toolCall = z.object({
  id: z.string(),
  type: z.literal('function').default('function'),
  function: z.object({ name: z.string(), arguments: z.string() }),
})
const message = z.discriminatedUnion('role', [
  z.object({ role: z.literal('system'), content }),
  z.object({ role: z.literal('developer'), content }),
  z.object({ role: z.literal('user'), content, name: z.string().optional() }),
  z.object({ role: z.literal('assistant'), content, tool_calls: z.array(toolCall).nullish() }),
  z.object({ role: z.literal('tool'), content, tool_call_id: z.string() }),
])
const tool = z.object({
  type: z.literal('function'),
  function: z.looseObject({
    name: z.string().regex(/^[\w-]{1,64}$/),
    description: z.string().optional(),
    parameters: z.record(z.string(), z.unknown()).optional(),
    strict: z.boolean().nullish(),
  }),
})
const count = z.coerce.number().int().min(1).nullish()
const schema = z.object({
  messages: z.array(message).min(1),
  max_tokens: count,
  max_completion_tokens: count,
  n: z.coerce.number().int().min(1).max(5).nullish(),
  temperature: z.coerce.number().min(0).max(2).nullish(),
  top_p: z.coerce.number().min(0).max(1).nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  stream: z.union([z.boolean(), z.stringbool()]).nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: z
    .union([
      z.enum(['none', 'auto', 'required']),
      z.object({ type: z.literal('function'), function: z.object({ name: z.string() }) }),
    ])
    .nullish(),
  response_format: z.looseObject({ type: z.enum(['text', 'json_object', 'json_schema']) }).nullish(),
})

export type WireMessage = z.infer<typeof message>
export type WireTool = z.infer<typeof tool>

export interface ChatAsk {
  messages: WireMessage[]
  /** Undefined where the model may write as much as it likes. */
  maxTokens: number | undefined
  n: number
  temperature: number | undefined
  topP: number | undefined
  stop: string[]
  stream: boolean
  tools: WireTool[]
  toolChoice: NonNullable<z.infer<typeof schema>['tool_choice']>
  /** Undefined where plain text is wanted. */
  responseFormat: Values | undefined
}

export const badRequest = (words: string): Refusal => refuse(400, 'BAD_REQUEST', words)

/** Refuses with 400, in words where the real endpoint's are known. */
export function readChat(args: Values, endpoint: FoundationEndpoint): ChatAsk {
  const parsed = schema.safeParse(args)
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
    throw badRequest(`Bad request: ${faults.join('; ')}`)
  }
  const { messages, n, temperature, top_p, stop, stream, response_format } = parsed.data
  const maxTokens = parsed.data.max_tokens ?? parsed.data.max_completion_tokens ?? undefined
  if (maxTokens !== undefined && maxTokens > endpoint.maxTokens) throw tooManyTokens(maxTokens, endpoint.maxTokens)
  const tools = parsed.data.tools ?? []
  checkTools(tools, endpoint)
  checkFormat(response_format)
  for (const { content: parts } of messages) {
    const odd = Array.isArray(parts) ? parts.find(({ type }) => type !== 'text') : undefined
    if (odd) throw badRequest(`Endpoint ${endpoint.name} takes content of type text only, not ${odd.type}.`)
  }
  const toolChoice = parsed.data.tool_choice ?? 'auto'
  if (typeof toolChoice === 'object' && !tools.some((one) => one.function.name === toolChoice.function.name))
    throw badRequest(`tool_choice names '${toolChoice.function.name}', which is not among the tools.`)
  if (toolChoice === 'required' && tools.length === 0)
    throw badRequest('tool_choice is required, but there is no tool.')
  return {
    messages,
    maxTokens,
    n: n ?? 1,
    temperature: temperature ?? undefined,
    topP: top_p ?? undefined,
    stop: (typeof stop === 'string' ? [stop] : (stop ?? [])).filter((word) => word !== ''),
    stream: stream ?? false,
    tools: toolChoice === 'none' ? [] : tools,
    toolChoice,
    responseFormat: response_format && response_format.type !== 'text' ? response_format : undefined,
  }
}

/** This refusal is plain text, as recorded. */
function tooManyTokens(asked: number, limit: number): Refusal {
  const words = `max_tokens (${asked}) cannot exceed ${limit}. Please reduce the length of max output tokens generated.`
  return new PlainRefusal(400, `Bad request: rpc error: code = InvalidArgument desc = ${words}`)
}

/** A refusal whose body is no JSON. */
export class PlainRefusal extends Refusal {}

function checkTools(tools: readonly WireTool[], { name, takesStrict }: FoundationEndpoint): void {
  if (tools.length > MAX_TOOLS)
    throw badRequest(`Too many tools: ${tools.length}. At most ${MAX_TOOLS} functions are supported.`)
  const strict = tools.find((one) => typeof one.function.strict === 'boolean')
  if (strict && !takesStrict)
    throw badRequest(`Bad request: tools.${strict.function.name}: 'strict' is not supported by ${name}.`)
}

function checkFormat(format: Values | null | undefined): void {
  if (format?.type !== 'json_schema') return
  const given: unknown = Reflect.get(Object(format.json_schema), 'schema')
  if (typeof given !== 'object' || given === null) throw badRequest("response_format: 'json_schema.schema' is missing.")
  const keys = keysOf(given)
  const odd = UNKNOWN_TO_SCHEMAS.find((key) => keys.includes(key))
  if (odd) throw badRequest(`response_format: the schema keyword '${odd}' is not supported.`)
  if (keys.length > MAX_SCHEMA_KEYS)
    throw badRequest(
      `response_format: the schema has ${keys.length} keys, and at most ${MAX_SCHEMA_KEYS} are supported.`,
    )
}

function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)])
}
