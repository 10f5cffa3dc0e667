// The artifacts of the embedded platform: files of a run, kept whole in the platform file.
import type { DatabaseSync } from 'node:sqlite'
import type { ArtifactFile, Artifacts } from '../../ports/runs.ts'
import { missing, refuse } from './platform-errors.ts'
import type { PlatformFile } from './platform-file.ts'
import { numberOf, textOf } from './rows.ts'

/** Relative, with forward slashes, in its shortest form. */
function checkPath(path: string): void {
  const strange = [...path].some((character) => character < ' ' || character === '\\')
  const parts = path.split('/')
  if (!strange && parts.every((part) => part !== '' && part !== '.' && part !== '..')) return
  throw refuse(
    `"${path.slice(0, 120)}" cannot be the path of an artifact: it must be relative, with "/" between parts, and without ".." or "\\".`,
  )
}

function checkRun(db: DatabaseSync, runId: string): void {
  if (db.prepare('SELECT 1 AS found FROM runs WHERE run_id = ?').get(runId)) return
  throw missing(`There is no run ${runId.slice(0, 80)} to keep artifacts. Check its id.`)
}

/** A path is a file or a folder, never both. */
function checkKind(db: DatabaseSync, runId: string, path: string): void {
  const parts = path.split('/')
  const above = parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'))
  const isFile = db.prepare('SELECT 1 AS found FROM artifacts WHERE run_id = ? AND path = ?')
  const file = above.find((folder) => isFile.get(runId, folder))
  if (file) throw refuse(`${path} cannot be stored because ${file} is a file already.`)
  // "0" is the character after "/": the range holds all that lies in the folder.
  const inside = db.prepare('SELECT 1 AS found FROM artifacts WHERE run_id = ? AND path > ? AND path < ? LIMIT 1')
  if (inside.get(runId, `${path}/`, `${path}0`)) {
    throw refuse(`${path} cannot be stored because it is a folder already.`)
  }
}

function list(db: DatabaseSync, runId: string, folder: string): ArtifactFile[] {
  const start = folder === '' ? '' : `${folder}/`
  const rows =
    folder === ''
      ? db.prepare('SELECT path, length(body) AS bytes FROM artifacts WHERE run_id = ?').all(runId)
      : db
          .prepare('SELECT path, length(body) AS bytes FROM artifacts WHERE run_id = ? AND path > ? AND path < ?')
          .all(runId, start, `${folder}0`)
  const found = new Map<string, ArtifactFile>()
  for (const row of rows) {
    const path = textOf(row, 'path')
    const end = path.indexOf('/', start.length)
    if (end === -1) found.set(path, { path, isDirectory: false, bytes: numberOf(row, 'bytes') })
    else found.set(path.slice(0, end), { path: path.slice(0, end), isDirectory: true, bytes: null })
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

export function createLocalArtifacts(file: PlatformFile): Artifacts {
  return {
    put: (runId, path, body) =>
      file.write((db) => {
        checkPath(path)
        checkRun(db, runId)
        checkKind(db, runId, path)
        const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body
        db.prepare('INSERT OR REPLACE INTO artifacts VALUES (?, ?, ?)').run(runId, path, bytes)
      }),

    read: (runId, path) =>
      file.read((db) => {
        checkPath(path)
        const body = db.prepare('SELECT body FROM artifacts WHERE run_id = ? AND path = ?').get(runId, path)?.body
        return body instanceof Uint8Array ? body : null
      }),

    list: (runId, folder = '') =>
      file.read((db) => {
        if (folder !== '') checkPath(folder)
        checkRun(db, runId)
        return list(db, runId, folder)
      }),
  }
}
