// Files of the workspace in the local lakehouse: what jobs name as /Workspace/..., imported and exported in base64.
import {
  type Call,
  flag,
  invalid,
  notFound,
  type RawAnswer,
  type Route,
  refuse,
  required,
  route,
  text,
  type Values,
} from '../wire.ts'
import type { FileSpace } from './file-space.ts'
import type { TreeEntry } from './file-tree.ts'

const ROOT = '/api/2.0/workspace'
const LIMIT = 10 * 1024 * 1024

/** Every import is kept as a file, notebooks too: nothing here opens one as a notebook. */
export function createWorkspaceFiles(space: FileSpace) {
  const tree = space.workspace
  function locate(call: Call): string {
    const given = required(call.args, 'path')
    if (!given.startsWith('/')) throw invalid(`Path (${given}) must be absolute.`)
    return space.locate(given).path
  }
  function found(call: Call): TreeEntry {
    const path = locate(call)
    const entry = tree.entry(path)
    if (!entry) throw notFound(`Path (${path}) doesn't exist.`)
    return entry
  }
  const toInfo = ({ path, isDirectory, bytes, modifiedAt }: TreeEntry) => ({
    ...{ path, object_type: isDirectory ? 'DIRECTORY' : 'FILE', modified_at: modifiedAt },
    ...(isDirectory ? {} : { size: bytes }),
  })
  const routes: Route[] = [
    route(`POST ${ROOT}/import`, async (call) => {
      const { args, bytes } = await readImport(call)
      const path = locate({ ...call, args })
      if (bytes.length > LIMIT)
        throw refuse(
          400,
          'MAX_NOTEBOOK_SIZE_EXCEEDED',
          `File size imported is (${bytes.length} bytes), exceeded max size (${LIMIT} bytes)`,
        )
      if (tree.entry(path) && !flag(args, 'overwrite'))
        throw refuse(400, 'RESOURCE_ALREADY_EXISTS', `Path (${path}) already exists.`)
      tree.write(path, bytes)
      return {}
    }),
    route(`GET ${ROOT}/export`, (call) => {
      const entry = found(call)
      if (entry.isDirectory) throw invalid(`Path (${entry.path}) is a directory: export its files one by one.`)
      const bytes = tree.read(entry.path) ?? Buffer.alloc(0)
      const headers = { 'content-type': 'application/octet-stream' }
      if (flag(call.args, 'direct_download'))
        return { raw: true, status: 200, headers, body: bytes } satisfies RawAnswer
      return { content: bytes.toString('base64'), file_type: 'file' }
    }),
    route(`GET ${ROOT}/get-status`, (call) => toInfo(found(call))),
    route(`GET ${ROOT}/list`, (call) => {
      const entry = found(call)
      const entries = entry.isDirectory ? tree.children(entry.path) : [entry]
      return entries.length > 0 ? { objects: entries.map(toInfo) } : {}
    }),
    route(`POST ${ROOT}/mkdirs`, (call) => {
      const path = locate(call)
      if (tree.entry(path)?.isDirectory === false)
        throw refuse(400, 'RESOURCE_ALREADY_EXISTS', `Path (${path}) is a file.`)
      tree.makeDirectory(path)
      return {}
    }),
    route(`POST ${ROOT}/delete`, (call) => {
      const entry = found(call)
      if (!entry.isDirectory) tree.remove(entry.path)
      else if (tree.children(entry.path).length > 0 && !flag(call.args, 'recursive'))
        throw refuse(400, 'DIRECTORY_NOT_EMPTY', `Folder (${entry.path}) is not empty`)
      else tree.removeDirectory(entry.path)
      return {}
    }),
  ]
  return { routes, control: {} }
}

/** A file comes in base64 in JSON, or as it is in a form, as the official Python client sends it. */
async function readImport({ args, headers, bytes }: Call): Promise<{ args: Values; bytes: Buffer }> {
  const type = headers['content-type'] ?? ''
  if (!type.includes('multipart/form-data')) return { args, bytes: Buffer.from(text(args, 'content'), 'base64') }
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData()
  const fields = Object.fromEntries([...form].filter(([, value]) => typeof value === 'string'))
  const content = form.get('content')
  if (content === null) throw invalid("Missing value for required parameter 'content'.")
  const sent = typeof content === 'string' ? Buffer.from(content) : Buffer.from(await content.arrayBuffer())
  return { args: { ...args, ...fields }, bytes: sent }
}
