// Every place of files in the local lakehouse by one path, as jobs and trainings name them: volumes, DBFS and the workspace.
import type { Blobs } from '../blobs.ts'
import type { State } from '../state.ts'
import { createFileTree, type FileTree, toPlainPath } from './file-tree.ts'

/**
 * Takes `/Volumes/...`, `dbfs:/Volumes/...`, `dbfs:/...`, `/dbfs/...`, `/Workspace/...` and, as Databricks does, any other absolute
 * path as one of the workspace. Throws 400 for what is no path.
 */
export interface FileSpace {
  volumes: FileTree
  dbfs: FileTree
  workspace: FileTree
  locate(path: string): { tree: FileTree; path: string }
  read(path: string): Buffer | undefined
  write(path: string, bytes: Uint8Array): void
  /** Whole paths of the files below a directory, sorted, in the form of their tree. */
  list(directory: string): string[]
}

export function createFileSpace(parts: { blobs: Blobs; state: State; now(): number }): FileSpace {
  const [volumes, dbfs, workspace] = (['volumes', 'dbfs', 'workspace'] as const).map((root) =>
    createFileTree({ ...parts, root }),
  ) as [FileTree, FileTree, FileTree]

  function locate(given: string): { tree: FileTree; path: string } {
    const isDbfs = /^dbfs:/.test(given) || /^\/dbfs\//.test(given)
    const path = toPlainPath(given.replace(/^(dbfs|file):/, '').replace(/^\/dbfs\//, '/'))
    if (path === '/Volumes' || path.startsWith('/Volumes/'))
      return { tree: volumes, path: path.slice('/Volumes'.length) || '/' }
    if (isDbfs) return { tree: dbfs, path }
    return { tree: workspace, path: path.replace(/^\/Workspace(?=\/)/, '') }
  }
  return {
    volumes,
    dbfs,
    workspace,
    locate,
    read(given) {
      const { tree, path } = locate(given)
      return tree.read(path)
    },
    write(given, bytes) {
      const { tree, path } = locate(given)
      tree.write(path, bytes)
    },
    list(given) {
      const { tree, path } = locate(given)
      const before = tree === volumes ? '/Volumes' : tree === dbfs ? 'dbfs:' : '/Workspace'
      return tree.files(path).map((file) => `${before}${file}`)
    },
  }
}
