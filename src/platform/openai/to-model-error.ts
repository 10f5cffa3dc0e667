// Translates what the official client throws into our own errors: what happened, why, and how to fix it.
import { z } from 'zod'
import { type ErrorCode, LakedeskError } from '../../core/errors.ts'
import type { OpenAiEndpoint } from './endpoint-fetch.ts'

const MAX_DETAIL = 300
const httpErrorSchema = z.object({ status: z.number().int(), message: z.string() })
const namedSchema = z.object({ name: z.string(), message: z.string() })
const codedSchema = z.object({ code: z.string() })
/** What the client throws for an error that comes as an event of a stream: it has no HTTP status of its own. */
const eventSchema = z.object({
  error: z.unknown(),
  message: z.string(),
  code: z.union([z.string(), z.number()]).nullish(),
  type: z.string().nullish(),
})
/** Codes of node and undici for a connection that is not there, broke, or is not trusted. */
const CONNECTION_CODE =
  /^(?:UND_|ECONN|EHOST|ENET|EADDR|ENOTFOUND|EAI_|EPIPE|EPROTO|ETIMEDOUT|ESOCKET|ERR_SSL|ERR_TLS|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_)/
/** HTTP numbers of error codes: Databricks' (databricks-sdk-py, errors/platform.py), OpenAI's and its types. */
const STATUS_OF: Readonly<Record<string, number>> = {
  ...{ BAD_REQUEST: 400, INVALID_PARAMETER_VALUE: 400, invalid_request_error: 400 },
  ...{ UNAUTHENTICATED: 401, invalid_api_key: 401, authentication_error: 401 },
  ...{ PERMISSION_DENIED: 403, permission_error: 403 },
  ...{ NOT_FOUND: 404, RESOURCE_DOES_NOT_EXIST: 404, ENDPOINT_NOT_FOUND: 404, model_not_found: 404 },
  ...{ RESOURCE_EXHAUSTED: 429, REQUEST_LIMIT_EXCEEDED: 429, rate_limit_exceeded: 429, rate_limit_error: 429 },
  ...{ INTERNAL_ERROR: 500, server_error: 500, TEMPORARILY_UNAVAILABLE: 503, overloaded_error: 503 },
  DEADLINE_EXCEEDED: 504,
}

/**
 * MODEL_UNAUTHORIZED (401, 403), MODEL_NOT_FOUND (404), MODEL_BUSY (429), MODEL_TIMEOUT, MODEL_UNREACHABLE (no connection, or a
 * web page instead of an API), MODEL_FAILED (the rest). Aborts and our own errors come back as they are. The cause keeps
 * `status` and `headers` of the answer, from which a caller reads whether and when to try again.
 */
export function toModelError(error: unknown, endpoint: OpenAiEndpoint): unknown {
  const chain = causesOf(error)
  const ours = chain.find((link) => link instanceof LakedeskError)
  if (ours) return ours
  // The client ends a request that took too long by an abort of its own, which is then the cause of a timeout.
  if (!isTimeout(chain[0]) && chain.some(isAbort)) return error
  const http = chain.map((link) => httpErrorSchema.safeParse(link)).find((parsed) => parsed.success)?.data
  if (http) {
    const [code, sentence] = ofStatus(http.status, toDetail(http.message, endpoint), endpoint)
    return new LakedeskError(code, sentence, error)
  }
  const { baseUrl, model, timeoutMs } = endpoint
  if (chain.some(isTimeout)) {
    const sentence = `The model ${model} at ${baseUrl} did not begin to answer within ${timeoutMs / 1000} s. It may be starting or overloaded: please ask again, or raise the model timeout.`
    return new LakedeskError('MODEL_TIMEOUT', sentence, error)
  }
  const told = chain.map(toEvent).find((event) => event !== null)
  if (told) {
    const detail = toDetail(told.message, endpoint)
    const [kind, sentence] = told.status ? ofStatus(told.status, detail, endpoint) : brokenBy(detail, endpoint)
    return new LakedeskError(kind, sentence, error)
  }
  const code = chain
    .map((link) => codedSchema.safeParse(link).data?.code)
    .find((one) => CONNECTION_CODE.test(one ?? ''))
  if (code !== undefined || chain.some(isConnection)) {
    const sentence = `The model endpoint ${baseUrl} could not be reached (${code ?? 'connection failed'}). Check that it runs, that the base URL is right, and that this machine may connect to it.`
    return new LakedeskError('MODEL_UNREACHABLE', sentence, error)
  }
  const detail = toDetail(chain[0] instanceof Error ? chain[0].message : String(error), endpoint)
  return new LakedeskError(
    'MODEL_FAILED',
    `The model ${model} at ${baseUrl} gave an answer that could not be read (${detail}). Check that the base URL speaks the OpenAI API.`,
    error,
  )
}

/** As `toModelError`, with what the endpoint's owner can add where the model is not known. */
export async function explainModelError(error: unknown, endpoint: OpenAiEndpoint): Promise<unknown> {
  const told = toModelError(error, endpoint)
  if (!(told instanceof LakedeskError) || told.code !== 'MODEL_NOT_FOUND' || !endpoint.explainMissing) return told
  const more = await endpoint.explainMissing(endpoint.model).catch(() => '')
  return more === '' ? told : new LakedeskError('MODEL_NOT_FOUND', `${told.userMessage} ${more}`, told.cause)
}

/** An error event of a stream, with its HTTP number where its code or type has one. */
function toEvent(link: unknown): { status: number | undefined; message: string } | null {
  const event = eventSchema.safeParse(link).data
  if (!event || typeof event.error !== 'object' || event.error === null) return null
  const names = [event.code, event.type].map((name) => String(name ?? ''))
  const number = names.map(Number).find((one) => Number.isInteger(one) && one >= 400 && one < 600)
  const status = number ?? names.map((name) => STATUS_OF[name]).find((one) => one !== undefined)
  return { status, message: [event.code, event.message].filter(Boolean).join(': ') }
}

function brokenBy(detail: string, { baseUrl, model }: OpenAiEndpoint): [ErrorCode, string] {
  const fix = 'Please ask again; if it stays so, check the state of the endpoint.'
  return ['MODEL_FAILED', `The model ${model} at ${baseUrl} ended its answer with an error (${detail}). ${fix}`]
}

function ofStatus(status: number, detail: string, { baseUrl, model }: OpenAiEndpoint): [ErrorCode, string] {
  if (status === 401) {
    const fix = 'Check the API key or token, its expiry, and that it may query this model.'
    return ['MODEL_UNAUTHORIZED', `The model endpoint ${baseUrl} refused the credentials (HTTP ${status}). ${fix}`]
  }
  if (status === 403) {
    const fix = `Check the API key or token, and that it may query ${model}: on Databricks that is CAN QUERY on this endpoint.`
    return [
      'MODEL_UNAUTHORIZED',
      `The model endpoint ${baseUrl} refused the credentials or the right to ask ${model} (HTTP ${status}: ${detail}). ${fix}`,
    ]
  }
  if (status === 404) {
    const fix = 'Check the name of the model, that it has not been retired, and the base URL.'
    return ['MODEL_NOT_FOUND', `The endpoint ${baseUrl} does not know the model ${model} (HTTP 404: ${detail}). ${fix}`]
  }
  if (status === 408 || status === 504) {
    const fix = 'Please ask again; if it stays so, choose a faster model.'
    return ['MODEL_TIMEOUT', `The model ${model} at ${baseUrl} took too long (HTTP ${status}). ${fix}`]
  }
  if (status === 429) {
    const fix = 'Wait a minute and ask again; if it happens often, ask for a higher limit.'
    return ['MODEL_BUSY', `The model ${model} at ${baseUrl} is over its rate limit (HTTP 429). ${fix}`]
  }
  if (status >= 500) {
    const fix = 'Please ask again in a moment; if it stays so, check the state of the endpoint.'
    return ['MODEL_FAILED', `The model ${model} at ${baseUrl} failed (HTTP ${status}). ${fix}`]
  }
  const fix = /temperature|top_p|top_k|sampling/i.test(detail)
    ? 'This model takes no sampling settings: set LAKEDESK_MODEL_TEMPERATURE=none, so that none is sent.'
    : 'Check the settings of the model: some refuse a temperature (LAKEDESK_MODEL_TEMPERATURE=none leaves it out), or so many tokens.'
  return ['MODEL_FAILED', `The model ${model} at ${baseUrl} refused the request (HTTP ${status}: ${detail}). ${fix}`]
}

/** The endpoint's own words, short, on one line, and without anything that looks like a key. */
function toDetail(message: string, { apiKey }: OpenAiEndpoint): string {
  const words = message
    .split('\n\nTroubleshooting URL')[0]
    ?.replace(/^\d{3} /, '')
    .replace(/\s+/g, ' ')
    .trim()
  const open = typeof apiKey === 'string' && apiKey !== '' ? (words ?? '').replaceAll(apiKey, '[key]') : (words ?? '')
  const safe = open.replace(/\b(?:sk-|dapi|eyJ|Bearer\s+)[\w*.~+/=-]+/gi, '[key]').replace(/\.$/, '')
  return safe.length > MAX_DETAIL ? `${safe.slice(0, MAX_DETAIL)}…` : safe
}

function causesOf(error: unknown): unknown[] {
  const chain: unknown[] = []
  for (let link = error; link != null && chain.length < 8; link = link instanceof Error ? link.cause : undefined) {
    chain.push(link)
  }
  return chain
}

function nameOf(link: unknown): string {
  const named = namedSchema.safeParse(link)
  return named.success ? `${named.data.name} ${(link as object).constructor.name}` : ''
}

function isAbort(link: unknown): boolean {
  return /AbortError|UserAbort|ModelAbort/.test(nameOf(link))
}

function isTimeout(link: unknown): boolean {
  return /Timeout/.test(nameOf(link)) || (codedSchema.safeParse(link).data?.code.includes('TIMEOUT') ?? false)
}

function isConnection(link: unknown): boolean {
  return /APIConnectionError/.test(nameOf(link)) || (link instanceof TypeError && /fetch|terminated/.test(link.message))
}
