// Files of runs and spans of traces in the local lakehouse: signed addresses, and the storage that they lead to.
import { randomBytes } from 'node:crypto'
import { type Call, invalid, notFound, type RawAnswer, type Route, required, route, text, toPage } from './wire.ts'

export type StorageKind = 'AWS_PRESIGNED_URL' | 'GCP_SIGNED_URL' | 'AZURE_SAS_URI' | 'AZURE_ADLS_GEN2_SAS_URI'

interface Permit {
  key: string
  verb: 'GET' | 'PUT'
  kind: StorageKind
  endsAt: number
}
export interface ArtifactParts {
  /** Throws where there is no such run. */
  requireRun(runId: string): { info: Readonly<Record<string, unknown>> }
  requireTrace(traceId: string): unknown
  now(): number
}

const ROOT = '/api/2.0/mlflow/artifacts'
/** A header that the storage insists on, as some kinds of signature do. */
const CONDITION = { name: 'x-storage-condition', value: 'signed' }

export function createArtifacts({ requireRun, requireTrace, now }: ArtifactParts) {
  const files = new Map<string, Buffer>()
  const permits = new Map<string, Permit>()
  const control = {
    kind: 'AWS_PRESIGNED_URL' as StorageKind,
    pageSize: 1000,
    /** Requests to the storage that carried an Authorization header. */
    withToken: 0,
    /** Every signed address that was given out. */
    signed: [] as string[],
    spansOf: (traceId: string): string | undefined => files.get(`traces/${traceId}`)?.toString(),
  }

  function sign(host: string | undefined, key: string, verb: 'GET' | 'PUT') {
    const signature = randomBytes(16).toString('hex')
    permits.set(signature, { key, verb, kind: control.kind, endsAt: now() + 900_000 })
    const path = key.split('/').map(encodeURIComponent).join('/')
    const signed_uri = `http://${host}/storage/${path}?X-Amz-Signature=${signature}`
    control.signed.push(signed_uri)
    return { signed_uri, headers: [CONDITION], type: control.kind }
  }

  const credentials = (verb: 'GET' | 'PUT') => (call: Call) => {
    const run_id = required(call.args, 'run_id')
    requireRun(run_id)
    const paths = Array.isArray(call.args.path) ? call.args.path.map(String) : [required(call.args, 'path')]
    if (paths.some((path) => path === '' || path.split('/').includes('..'))) throw invalid('Invalid path')
    const sent = paths.map((path) => ({ run_id, path, ...sign(call.headers.host, `${run_id}/${path}`, verb) }))
    return { credential_infos: sent }
  }

  function list({ args }: Call): unknown {
    const run_id = required(args, 'run_id')
    const { info } = requireRun(run_id)
    const folder = text(args, 'path')
    const start = `${run_id}/${folder ? `${folder}/` : ''}`
    const found = new Map<string, { path: string; is_dir: boolean; file_size?: number }>()
    for (const [key, bytes] of files) {
      if (!key.startsWith(start)) continue
      const [name = '', ...below] = key.slice(start.length).split('/')
      const path = folder ? `${folder}/${name}` : name
      found.set(path, below.length > 0 ? { path, is_dir: true } : { path, is_dir: false, file_size: bytes.length })
    }
    const { items, ...next } = toPage([...found.values()], args, control.pageSize)
    return { root_uri: info.artifact_uri, files: items, ...next }
  }

  /** As a cloud storage: it knows nothing of the workspace, and refuses two ways of authentication at once. */
  function store({ method, headers, args, bytes }: Call): RawAnswer {
    const plain = (status: number, body: Uint8Array | string = ''): RawAnswer => ({
      raw: true,
      status,
      headers: { 'content-type': 'application/xml' },
      body,
    })
    if (headers.authorization !== undefined) {
      control.withToken += 1
      return plain(400, '<Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message></Error>')
    }
    const permit = permits.get(text(args, 'X-Amz-Signature'))
    const reads = method === 'GET'
    if (!permit || permit.endsAt <= now() || reads !== (permit.verb === 'GET')) return plain(403, '<Error/>')
    if (headers[CONDITION.name] !== CONDITION.value)
      return plain(403, '<Error><Code>SignatureDoesNotMatch</Code></Error>')
    if (reads) {
      const found = files.get(permit.key)
      return found ? plain(200, found) : plain(404, '<Error><Code>NoSuchKey</Code></Error>')
    }
    if (permit.kind === 'AZURE_ADLS_GEN2_SAS_URI') return plain(storeInSteps(method, permit.key, args, bytes))
    if (permit.kind === 'AZURE_SAS_URI' && headers['x-ms-blob-type'] === undefined) return plain(400, '<Error/>')
    if (method !== 'PUT') return plain(405)
    files.set(permit.key, bytes)
    return plain(permit.kind === 'AZURE_SAS_URI' ? 201 : 200)
  }

  /** Data Lake Storage: a file is made first, then bytes are appended at their place, and flushed. */
  function storeInSteps(method: string, key: string, args: Call['args'], bytes: Buffer): number {
    if (method === 'PUT' && text(args, 'resource') === 'file') {
      files.set(key, Buffer.alloc(0))
      return 201
    }
    const old = files.get(key)
    if (method !== 'PATCH' || !old || text(args, 'action') !== 'append') return 400
    if (Number(text(args, 'position')) !== old.length || text(args, 'flush') !== 'true') return 400
    files.set(key, Buffer.concat([old, bytes]))
    return 202
  }

  const spans = (verb: 'GET' | 'PUT') => (call: Call) => {
    const traceId = call.at.trace ?? ''
    requireTrace(traceId)
    if (verb === 'GET' && !files.has(`traces/${traceId}`)) throw notFound('Trace data not found.')
    return { credential_info: sign(call.headers.host, `traces/${traceId}`, verb) }
  }

  const routes: Route[] = [
    ...['POST', 'GET'].flatMap((method) => [
      route(`${method} ${ROOT}/credentials-for-read`, credentials('GET')),
      route(`${method} ${ROOT}/credentials-for-write`, credentials('PUT')),
    ]),
    route(`GET ${ROOT}/list`, list),
    route('GET /api/2.0/mlflow/traces/{trace}/credentials-for-data-upload', spans('PUT')),
    route('GET /api/2.0/mlflow/traces/{trace}/credentials-for-data-download', spans('GET')),
    ...['GET', 'PUT', 'PATCH'].map((method) => route(`${method} /storage/{key*}`, store, { open: true })),
  ]
  return { routes, control }
}
