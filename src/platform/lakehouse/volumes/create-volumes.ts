// The Files API of the local lakehouse: files and directories of Unity Catalog volumes.
import { randomBytes } from 'node:crypto'
import {
  type Call,
  flag,
  invalid,
  type RawAnswer,
  Refusal,
  type Route,
  refuse,
  required,
  route,
  text,
  toPage,
  whole,
} from '../wire.ts'
import type { FileTree, TreeEntry } from './file-tree.ts'
import { toPlainPath } from './file-tree.ts'
import type { VolumePrivilege } from './volume-grants.ts'

export interface VolumesParts {
  /** Its paths begin below /Volumes. */
  tree: FileTree
  /** `volume` is `catalog.schema.volume`. Absent: everybody may. */
  may?(caller: string, privilege: VolumePrivilege, volume: string): boolean
}

const FS = '/api/2.0/fs'
const OCTETS = 'application/octet-stream'
const MOUNT = '/Volumes'

/** Volumes are there as soon as something is put into them: the local lakehouse asks for no CREATE VOLUME. */
export function createVolumes({ tree, may = () => true }: VolumesParts) {
  const control = { /** Entries a page, at most. */ pageSize: 1000 }

  /** Path in the tree. A file lies at least four parts deep: catalog, schema, volume, name. */
  function pathOf(call: Call, privilege: VolumePrivilege, atLeast: number): string {
    return check(call.at.path ?? '', call.caller, privilege, atLeast)
  }
  function check(given: string, caller: string, privilege: VolumePrivilege, atLeast: number): string {
    const whole = toPlainPath(given)
    const parts = whole.split('/').slice(2)
    if (!whole.startsWith(`${MOUNT}/`) || parts.length < atLeast)
      throw invalid(
        `Invalid path: '${whole}'. Give /Volumes/<catalog>/<schema>/<volume>${atLeast > 3 ? '/<file>' : ''}.`,
      )
    const volume = parts.slice(0, 3).join('.')
    if (!may(caller, privilege, volume))
      throw refuse(403, 'PERMISSION_DENIED', `User does not have ${privilege} on Volume '${volume}'.`)
    return whole.slice(MOUNT.length)
  }
  const fileAt = (path: string): TreeEntry => {
    const found = tree.entry(path)
    if (!found || found.isDirectory)
      throw refuse(404, 'NOT_FOUND', `The file being accessed is not found: ${MOUNT}${path}`)
    return found
  }
  /** A volume itself is a directory, also while it is empty. */
  const directoryAt = (path: string): void => {
    const found = tree.entry(path)
    if (found && !found.isDirectory) throw invalid(`The path is a file, not a directory: ${MOUNT}${path}`)
    if (!found && path.split('/').length > 4)
      throw refuse(404, 'NOT_FOUND', `The directory being accessed is not found: ${MOUNT}${path}`)
  }
  const conflict = (message: string): Refusal => refuse(409, 'ALREADY_EXISTS', message)

  function upload(call: Call): RawAnswer {
    const path = pathOf(call, 'WRITE VOLUME', 4)
    const found = tree.entry(path)
    if (found?.isDirectory) throw conflict(`A directory exists at this path: ${MOUNT}${path}`)
    // Replaces unless it is told not to.
    if (found && call.args.overwrite !== undefined && !flag(call.args, 'overwrite'))
      throw conflict(`The file being created already exists: ${MOUNT}${path}`)
    refuseFileAbove(path)
    tree.write(path, call.bytes)
    return empty(204)
  }
  function refuseFileAbove(path: string): void {
    const parts = path.split('/')
    for (let n = parts.length - 1; n > 1; n -= 1) {
      const above = parts.slice(0, n).join('/')
      const found = tree.entry(above)
      if (found && !found.isDirectory) throw conflict(`A file exists at the path of a directory: ${MOUNT}${above}`)
    }
  }

  function download(call: Call): RawAnswer {
    const path = pathOf(call, 'READ VOLUME', 4)
    const file = fileAt(path)
    const before = Date.parse(String(call.headers['if-unmodified-since'] ?? ''))
    if (Math.floor(file.modifiedAt / 1000) * 1000 > before)
      throw refuse(412, 'FAILED_PRECONDITION', 'The file was modified since the given time.')
    return toRange(tree.read(path) ?? Buffer.alloc(0), call.headers.range, headersOf(file))
  }

  function makeDirectory(call: Call): RawAnswer {
    const path = pathOf(call, 'WRITE VOLUME', 3)
    if (tree.entry(path)?.isDirectory === false) throw conflict(`A file exists at this path: ${MOUNT}${path}`)
    refuseFileAbove(path)
    tree.makeDirectory(path)
    return empty(204)
  }
  function removeDirectory(call: Call): RawAnswer {
    const path = pathOf(call, 'WRITE VOLUME', 3)
    directoryAt(path)
    if (tree.children(path).length > 0)
      throw refuse(400, 'DIRECTORY_NOT_EMPTY', `The directory is not empty: ${MOUNT}${path}`)
    tree.removeDirectory(path)
    return empty(204)
  }
  function list(call: Call): unknown {
    const path = pathOf(call, 'READ VOLUME', 3)
    directoryAt(path)
    const size = whole(call.args, 'page_size', 1000)
    if (size < 0 || size > 1000) throw invalid('page_size is between 0 and 1000.')
    const { items, ...next } = toPage(tree.children(path), call.args, Math.min(size || 1000, control.pageSize))
    return { contents: items.map(toContent), ...next }
  }

  /**
   * The official Python client sends files above 50 MiB in parts, and does so in one request where it gets no addresses for the
   * parts: opening has to succeed, and the addresses have to be refused with a reason that it knows.
   */
  function openParts(call: Call): unknown {
    const action = text(call.args, 'action')
    if (action !== 'initiate-upload') throw invalid(`Unknown action '${action}'.`)
    const path = pathOf(call, 'WRITE VOLUME', 4)
    if (tree.entry(path) && call.args.overwrite !== undefined && !flag(call.args, 'overwrite'))
      throw conflict(`The file being created already exists: ${MOUNT}${path}`)
    return { multipart_upload: { session_token: randomBytes(16).toString('hex') } }
  }

  const routes: Route[] = [
    route(`PUT ${FS}/files/{path*}`, upload),
    route(`GET ${FS}/files/{path*}`, download),
    route(`HEAD ${FS}/files/{path*}`, (call) =>
      withoutBody(() => ({ ...empty(200), headers: headersOf(fileAt(pathOf(call, 'READ VOLUME', 4))) })),
    ),
    route(`DELETE ${FS}/files/{path*}`, (call) => {
      const path = pathOf(call, 'WRITE VOLUME', 4)
      fileAt(path)
      tree.remove(path)
      return empty(204)
    }),
    route(`POST ${FS}/files/{path*}`, openParts),
    route(`PUT ${FS}/directories/{path*}`, makeDirectory),
    route(`DELETE ${FS}/directories/{path*}`, removeDirectory),
    route(`HEAD ${FS}/directories/{path*}`, (call) =>
      withoutBody(() => {
        directoryAt(pathOf(call, 'READ VOLUME', 3))
        return empty(200)
      }),
    ),
    route(`GET ${FS}/directories/{path*}`, list),
    // Nothing was uploaded, so there is nothing to take back; clients ask before they send the file at once.
    route(`POST ${FS}/create-abort-upload-url`, ({ args, headers }) => {
      const token = encodeURIComponent(required(args, 'session_token'))
      return { abort_upload_url: { url: `http://${headers.host}${FS}/uploads/${token}`, headers: [] } }
    }),
    route(`DELETE ${FS}/uploads/{token}`, () => empty(200), { open: true }),
    ...['upload-part-urls', 'resumable-upload-url', 'download-url'].map((what) =>
      route(`POST ${FS}/create-${what}`, () => {
        throw noSignedAddresses()
      }),
    ),
  ]
  return { routes, control }
}

function noSignedAddresses(): Refusal {
  const message = 'Presigned URLs API is not enabled. Send the file in one request.'
  const detail = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'FILES_API_API_IS_NOT_ENABLED' }
  const details = [{ ...detail, domain: 'filesystem.databricks.com', metadata: {} }]
  return new Refusal(403, { error_code: 'PERMISSION_DENIED', message, details })
}

const empty = (status: number): RawAnswer => ({ raw: true, status, headers: {}, body: '' })

/** Answers to HEAD have no body, refusals neither. */
function withoutBody(answer: () => RawAnswer): RawAnswer {
  try {
    return answer()
  } catch (error) {
    if (error instanceof Refusal) return empty(error.status)
    throw error
  }
}

function headersOf(file: TreeEntry): Record<string, string> {
  return {
    'content-type': OCTETS,
    'content-length': String(file.bytes),
    'last-modified': new Date(file.modifiedAt).toUTCString(),
    'accept-ranges': 'bytes',
  }
}

function toRange(bytes: Buffer, asked: string | undefined, headers: Record<string, string>): RawAnswer {
  const range = /^bytes=(\d*)-(\d*)$/.exec(asked ?? '')
  if (!range || (range[1] === '' && range[2] === '')) return { raw: true, status: 200, headers, body: bytes }
  const [from, to] =
    range[1] === ''
      ? [Math.max(bytes.length - Number(range[2]), 0), bytes.length - 1]
      : [Number(range[1]), Math.min(range[2] === '' ? bytes.length - 1 : Number(range[2]), bytes.length - 1)]
  if (from > to)
    throw new Refusal(
      416,
      { error_code: 'INVALID_PARAMETER_VALUE', message: `The range ${asked} cannot be satisfied.` },
      { 'content-range': `bytes */${bytes.length}` },
    )
  const part = bytes.subarray(from, to + 1)
  const range_ = { 'content-length': String(part.length), 'content-range': `bytes ${from}-${to}/${bytes.length}` }
  return { raw: true, status: 206, headers: { ...headers, ...range_ }, body: part }
}

function toContent({ path, isDirectory, bytes, modifiedAt }: TreeEntry) {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const facts = isDirectory ? {} : { file_size: bytes }
  return { path: `${MOUNT}${path}`, name, is_directory: isDirectory, ...facts, last_modified: modifiedAt }
}
