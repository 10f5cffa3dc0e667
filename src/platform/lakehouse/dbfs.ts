// The DBFS API of the local lakehouse: files in blocks of base64, as older jobs and scripts write them.
import { randomInt } from 'node:crypto'
import type { FileSpace } from './volumes/file-space.ts'
import type { FileTree, TreeEntry } from './volumes/file-tree.ts'
import type { VolumePrivilege } from './volumes/volume-grants.ts'
import { isInVolume, volumesBelow } from './volumes/volumes-below.ts'
import { type Call, flag, invalid, notFound, type Route, refuse, required, route, text, whole } from './wire.ts'

const ROOT = '/api/2.0/dbfs'
/** Bytes of one block, one put and one read. */
const LIMIT = 1024 * 1024
/** Bytes of one stream. */
const MOST = 512 * LIMIT
/** Streams of all callers at one time. */
const MOST_STREAMS = 100

export interface DbfsParts {
  space: FileSpace
  /** `volume` is `catalog.schema.volume`. Absent: everybody may. */
  may?(caller: string, privilege: VolumePrivilege, volume: string): boolean
}

interface Place {
  tree: FileTree
  path: string
  given: string
}

const neededBy = ({ method }: Call): VolumePrivilege => (method === 'GET' ? 'READ VOLUME' : 'WRITE VOLUME')

/** Files of DBFS; a path below /Volumes leads to the volume, with its privileges. */
export function createDbfs({ space, may = () => true }: DbfsParts) {
  /** Streams under way. They end with the process, as a cluster's would with its driver. */
  const streams = new Map<string, { caller: string; tree: FileTree; path: string; blocks: Buffer[]; bytes: number }>()

  const refuseVolume = (privilege: VolumePrivilege, volume: string) =>
    refuse(403, 'PERMISSION_DENIED', `User does not have ${privilege} on Volume '${volume}'.`)
  const place = (call: Call, key = 'path'): Place => {
    const given = required(call.args, key).replace(/^dbfs:/, '')
    if (!given.startsWith('/')) throw invalid(`Path must be absolute: ${given}`)
    return { ...space.locate(`dbfs:${given}`), given }
  }
  const below = ({ tree, path }: Pick<Place, 'tree' | 'path'>) =>
    tree === space.volumes ? volumesBelow(tree, path) : []
  /** With these privileges on every volume that the path leads to. */
  function locate(call: Call, key = 'path', privileges: VolumePrivilege[] = [neededBy(call)]): Place {
    const at = place(call, key)
    for (const volume of below(at))
      for (const privilege of privileges)
        if (!may(call.caller, privilege, volume)) throw refuseVolume(privilege, volume)
    return at
  }
  /** Where a file can be put, or a directory: nothing lies above the volumes, and nothing below a file. */
  function target(call: Call, key = 'path'): Place {
    const at = place(call, key)
    if (at.tree === space.volumes && !isInVolume(at.path) && !at.tree.entry(at.path)?.isDirectory)
      throw invalid(`Invalid path: '${at.given}'. Files lie in volumes: /Volumes/<catalog>/<schema>/<volume>/<file>.`)
    for (let up = at.path; up.lastIndexOf('/') > 0; ) {
      up = up.slice(0, up.lastIndexOf('/'))
      if (at.tree.entry(up)?.isDirectory === false) throw invalid(`A file exists at the path of a directory: ${up}.`)
    }
    return locate(call, key, ['WRITE VOLUME'])
  }
  function found(call: Call, key = 'path', privileges?: VolumePrivilege[]) {
    const at = locate(call, key, privileges)
    const entry = at.tree.entry(at.path)
    if (!entry) throw notFound(`No file or directory exists on path ${at.given}.`)
    return { ...at, entry }
  }
  function free(call: Call) {
    const at = target(call)
    const entry = at.tree.entry(at.path)
    if (entry?.isDirectory || (entry && !flag(call.args, 'overwrite')))
      throw refuse(400, 'RESOURCE_ALREADY_EXISTS', `A file or directory already exists at the input path ${at.given}.`)
    return at
  }
  function stream(call: Call) {
    const open = streams.get(text(call.args, 'handle'))
    if (open?.caller !== call.caller) throw notFound(`The handle does not exist. handle: ${text(call.args, 'handle')}`)
    return open
  }
  function decoded(call: Call, key: string): Buffer {
    const bytes = Buffer.from(text(call.args, key), 'base64')
    if (bytes.length > LIMIT)
      throw refuse(
        400,
        'MAX_BLOCK_SIZE_EXCEEDED',
        `The maximum block size is ${LIMIT} bytes; got ${bytes.length} bytes.`,
      )
    return bytes
  }
  const toInfo = ({ path, isDirectory, bytes, modifiedAt }: TreeEntry, tree: FileTree) => {
    const whole = tree === space.volumes ? `/Volumes${path}` : path
    return { path: whole, is_dir: isDirectory, file_size: bytes, modification_time: modifiedAt }
  }

  function read(call: Call): unknown {
    const { tree, path, entry, given } = found(call)
    if (entry.isDirectory) throw invalid(`${given} is a directory.`)
    const [offset, length] = [whole(call.args, 'offset', 0), whole(call.args, 'length', LIMIT / 2)]
    if (offset < 0 || length < 0) throw invalid('offset and length must not be negative.')
    if (length > LIMIT)
      throw refuse(400, 'MAX_READ_SIZE_EXCEEDED', `The maximum read size is ${LIMIT} bytes; asked for ${length} bytes.`)
    const part = (tree.read(path) ?? Buffer.alloc(0)).subarray(offset, offset + length)
    return { bytes_read: part.length, data: part.toString('base64') }
  }
  function remove(call: Call): unknown {
    const { tree, path, entry, given } = found(call)
    if (path === '/') throw refuse(400, 'IO_ERROR', 'The root cannot be deleted.')
    if (!entry.isDirectory) tree.remove(path)
    else if (tree.children(path).length > 0 && !flag(call.args, 'recursive'))
      throw refuse(400, 'IO_ERROR', `The directory ${given} is not empty. Set recursive to delete it.`)
    else tree.removeDirectory(path)
    return {}
  }
  function move(call: Call): unknown {
    const from = found(call, 'source_path', ['READ VOLUME', 'WRITE VOLUME'])
    const to = target(call, 'destination_path')
    if (from.path === '/') throw refuse(400, 'IO_ERROR', 'The root cannot be moved.')
    if (to.tree === from.tree && `${to.path}/`.startsWith(`${from.path}/`))
      throw invalid(`Cannot move ${from.given} into itself: ${to.given}.`)
    if (to.tree.entry(to.path))
      throw refuse(400, 'RESOURCE_ALREADY_EXISTS', `A file or directory already exists at the input path ${to.given}.`)
    const files = from.entry.isDirectory ? from.tree.files(from.path) : [from.path]
    for (const file of files)
      to.tree.write(`${to.path}${file.slice(from.path.length)}`, from.tree.read(file) ?? Buffer.alloc(0))
    if (from.entry.isDirectory) {
      to.tree.makeDirectory(to.path)
      from.tree.removeDirectory(from.path)
    } else from.tree.remove(from.path)
    return {}
  }
  /** Above the volumes, those alone that the caller may read, and what they lie in. */
  function list(call: Call): unknown {
    const at = place(call)
    const isAbove = at.tree === space.volumes && at.path.split('/').filter(Boolean).length < 3
    const { tree, path, entry } = isAbove ? found(call, 'path', []) : found(call)
    const entries = entry.isDirectory ? tree.children(path) : [entry]
    const seen = isAbove
      ? entries.filter((one) => volumesBelow(tree, one.path).some((volume) => may(call.caller, 'READ VOLUME', volume)))
      : entries
    return { files: seen.map((one) => toInfo(one, tree)) }
  }
  function open(call: Call): unknown {
    const { tree, path } = free(call)
    if (streams.size >= MOST_STREAMS)
      throw refuse(429, 'RESOURCE_EXHAUSTED', `${MOST_STREAMS} streams are open. Close one.`)
    const handle = randomInt(1, 2 ** 48 - 1)
    streams.set(String(handle), { caller: call.caller, tree, path, blocks: [], bytes: 0 })
    return { handle }
  }
  function addBlock(call: Call): unknown {
    const block = decoded(call, 'data')
    const open = stream(call)
    if (open.bytes + block.length > MOST)
      throw refuse(400, 'MAX_FILE_SIZE_EXCEEDED', `A file of DBFS has at most ${MOST} bytes. Use a volume.`)
    open.bytes += block.length
    open.blocks.push(block)
    return {}
  }

  const routes: Route[] = [
    route(`POST ${ROOT}/create`, open),
    route(`POST ${ROOT}/add-block`, addBlock),
    route(`POST ${ROOT}/close`, (call) => {
      const { tree, path, blocks } = stream(call)
      tree.write(path, Buffer.concat(blocks))
      streams.delete(text(call.args, 'handle'))
      return {}
    }),
    route(`POST ${ROOT}/put`, (call) => {
      const bytes = decoded(call, 'contents')
      const { tree, path } = free(call)
      tree.write(path, bytes)
      return {}
    }),
    route(`GET ${ROOT}/read`, read),
    route(`GET ${ROOT}/get-status`, (call) => {
      const { entry, tree } = found(call)
      return toInfo(entry, tree)
    }),
    route(`GET ${ROOT}/list`, list),
    route(`POST ${ROOT}/delete`, remove),
    route(`POST ${ROOT}/mkdirs`, (call) => {
      const { tree, path, given } = target(call)
      if (tree.entry(path)?.isDirectory === false)
        throw refuse(400, 'RESOURCE_ALREADY_EXISTS', `A file exists at the input path ${given}.`)
      tree.makeDirectory(path)
      return {}
    }),
    route(`POST ${ROOT}/move`, move),
  ]
  return { routes, control: {} }
}
