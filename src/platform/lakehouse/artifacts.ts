// Files of runs and spans of traces in the local lakehouse: signed addresses, and the storage that they lead to.
import { randomBytes } from 'node:crypto'
import type { Blobs } from './blobs.ts'
import { type Call, invalid, notFound, type RawAnswer, type Route, required, route, text, toPage } from './wire.ts'

export type StorageKind = 'AWS_PRESIGNED_URL' | 'GCP_SIGNED_URL' | 'AZURE_SAS_URI' | 'AZURE_ADLS_GEN2_SAS_URI'

interface Permit {
  key: string
  verb: 'GET' | 'PUT'
  kind: StorageKind
  endsAt: number
}
export interface ArtifactParts {
  blobs: Blobs
  /** Throws where there is no such run. */
  requireRun(runId: string): { info: Readonly<Record<string, unknown>> }
  requireTrace(traceId: string): unknown
  /** Address of the files of a logged model. Throws where there is none. */
  uriOfModel(modelId: string): string
  now(): number
}

const ROOT = '/api/2.0/mlflow/artifacts'
const MODELS = '/api/2.0/mlflow/logged-models/{model}/artifacts'
/** Folder of the blobs. */
const FOLDER = 'artifacts'
/** A header that the storage insists on, as some kinds of signature do. */
const CONDITION = { name: 'x-storage-condition', value: 'signed' }

export function createArtifacts({ blobs, requireRun, requireTrace, uriOfModel, now }: ArtifactParts) {
  const placeOf = (key: string): string => `${FOLDER}/${key}`
  const permits = new Map<string, Permit>()
  const control = {
    kind: 'AWS_PRESIGNED_URL' as StorageKind,
    pageSize: 1000,
    /** Requests to the storage that carried an Authorization header. */
    withToken: 0,
    /** Every signed address that was given out. */
    signed: [] as string[],
    spansOf: (traceId: string): string | undefined => blobs.get(placeOf(`traces/${traceId}`))?.toString(),
  }

  function sign(host: string | undefined, key: string, verb: 'GET' | 'PUT') {
    const signature = randomBytes(16).toString('hex')
    for (const [old, { endsAt }] of permits) if (endsAt <= now()) permits.delete(old)
    permits.set(signature, { key, verb, kind: control.kind, endsAt: now() + 900_000 })
    const path = key.split('/').map(encodeURIComponent).join('/')
    const signed_uri = `http://${host}/storage/${path}?X-Amz-Signature=${signature}`
    control.signed.push(signed_uri)
    return { signed_uri, headers: [CONDITION], type: control.kind }
  }

  function checkPath(path: string): string {
    if (path === '' || path.startsWith('/') || path.split('/').some((part) => ['', '.', '..'].includes(part)))
      throw invalid('Invalid path')
    return path
  }
  const credentials = (verb: 'GET' | 'PUT') => (call: Call) => {
    const run_id = required(call.args, 'run_id')
    requireRun(run_id)
    const paths = Array.isArray(call.args.path) ? call.args.path.map(String) : [required(call.args, 'path')]
    const keyed = paths.map((path) => ({ path, key: `runs/${run_id}/${checkPath(path)}` }))
    return { credential_infos: keyed.map(({ path, key }) => ({ run_id, path, ...sign(call.headers.host, key, verb) })) }
  }
  const modelCredentials = (verb: 'GET' | 'PUT') => (call: Call) => {
    const { model: model_id = '' } = call.at
    uriOfModel(model_id)
    const paths = Array.isArray(call.args.paths) ? call.args.paths.map(String) : [required(call.args, 'paths')]
    const keyed = paths.map((path) => ({ path, key: `models/${model_id}/${checkPath(path)}` }))
    const credentials = keyed.map(({ path, key }) => {
      return { model_id, credential_info: { path, ...sign(call.headers.host, key, verb) } }
    })
    return { credentials }
  }

  /** Files and folders right below one folder; `folder` as it was asked for. */
  function listBelow(start: string, folder: string, args: Call['args']) {
    const root = placeOf(`${start}${folder ? `/${checkPath(folder)}` : ''}`)
    const found = new Map<string, { path: string; is_dir: boolean; file_size?: number }>()
    for (const file of blobs.list(root)) {
      const [name = '', ...below] = file.slice(root.length + 1).split('/')
      const path = folder ? `${folder}/${name}` : name
      const bytes = blobs.facts(file)?.bytes ?? 0
      found.set(path, below.length > 0 ? { path, is_dir: true } : { path, is_dir: false, file_size: bytes })
    }
    const { items, ...next } = toPage([...found.values()], args, control.pageSize)
    return { files: items, ...next }
  }
  function list({ args }: Call): unknown {
    const run_id = required(args, 'run_id')
    const { info } = requireRun(run_id)
    return { root_uri: info.artifact_uri, ...listBelow(`runs/${run_id}`, text(args, 'path'), args) }
  }
  function listModel({ at, args }: Call): unknown {
    const { model = '' } = at
    const root_uri = uriOfModel(model)
    return { root_uri, ...listBelow(`models/${model}`, text(args, 'artifact_directory_path'), args) }
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
      const found = blobs.get(placeOf(permit.key))
      return found ? plain(200, found) : plain(404, '<Error><Code>NoSuchKey</Code></Error>')
    }
    if (permit.kind === 'AZURE_ADLS_GEN2_SAS_URI') return plain(storeInSteps(method, permit.key, args, bytes))
    if (permit.kind === 'AZURE_SAS_URI' && headers['x-ms-blob-type'] === undefined) return plain(400, '<Error/>')
    if (method !== 'PUT') return plain(405)
    blobs.put(placeOf(permit.key), bytes)
    return plain(permit.kind === 'AZURE_SAS_URI' ? 201 : 200)
  }

  /** Whether somebody may put a file there at all. */
  const admits = (query: Call['args']): boolean => {
    const permit = permits.get(text(query, 'X-Amz-Signature'))
    return permit !== undefined && permit.verb === 'PUT' && permit.endsAt > now()
  }

  /** Data Lake Storage: a file is made first, then bytes are appended at their place, and flushed. */
  function storeInSteps(method: string, key: string, args: Call['args'], bytes: Buffer): number {
    if (method === 'PUT' && text(args, 'resource') === 'file') {
      blobs.put(placeOf(key), Buffer.alloc(0))
      return 201
    }
    const old = blobs.get(placeOf(key))
    if (method !== 'PATCH' || !old || text(args, 'action') !== 'append') return 400
    if (Number(text(args, 'position')) !== old.length || text(args, 'flush') !== 'true') return 400
    blobs.put(placeOf(key), Buffer.concat([old, bytes]))
    return 202
  }

  const spans = (verb: 'GET' | 'PUT') => (call: Call) => {
    const traceId = call.at.trace ?? ''
    requireTrace(traceId)
    if (verb === 'GET' && !blobs.facts(placeOf(`traces/${traceId}`))) throw notFound('Trace data not found.')
    return { credential_info: sign(call.headers.host, `traces/${traceId}`, verb) }
  }

  const routes: Route[] = [
    ...['POST', 'GET'].flatMap((method) => [
      route(`${method} ${ROOT}/credentials-for-read`, credentials('GET')),
      route(`${method} ${ROOT}/credentials-for-write`, credentials('PUT')),
    ]),
    route(`GET ${ROOT}/list`, list),
    route(`POST ${MODELS}/credentials-for-upload`, modelCredentials('PUT')),
    route(`POST ${MODELS}/credentials-for-download`, modelCredentials('GET')),
    route(`GET ${MODELS}/directories`, listModel),
    route('GET /api/2.0/mlflow/traces/{trace}/credentials-for-data-upload', spans('PUT')),
    route('GET /api/2.0/mlflow/traces/{trace}/credentials-for-data-download', spans('GET')),
    ...['GET', 'PUT', 'PATCH'].map((method) => route(`${method} /storage/{key*}`, store, { open: true, admits })),
  ]
  /** A file that was logged on a run, or on a logged model; undefined where there is none. */
  const read = (kind: 'runs' | 'models', id: string, path: string): Buffer | undefined =>
    blobs.get(placeOf(`${kind}/${id}/${path}`))
  return { routes, control, read }
}
