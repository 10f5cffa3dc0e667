// Reads what a server says when it refuses, in every shape that Databricks and MLflow are known to send.
import { z } from 'zod'

export interface Fault {
  /** Such as RESOURCE_DOES_NOT_EXIST or SCIM_404; empty where the server gave none. */
  errorCode: string
  /** The server's own words: short, on one line, without anything that looks like a token. Empty where there are none. */
  words: string
  /** What support of the platform asks for; empty where there is none. */
  requestId: string
  /** Milliseconds; undefined where the server does not say when to come again. */
  retryAfterMs: number | undefined
  /** True where the answer came from the API, and not from a page of something before it. */
  fromApi: boolean
}

const MAX_DETAIL = 300
/** Google's RPC details, of which two say what we can use. A list that is none must not hide the message. */
const detailsSchema = z
  .array(
    z.looseObject({
      '@type': z.string().default(''),
      request_id: z.unknown().optional(),
      retry_delay: z.unknown().optional(),
    }),
  )
  .catch([])
  .default([])
const bodySchema = z.looseObject({
  error_code: z.union([z.string(), z.number()]).nullish(),
  message: z.string().nullish(),
  /** API 1.2, MLflow's web framework, and OAuth. */
  error: z.union([z.string(), z.looseObject({ message: z.string(), code: z.string().nullish() })]).nullish(),
  error_description: z.string().nullish(),
  /** SCIM. */
  detail: z.string().nullish(),
  status: z.union([z.string(), z.number()]).nullish(),
  scimType: z.string().nullish(),
  schemas: z.array(z.string()).nullish(),
  details: detailsSchema,
})
type Body = z.infer<typeof bodySchema>

/** On one line, at most 300 characters, without these secrets and without what looks like a token. */
export function shorten(text: string, secrets: readonly string[]): string {
  const open = secrets.reduce((words, secret) => (secret === '' ? words : words.replaceAll(secret, '[token]')), text)
  const safe = open
    .replace(/\b(?:dapi|dose|Bearer\s+|Basic\s+)[\w.~+/=-]{8,}/gi, '[token]')
    .replace(/\beyJ[\w-]{8,}(?:\.[\w-]+)*/g, '[token]')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\.$/, '')
  return safe.length > MAX_DETAIL ? `${safe.slice(0, MAX_DETAIL)}…` : safe
}

export function readFault(response: Response, text: string, secrets: readonly string[]): Fault {
  const { headers } = response
  const read = readBody(response, text)
  const details = read.details ?? []
  return {
    errorCode: read.errorCode,
    words: shorten(read.words, secrets),
    requestId: shorten(
      headers.get('x-request-id') || ofType(details, 'RequestInfo', 'request_id') || inWords(text),
      [],
    ),
    retryAfterMs: readRetryAfter(headers.get('retry-after')) ?? readDelay(ofType(details, 'RetryInfo', 'retry_delay')),
    fromApi: read.fromApi,
  }
}

interface Read extends Pick<Fault, 'errorCode' | 'words' | 'fromApi'> {
  details?: Body['details']
}

function readBody(response: Response, text: string): Read {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch {
    return readPlain(response, text)
  }
  const body = bodySchema.safeParse(data).data
  if (!body) return { errorCode: '', words: '', fromApi: false }
  return { ...readCoded(body), details: body.details }
}

function readCoded(body: Body): Read {
  const { error_code, message, error, error_description, detail, status, scimType, schemas } = body
  const nested = typeof error === 'object' ? error : undefined
  const said = message ?? detail ?? error_description ?? nested?.message ?? (typeof error === 'string' ? error : '')
  const isScim = schemas?.some((one) => one.includes(':scim:')) || (detail != null && status != null)
  if (isScim)
    return { errorCode: `SCIM_${status ?? ''}`, words: [scimType, said].filter(Boolean).join(': '), fromApi: true }
  // A number, or a number as text, repeats the status of HTTP and says nothing of its own.
  const given = String(error_code ?? nested?.code ?? '')
  return {
    errorCode: /^\d*$/.test(given) ? '' : given,
    words: said,
    fromApi: error_code != null || typeof error === 'string',
  }
}

/** Plain text, `CODE: message`, a page of a proxy or of a log-in, or nothing at all. */
function readPlain({ statusText }: Response, text: string): Read {
  if (text.trim() === '') return { errorCode: '', words: statusText, fromApi: false }
  if (/^\s*</.test(text)) return { errorCode: '', words: readPage(text), fromApi: false }
  const [, code, message = ''] = /^\s*([A-Z][A-Z0-9_]{3,60}): (.+)$/s.exec(text) ?? []
  return code ? { errorCode: code, words: message, fromApi: true } : { errorCode: '', words: text, fromApi: false }
}

/** The reason in a page stands in its <pre>, else the title says what the page is. */
function readPage(page: string): string {
  const found = /<pre[^>]*>([\s\S]*?)<\/pre>/i.exec(page) ?? /<title[^>]*>([\s\S]*?)<\/title>/i.exec(page)
  return (found?.[1] ?? '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}

function ofType(details: Body['details'], type: string, field: 'request_id' | 'retry_delay'): string {
  const value = details.find((one) => one['@type'].endsWith(`.${type}`))?.[field]
  return typeof value === 'string' ? value : ''
}

/** Some messages carry it at their end: "Invalid access token. [ReqId: 7d3c]". */
function inWords(text: string): string {
  return /\[ReqId: ([\w-]{1,80})\]/.exec(text)?.[1] ?? ''
}

/** Such as `1s` or `0.5s`. */
function readDelay(text: string): number | undefined {
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(text)?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1000
}

/** Milliseconds; seconds or a date by RFC 9110, undefined where absent or unreadable. */
function readRetryAfter(value: string | null): number | undefined {
  if (value === null || value.trim() === '') return undefined
  const ms = Number.isNaN(Number(value)) ? Date.parse(value) - Date.now() : Number(value) * 1000
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
