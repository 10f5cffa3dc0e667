// Finds out what the given paths are: folders, dumps, or single files grouped by their folder.
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { LakedeskError } from '../../core/errors.ts'
import { explainFsError, isDocument, isDump } from './find-files.ts'

/** One place that documents come from. */
export interface Root {
  /** Real path that names the source, however it was spelled. */
  source: string
  /** Folder that document paths are relative to. */
  base: string
  /** Only this folder of the base is meant, with a slash at its end; empty for all of it. */
  under: string
  /** Only these files of the base are meant; absent for all of them. */
  files?: readonly string[]
}

export const SUPPORTED = '.md, .mdx, .html, .txt, .pdf, .docx and .jsonl dumps'

/** Throws SOURCE_MISSING for a path that is not there or may not be read, SOURCE_EMPTY for a file of another kind. */
export async function resolveRoots(paths: readonly string[]): Promise<Root[]> {
  const roots = new Map<string, Root>()
  for (const path of paths) {
    const found = await resolvePath(path)
    const known = roots.get(found.source)
    if (!known) roots.set(found.source, found)
    else if (known.files && found.files) {
      roots.set(found.source, { ...known, files: [...new Set([...known.files, ...found.files])] })
    } else if (!found.files) roots.set(found.source, found)
  }
  return [...roots.values()]
}

async function resolvePath(path: string): Promise<Root> {
  const { real, folder } = await lookUp(path)
  if (folder) return { source: real, base: real, under: '' }
  if (!isDocument(real)) {
    throw new LakedeskError(
      'SOURCE_EMPTY',
      `"${path}" is no document. Lakedesk reads ${SUPPORTED}: give one of these, or a folder.`,
    )
  }
  const base = dirname(real)
  return { source: isDump(real) ? real : base, base, under: '', files: [basename(real)] }
}

async function lookUp(path: string): Promise<{ real: string; folder: boolean }> {
  try {
    const real = await realpath(path)
    return { real, folder: (await stat(real)).isDirectory() }
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    const why = missing
      ? 'There is nothing at this path. Check the spelling, or run from another folder. To take the pages of a folder that is gone out of the index: lakedesk remove <path>.'
      : explainFsError(cause, 'file')
    throw new LakedeskError('SOURCE_MISSING', `Cannot ingest "${path}". ${why}`, cause)
  }
}
