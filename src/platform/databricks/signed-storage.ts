// The cloud storage behind Databricks: bytes go to and come from addresses that the workspace signed.
import pRetry from 'p-retry'
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'

export const signedAddressSchema = z.object({
  signed_uri: z.string().min(1),
  /** Such as AWS_PRESIGNED_URL, GCP_SIGNED_URL, AZURE_SAS_URI or AZURE_ADLS_GEN2_SAS_URI. */
  type: z.string().default(''),
  headers: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
})
export type SignedAddress = z.infer<typeof signedAddressSchema>

interface Request {
  method: 'GET' | 'PUT' | 'PATCH'
  query?: string
  headers?: [string, string][]
  body?: Uint8Array
}

const TIMEOUT_MS = 60_000
const RETRIES = 2
const MIN_WAIT_MS = 200

/** Worth another try: the storage was not reached, was busy or failed. */
class Passing extends Error {
  readonly told: LakedeskError

  constructor(told: LakedeskError) {
    super(told.message, { cause: told })
    this.told = told
  }
}

/** Throws PLATFORM_UNREACHABLE, PLATFORM_FAILED. No sentence shows the address: whoever has it may use it. */
export async function writeSigned(to: SignedAddress, about: string, body: Uint8Array): Promise<void> {
  if (to.type === 'AZURE_ADLS_GEN2_SAS_URI') {
    // Data Lake Storage takes a file in steps. Source: Azure's Path Create and Path Update, as MLflow's own client calls them.
    await send(to, about, { method: 'PUT', query: 'resource=file' })
    if (body.byteLength > 0)
      await send(to, about, { method: 'PATCH', query: 'action=append&position=0&flush=true', body })
    return
  }
  // A blob of Azure must name its type; no other storage may get a header that it did not sign.
  const headers: [string, string][] = to.type === 'AZURE_SAS_URI' ? [['x-ms-blob-type', 'BlockBlob']] : []
  await send(to, about, { method: 'PUT', headers, body })
}

/** Null where nothing is stored there. Throws as `writeSigned` does. */
export function readSigned(from: SignedAddress, about: string): Promise<Uint8Array | null> {
  return send(from, about, { method: 'GET' })
}

async function send(address: SignedAddress, about: string, request: Request): Promise<Uint8Array | null> {
  try {
    return await pRetry(() => attempt(address, about, request), {
      retries: RETRIES,
      minTimeout: MIN_WAIT_MS,
      shouldRetry: ({ error }) => error instanceof Passing,
    })
  } catch (error) {
    throw error instanceof Passing ? error.told : error
  }
}

/** The address holds its own credentials: the token of the workspace stays here. */
async function attempt(address: SignedAddress, about: string, request: Request): Promise<Uint8Array | null> {
  const { method, query, headers = [], body } = request
  const url = query
    ? `${address.signed_uri}${address.signed_uri.includes('?') ? '&' : '?'}${query}`
    : address.signed_uri
  const signed = address.headers.map(({ name, value }): [string, string] => [name, value])
  let response: Response
  let bytes: Uint8Array
  try {
    response = await fetch(url, {
      method,
      headers: [...headers, ...signed],
      ...(body ? { body: new Uint8Array(body) } : {}),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    bytes = new Uint8Array(await response.arrayBuffer())
  } catch (error) {
    const sentence = `The storage behind Databricks could not be reached (${about}). Check that this machine may connect to it.`
    throw new Passing(new LakedeskError('PLATFORM_UNREACHABLE', sentence, error))
  }
  if (response.ok) return bytes
  if (response.status === 404 && method === 'GET') return null
  const told = new LakedeskError(
    'PLATFORM_FAILED',
    `The storage behind Databricks refused the bytes (${about}; HTTP ${response.status}). Try again: a signed address lives for some minutes only.`,
  )
  throw response.status >= 500 || response.status === 429 ? new Passing(told) : told
}
