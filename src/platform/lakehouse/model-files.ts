// Files of model versions in the local lakehouse: the Files API below /Models, as MLflow's client puts and loads them.
import type { Blobs } from './blobs.ts'
import { type Call, invalid, type RawAnswer, type Route, refuse, route } from './wire.ts'

export interface ModelFileParts {
  blobs: Blobs
  /** Throws 404 where there is no such version. */
  requireVersion(model: string, version: number): void
}

const FS = '/api/2.0/fs'
/** Folder of the blobs. */
const FOLDER = 'models'

const raw = (status: number, body: Uint8Array | string = '', headers: Record<string, string> = {}): RawAnswer => ({
  ...{ raw: true, status, body },
  headers: { 'content-type': 'application/octet-stream', ...headers },
})

export function createModelFiles({ blobs, requireVersion }: ModelFileParts) {
  /** Of `catalog/schema/model/version/...`. */
  function placeOf({ at }: Call): string {
    const parts = (at.path ?? '').split('/').filter(Boolean)
    const [catalog, schema, model, version = ''] = parts
    if (parts.length < 4 || !/^\d+$/.test(version) || parts.some((part) => part === '.' || part === '..'))
      throw invalid(`Invalid path: '/Models/${at.path}'. Give /Models/<catalog>/<schema>/<model>/<version>/<file>.`)
    requireVersion(`${catalog}.${schema}.${model}`, Number(version))
    return `${FOLDER}/${parts.join('/')}`
  }
  const missing = ({ at }: Call) => refuse(404, 'NOT_FOUND', `The file being accessed is not found: /Models/${at.path}`)
  function isFolder(call: Call): boolean {
    return blobs.list(placeOf(call)).length > 0 && blobs.facts(placeOf(call)) === undefined
  }

  function download(call: Call): RawAnswer {
    const bytes = blobs.get(placeOf(call))
    const facts = blobs.facts(placeOf(call))
    if (!bytes || !facts) throw missing(call)
    return raw(200, call.method === 'HEAD' ? '' : bytes, {
      'content-length': String(bytes.length),
      'last-modified': new Date(facts.modifiedAt).toUTCString(),
    })
  }
  function list(call: Call): unknown {
    if (!isFolder(call)) throw missing(call)
    const folder = placeOf(call)
    const contents = new Map<string, object>()
    for (const path of blobs.list(folder)) {
      const [name = '', ...below] = path.slice(folder.length + 1).split('/')
      const shown = { path: `/Models/${folder.slice(FOLDER.length + 1)}/${name}`, name }
      const facts = blobs.facts(path)
      const file = { is_directory: false, file_size: facts?.bytes ?? 0, last_modified: facts?.modifiedAt ?? 0 }
      contents.set(name, { ...shown, ...(below.length > 0 ? { is_directory: true } : file) })
    }
    return { contents: [...contents.values()] }
  }

  const routes: Route[] = [
    route(`PUT ${FS}/files/Models/{path*}`, (call) => {
      blobs.put(placeOf(call), call.bytes)
      return raw(204)
    }),
    route(`GET ${FS}/files/Models/{path*}`, download),
    route(`HEAD ${FS}/files/Models/{path*}`, download),
    route(`DELETE ${FS}/files/Models/{path*}`, (call) => {
      if (!blobs.delete(placeOf(call))) throw missing(call)
      return raw(204)
    }),
    route(`PUT ${FS}/directories/Models/{path*}`, (call) => {
      placeOf(call)
      return raw(204)
    }),
    route(`HEAD ${FS}/directories/Models/{path*}`, (call) => {
      if (!isFolder(call)) throw missing(call)
      return raw(200)
    }),
    route(`GET ${FS}/directories/Models/{path*}`, list),
  ]
  /** A file of a version, such as `MLmodel`; undefined where there is none. */
  const read = (model: string, version: string, path: string): Buffer | undefined =>
    blobs.get(`${FOLDER}/${model.replaceAll('.', '/')}/${version}/${path}`)
  return { routes, read }
}
