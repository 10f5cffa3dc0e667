// The store in one SQLite file: durable, one process, writes grouped per commit.
import type { Log } from '../../core/log.ts'
import type { Store } from '../port.ts'
import { createApprovals } from './approvals.ts'
import { createAppendAudit, createAudit } from './audit.ts'
import { createCheckpoints } from './checkpoints.ts'
import { createClaims } from './claims.ts'
import { createConversations } from './conversations.ts'
import { createGroupWriter } from './group-writer.ts'
import { createInbox } from './inbox.ts'
import { createLabelled } from './labelled.ts'
import { createLedgers } from './ledgers.ts'
import { openDatabase } from './open-database.ts'
import { createOutbox } from './outbox.ts'
import { createPlaces } from './places.ts'
import { createPosts } from './posts.ts'
import { createSagas } from './sagas.ts'
import type { Session } from './session.ts'
import { translateStoreError } from './translate-error.ts'
import { createTriages } from './triages.ts'

export interface SqliteStoreOptions {
  /** Path of the file (created with its folder), or `:memory:` for tests and one-shot commands. */
  file: string
  log: Log
  /** Milliseconds since 1970. Default Date.now. */
  now?: () => number
  /** The file refuses to grow beyond this: STORE_FULL. Default: as the disk allows. */
  maxBytes?: number
}

/** Opens the store. Throws STORE_LOCKED, STORE_CORRUPT, STORE_FULL or STORE_FAILED. */
export function openSqliteStore(options: SqliteStoreOptions): Store {
  const { db, file, release } = openDatabase(options.file, options)
  const writer = createGroupWriter(db, file)
  const session: Session = {
    db,
    now: options.now ?? Date.now,
    write: writer.write,
    async read(job) {
      try {
        return job()
      } catch (error) {
        throw translateStoreError(error, file)
      }
    },
  }
  const appendAudit = createAppendAudit(session)
  let closed = false
  return {
    claims: createClaims(session),
    inbox: createInbox(session),
    outbox: createOutbox(session),
    conversations: createConversations(session),
    audit: createAudit(session, appendAudit),
    approvals: createApprovals(session, appendAudit),
    sagas: createSagas(session, appendAudit),
    posts: createPosts(session),
    places: createPlaces(session),
    checkpoints: createCheckpoints(session),
    triages: createTriages(session),
    labelled: createLabelled(session),
    ledger: createLedgers(session),
    async close() {
      if (closed) return
      closed = true
      writer.close()
      release()
    },
  }
}
