// The DBFS API of the local lakehouse: files in blocks of base64, as older jobs and scripts write them.

import type { FileSpace } from './volumes/file-space.ts'
import type { FileTree, TreeEntry } from './volumes/file-tree.ts'
import type { VolumePrivilege } from './volumes/volume-grants.ts'
import { type Call, flag, invalid, notFound, type Route, refuse, required, route, text, whole } from './wire.ts'

const ROOT = '/api/2.0/dbfs'
/** Bytes of one block, one put and one read. */
const LIMIT = 1024 * 1024

export interface DbfsParts {
  space: FileSpace
  /** `volume` is `catalog.schema.volume`. Absent: everybody may. */
  may?(caller: string, privilege: VolumePrivilege, volume: string): boolean
}

/** Files of DBFS; a path below /Volumes leads to the volume, with its privileges. */
export function createDbfs({ space, may = () => true }: DbfsParts) {
  /** Streams under way. They end with the process, as a cluster's would with its driver. */
  const streams = new Map<string, { tree: FileTree; path: string; blocks: Buffer[] }>()
  let lastHandle = 0

  function locate(call: Call, key = 'path'): { tree: FileTree; path: string; given: string } {
    const given = required(call.args, key).replace(/^dbfs:/, '')
    if (!given.startsWith('/')) throw invalid(`Path must be absolute: ${given}`)
    const place = space.locate(`dbfs:${given}`)
    const volume = place.path.split('/').slice(1, 4).join('.')
    const privilege = call.method === 'GET' ? 'READ VOLUME' : 'WRITE VOLUME'
    if (place.tree === space.volumes && !may(call.caller, privilege, volume))
      throw refuse(403, 'PERMISSION_DENIED', `User does not have ${privilege} on Volume '${volume}'.`)
    return { ...place, given }
  }
  function found(call: Call, key = 'path') {
    const place = locate(call, key)
    const entry = place.tree.entry(place.path)
    if (!entry) throw notFound(`No file or directory exists on path ${place.given}.`)
    return { ...place, entry }
  }
  function free(call: Call) {
    const place = locate(call)
    const entry = place.tree.entry(place.path)
    if (entry?.isDirectory || (entry && !flag(call.args, 'overwrite')))
      throw refuse(
        400,
        'RESOURCE_ALREADY_EXISTS',
        `A file or directory already exists at the input path ${place.given}.`,
      )
    return place
  }
  function stream(call: Call) {
    const open = streams.get(text(call.args, 'handle'))
    if (!open) throw notFound(`The handle does not exist. handle: ${text(call.args, 'handle')}`)
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
    const from = found(call, 'source_path')
    const to = locate(call, 'destination_path')
    if (to.tree.entry(to.path))
      throw refuse(400, 'RESOURCE_ALREADY_EXISTS', `A file or directory already exists at the input path ${to.given}.`)
    const files = from.entry.isDirectory ? from.tree.files(from.path) : [from.path]
    if (files.some((file) => to.tree === from.tree && to.path.startsWith(`${file}/`)))
      throw invalid('Cannot move into itself.')
    for (const file of files)
      to.tree.write(`${to.path}${file.slice(from.path.length)}`, from.tree.read(file) ?? Buffer.alloc(0))
    if (from.entry.isDirectory) {
      to.tree.makeDirectory(to.path)
      from.tree.removeDirectory(from.path)
    } else from.tree.remove(from.path)
    return {}
  }

  const routes: Route[] = [
    route(`POST ${ROOT}/create`, (call) => {
      const { tree, path } = free(call)
      lastHandle += 1
      streams.set(String(lastHandle), { tree, path, blocks: [] })
      return { handle: lastHandle }
    }),
    route(`POST ${ROOT}/add-block`, (call) => {
      const block = decoded(call, 'data')
      stream(call).blocks.push(block)
      return {}
    }),
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
    route(`GET ${ROOT}/list`, (call) => {
      const { tree, path, entry } = found(call)
      const entries = entry.isDirectory ? tree.children(path) : [entry]
      return { files: entries.map((one) => toInfo(one, tree)) }
    }),
    route(`POST ${ROOT}/delete`, remove),
    route(`POST ${ROOT}/mkdirs`, (call) => {
      const { tree, path, given } = locate(call)
      if (tree.entry(path)?.isDirectory === false)
        throw refuse(400, 'RESOURCE_ALREADY_EXISTS', `A file exists at the input path ${given}.`)
      tree.makeDirectory(path)
      return {}
    }),
    route(`POST ${ROOT}/move`, move),
  ]
  return { routes, control: {} }
}
