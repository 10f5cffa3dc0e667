// Proves the audit record: reads a store file without its lock, or an export of it, and names the first broken link.
import { existsSync, realpathSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { canonicalJson } from '../../core/digest.ts'
import { LakedeskError } from '../../core/errors.ts'
import type { AuditHead } from '../port.ts'
import { type AuditEntry, type AuditReport, type BrokenLink, compareHead, createChainWalk } from './audit-chain.ts'
import { APPLICATION_ID, SCHEMA_VERSION } from './schema.ts'
import { translateStoreError } from './translate-error.ts'

export type { AuditEntry, AuditReport, BrokenLink } from './audit-chain.ts'

const entrySchema = z.strictObject({
  seq: z.number().int(),
  at: z.string(),
  actor: z.string(),
  what: z.string(),
  turnId: z.string(),
  outcome: z.enum(['done', 'refused', 'waiting', 'failed']),
  // Passed on untouched: a copy could lose what the hash covers.
  detail: z.custom<Record<string, unknown>>((value) => typeof value === 'object' && value !== null),
  prevHash: z.string(),
  hash: z.string(),
})
const headSchema = z.object({ lines: z.number(), hash: z.string() })
const SELECT = `SELECT seq, at, actor, what, turn_id AS turnId, outcome, detail, prev_hash AS prevHash, hash
  FROM audit ORDER BY seq`

type Unreadable = { kind: 'unreadable'; seq: number | null; at: string | null; what: string | null; why: string }
type Read = { kind: 'entry'; entry: AuditEntry } | Unreadable

/** The first number of a PRAGMA's answer. */
function readNumber(db: DatabaseSync, pragma: string): number {
  return Number(Object.values(db.prepare(pragma).get() ?? {})[0])
}

function refuse(file: string, why: string): never {
  throw new LakedeskError('STORE_CORRUPT', `The audit of ${file} cannot be read: ${why}`)
}

function checkKind(db: DatabaseSync, file: string): void {
  if (readNumber(db, 'PRAGMA application_id') !== APPLICATION_ID) {
    refuse(file, 'it is no Lakedesk store. Name the store file, such as .lakedesk/lakedesk.db.')
  }
  const version = readNumber(db, 'PRAGMA user_version')
  if (version > SCHEMA_VERSION) refuse(file, 'a newer Lakedesk wrote it. Check it with that version.')
  if (version < 2) refuse(file, 'an older Lakedesk wrote it, before lines were chained. Start this version on it once.')
}

/**
 * Read only, beside a running server: the store's lock is a file of its own. Where nothing may be written beside the
 * file (a backup on a read-only disk) it is opened as one that nobody changes.
 */
function openReadOnly(file: string): DatabaseSync {
  if (!existsSync(file)) {
    throw new LakedeskError('STORE_FAILED', `There is no store file at ${file}. Name the file, or set LAKEDESK_DATA.`)
  }
  try {
    const db = new DatabaseSync(file, { readOnly: true, timeout: 2000 })
    try {
      db.prepare('SELECT count(*) FROM sqlite_schema').get()
      return db
    } catch (error) {
      db.close()
      if (existsSync(`${file}-wal`)) throw error
    }
    const url = pathToFileURL(realpathSync(file))
    url.searchParams.set('immutable', '1')
    return new DatabaseSync(url, { readOnly: true })
  } catch (error) {
    throw translateStoreError(error, file)
  }
}

function withStore<T>(file: string, job: (db: DatabaseSync) => T): T {
  const db = openReadOnly(file)
  try {
    checkKind(db, file)
    // One snapshot for lines and head, although the server may be writing.
    db.exec('BEGIN')
    return job(db)
  } catch (error) {
    throw translateStoreError(error, file)
  } finally {
    db.close()
  }
}

const markSchema = z.object({
  seq: z.number().int().nullable().catch(null),
  at: z.string().nullable().catch(null),
  what: z.string().nullable().catch(null),
})

function toUnreadable(value: unknown, why: string): Unreadable {
  const mark = markSchema.safeParse(value)
  return { kind: 'unreadable', why, ...(mark.success ? mark.data : { seq: null, at: null, what: null }) }
}

function toRead(value: unknown): Read {
  const parsed = entrySchema.safeParse(value)
  if (parsed.success) return { kind: 'entry', entry: parsed.data }
  const fields = parsed.error.issues.map((issue) => issue.path.join('.') || 'the line').join(', ')
  return toUnreadable(value, `${fields} cannot be read`)
}

/** The text of `detail` must be the canonical one to the byte, so that no change hides in another spelling. */
function fromRow(row: Record<string, unknown>): Read {
  let detail: unknown
  try {
    detail = JSON.parse(String(row.detail))
  } catch {
    return toUnreadable(row, 'its detail is no JSON')
  }
  if (canonicalJson(detail) !== row.detail) return toUnreadable(row, 'its detail is not spelled as Lakedesk writes it')
  return toRead({ ...row, detail })
}

function fromText(text: string): Read {
  try {
    return toRead(JSON.parse(text))
  } catch {
    return toUnreadable(null, 'it is no JSON')
  }
}

function* readRows(db: DatabaseSync): Generator<Read> {
  const rows = db.prepare(SELECT).iterate()
  try {
    for (const row of rows) yield fromRow(row)
  } catch (error) {
    // A damaged page is a broken link like any other: what stands before it may still hold.
    yield toUnreadable(null, `the file is damaged there (${String(error)})`)
  }
}

/** Steps one walk on by one read; a fault ends it. */
function step(walk: ReturnType<typeof createChainWalk>, read: Read): BrokenLink | null {
  if (read.kind === 'entry') return walk.next(read.entry)
  const seq = walk.head().lines + 1
  if (read.seq !== null && read.seq > seq) {
    return { seq, at: null, what: null, why: `Line ${seq} is missing: line ${read.seq} comes after line ${seq - 1}.` }
  }
  return { seq, at: read.at, what: read.what, why: `Line ${seq} was changed: ${read.why}.` }
}

function toReport(head: AuditHead, broken: BrokenLink | null): AuditReport {
  return { lines: head.lines, head: head.hash, broken }
}

/**
 * Recomputes the chain of a store file, beside a running server or offline, and compares its end with the recorded head,
 * or with `noted`: a head that was written down elsewhere, which even somebody who rewrote the whole file cannot fit.
 * Changes nothing. Throws STORE_CORRUPT where the file is no store, STORE_FAILED where it cannot be read.
 */
export async function verifyAudit(file: string, noted?: AuditHead): Promise<AuditReport> {
  return withStore(file, (db) => {
    const walk = createChainWalk()
    let seen = noted === undefined || noted.lines === 0
    for (const read of readRows(db)) {
      const broken = step(walk, read)
      if (broken) return toReport(walk.head(), broken)
      const head = walk.head()
      if (noted === undefined || head.lines !== noted.lines) continue
      seen = true
      const moved = compareHead(head, noted)
      if (moved) return toReport(head, moved)
    }
    const head = walk.head()
    if (noted !== undefined && !seen) return toReport(head, compareHead(head, noted))
    const recorded = headSchema.safeParse(db.prepare('SELECT lines, hash FROM audit_head WHERE id = 1').get())
    if (recorded.success) return toReport(head, compareHead(head, recorded.data))
    const why = 'The record of how many lines were written is gone, so lines may be missing at the end.'
    return toReport(head, { seq: head.lines + 1, at: null, what: null, why })
  })
}

/**
 * Every line with its hashes, oldest first, for an export as JSONL. It holds a snapshot while it is read.
 * Throws AUDIT_BROKEN at a line that cannot be read, and what verifyAudit throws.
 */
export function* readAudit(file: string): Generator<AuditEntry> {
  const db = openReadOnly(file)
  let last = 0
  try {
    checkKind(db, file)
    for (const read of readRows(db)) {
      if (read.kind === 'unreadable') {
        throw new LakedeskError(
          'AUDIT_BROKEN',
          `The audit record is broken at line ${last + 1}: ${read.why}. Run \`lakedesk audit verify\`, and restore the store from a backup.`,
        )
      }
      last = read.entry.seq
      yield read.entry
    }
  } catch (error) {
    throw translateStoreError(error, file)
  } finally {
    db.close()
  }
}

/**
 * Proves an export by the same rule with no store at hand. A line is JSON text (empty ones are passed over). Whether lines
 * are missing at the end only `noted` can tell: the head as it was noted when the export was made.
 */
export async function verifyExport(
  lines: Iterable<string> | AsyncIterable<string>,
  noted?: AuditHead,
): Promise<AuditReport> {
  const walk = createChainWalk()
  for await (const line of lines) {
    if (line.trim() === '') continue
    const broken = step(walk, fromText(line))
    if (broken) return toReport(walk.head(), broken)
  }
  const head = walk.head()
  return toReport(head, noted === undefined ? null : compareHead(head, noted))
}
