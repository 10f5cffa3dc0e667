// Opens and checks the store file: one process, right program, right version, undamaged.
import { mkdirSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Log } from '../../core/log.ts'
import { type StoreLock, takeLock } from './lock.ts'
import { migrate } from './schema.ts'
import { translateStoreError } from './translate-error.ts'

/** Above this size the whole-file check at start would take seconds; damage is then met at the first bad page. */
const CHECK_UP_TO_BYTES = 256 * 1024 * 1024

export interface OpenedDatabase {
  db: DatabaseSync
  /** The real path, or `:memory:`. */
  file: string
  release(): void
}

/** The real path, so that two names of one folder meet the same lock. Creates the folder. */
function toRealPath(file: string): string {
  const folder = dirname(resolve(file))
  mkdirSync(folder, { recursive: true })
  return join(realpathSync(folder), basename(file))
}

function checkWhole(db: DatabaseSync, file: string): void {
  if (statSync(file).size > CHECK_UP_TO_BYTES) return
  const verdict = Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {})[0]
  if (verdict === 'ok') return
  // 11 is SQLITE_CORRUPT: told like the damage that SQLite itself stumbles over.
  throw translateStoreError(Object.assign(new Error(`quick_check: ${String(verdict)}`), { errcode: 11 }), file)
}

/**
 * Pages of at most `maxBytes` in total; then STORE_FULL. synchronous=FULL makes each commit reach the disk itself,
 * which WAL alone does not promise (https://www.sqlite.org/pragma.html#pragma_synchronous).
 */
function configure(db: DatabaseSync, maxBytes: number | undefined): void {
  // Moving the log into the file costs more than writing it, so it is done every 16 MB instead of every 4.
  const log = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000'
  db.exec(`${log}; PRAGMA temp_store = MEMORY`)
  if (maxBytes === undefined) return
  const pageSize = Number(Object.values(db.prepare('PRAGMA page_size').get() ?? {})[0])
  db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / pageSize))}`)
}

/** Throws STORE_LOCKED, STORE_CORRUPT, STORE_FULL or STORE_FAILED; leaves nothing open then. */
export function openDatabase(wanted: string, options: { log: Log; maxBytes?: number | undefined }): OpenedDatabase {
  let file = wanted
  let lock: StoreLock | undefined
  let db: DatabaseSync | undefined
  try {
    if (wanted !== ':memory:') {
      file = toRealPath(wanted)
      lock = takeLock(file)
    }
    db = new DatabaseSync(file, { timeout: 2000, enableForeignKeyConstraints: false })
    // Read and judge first: switching a foreign file to WAL would already change it.
    migrate(db, file)
    configure(db, options.maxBytes)
    if (lock) checkWhole(db, file)
  } catch (error) {
    if (db?.isOpen) db.close()
    lock?.release()
    throw translateStoreError(error, file)
  }
  const [opened, held] = [db, lock]
  options.log.debug('The store is open', { file })
  return {
    db: opened,
    file,
    release() {
      opened.close()
      held?.release()
    },
  }
}
