// The HTTP door of an OpenAI-compatible endpoint: brings odd answers into the one shape that the official client reads.
import { LakedeskError } from '../../core/errors.ts'

export type KeySource = (refused?: string) => Promise<string>

export interface OpenAiEndpoint {
  /** Base URL up to, not including, `/chat/completions`: such as https://api.openai.com/v1 or {host}/serving-endpoints. */
  baseUrl: string
  /**
   * Bearer token; leave it out for local servers that want none. A function is asked before every request, and once more with a token that
   * was refused: what it gives then is tried where it is another.
   */
  apiKey?: string | KeySource
  model: string
  /** Sent with every request beside the key. */
  headers?: Readonly<Record<string, string>>
  /** What more there is to say where the endpoint does not know the model: what replaced it, or which names it knows. */
  explainMissing?: (model: string) => Promise<string>
  /** Milliseconds until the endpoint must have begun to answer. */
  timeoutMs: number
}

/** Base URL without a trailing slash. Throws CONFIG_INVALID where it is not an absolute http(s) address. */
export function toBaseUrl(baseUrl: string): string {
  const fault = new LakedeskError(
    'CONFIG_INVALID',
    `The model base URL "${baseUrl}" is not an absolute http or https address. Write it with its scheme, such as https://api.openai.com/v1 or http://127.0.0.1:11434/v1.`,
  )
  if (!URL.canParse(baseUrl)) throw fault
  const url = new URL(baseUrl)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw fault
  return baseUrl.replace(/\/+$/, '')
}

/**
 * fetch for the official client. A web page instead of an API (a wrong base URL, or a log-in page) is thrown as
 * MODEL_UNREACHABLE; Databricks' `{error_code, message}` is wrapped in `{error}`, without which the client drops its text.
 */
export function createEndpointFetch(endpoint: OpenAiEndpoint): typeof fetch {
  const { baseUrl } = endpoint
  return async (input, init) => {
    const response = await fetchWithKey(endpoint, input, init)
    const type = response.headers.get('content-type') ?? ''
    if (type.includes('text/html')) {
      await response.body?.cancel()
      if (response.status < 500 && response.status !== 401 && response.status !== 403 && response.status !== 429) {
        throw noApiHere(baseUrl, response.status)
      }
      return new Response('', { status: response.status, headers: response.headers })
    }
    if (response.ok) return response
    const text = await response.text()
    return new Response(wrapError(text), { status: response.status, headers: withoutLength(response.headers) })
  }
}

/** A key that was refused did nothing: the request is sent once more where there is another key. */
async function fetchWithKey(
  { apiKey, headers: more }: OpenAiEndpoint,
  input: string | URL | Request,
  init: RequestInit = {},
): Promise<Response> {
  const send = (key: string | undefined): Promise<Response> => {
    const headers = new Headers(init.headers)
    for (const [name, value] of Object.entries(more ?? {})) headers.set(name, value)
    if (key !== undefined) headers.set('authorization', `Bearer ${key}`)
    return fetch(input, { ...init, headers })
  }
  if (typeof apiKey !== 'function') return send(undefined)
  const key = await apiKey()
  init.signal?.throwIfAborted()
  const response = await send(key)
  if (response.status !== 401) return response
  const fresh = await apiKey(key)
  if (fresh === key) return response
  await response.body?.cancel()
  return send(fresh)
}

function noApiHere(baseUrl: string, status: number): LakedeskError {
  return new LakedeskError(
    'MODEL_UNREACHABLE',
    `The model could not be asked: ${baseUrl} answered with a web page (HTTP ${status}), so there is no OpenAI-compatible API at this address. Correct the base URL: it usually ends in /v1, on Databricks in /serving-endpoints.`,
  )
}

function wrapError(text: string): string {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    // Databricks answers some 400s in plain text; the client takes it as the message.
    return text
  }
  if (typeof body !== 'object' || body === null || 'error' in body || !('message' in body)) return text
  const code = 'error_code' in body ? body.error_code : undefined
  return JSON.stringify({ error: { message: body.message, code } })
}

function withoutLength(headers: Headers): Headers {
  const copy = new Headers(headers)
  copy.delete('content-length')
  copy.delete('content-encoding')
  return copy
}
