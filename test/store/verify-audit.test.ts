// The audit's proof: it holds as written, and every change of the file from outside is found at its line.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLog } from '../../src/core/log.ts'
import type { Store } from '../../src/store/port.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { readAudit, verifyAudit, verifyExport } from '../../src/store/sqlite/verify-audit.ts'
import { toApproval, toAuditLine } from './approvals.ts'

const LINES = 5

/** The audit table of format 1, as it was released, with what the opening looks at. */
const FORMAT_1 = `
  CREATE TABLE claims (key TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX claims_by_expiry ON claims (expires_at);
  CREATE TABLE inbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, turn_id TEXT NOT NULL UNIQUE, thread TEXT NOT NULL,
    turn TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('received', 'running', 'done')),
    attempts INTEGER NOT NULL DEFAULT 0, accepted_at TEXT NOT NULL) STRICT;
  CREATE INDEX inbox_by_thread ON inbox (thread);
  CREATE INDEX inbox_unfinished ON inbox (seq) WHERE state <> 'done';
  CREATE TABLE outbox (turn_id TEXT PRIMARY KEY, channel TEXT NOT NULL, address TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'ready', 'sent', 'dead')), refs TEXT NOT NULL DEFAULT '[]',
    reply TEXT, attempts INTEGER NOT NULL, since TEXT NOT NULL) STRICT;
  CREATE TABLE messages (seq INTEGER PRIMARY KEY AUTOINCREMENT, thread TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('user', 'assistant')), text TEXT NOT NULL, turn_id TEXT NOT NULL,
    at TEXT NOT NULL, user TEXT) STRICT;
  CREATE INDEX messages_by_thread ON messages (thread, seq);
  CREATE TABLE audit (seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL,
    what TEXT NOT NULL, turn_id TEXT NOT NULL, outcome TEXT NOT NULL, detail TEXT NOT NULL) STRICT;
  CREATE INDEX audit_by_what ON audit (what, seq);
  PRAGMA application_id = ${0x4c_4b_44_53}; PRAGMA user_version = 1;`

describe('the proof of the audit', () => {
  let folder: string
  let file: string
  const stores: Store[] = []

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lakedesk-audit-'))
    file = join(folder, 'store.db')
  })
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
    rmSync(folder, { recursive: true })
  })

  function open(): Store {
    const store = openSqliteStore({ file, log: silentLog })
    stores.push(store)
    return store
  }

  /** A closed store with lines of every kind of writer: plain, created, swapped, ended. */
  async function write(): Promise<void> {
    const store = open()
    await store.audit.append(toAuditLine(1))
    await store.approvals.create(toApproval('a1'), toAuditLine(2))
    await store.approvals.swap({ ...toApproval('a1'), state: 'running' }, toAuditLine(3))
    await store.sagas.begin({ id: 'a1', subject: 's', step: 'x', state: null })
    await store.sagas.end('a1', 'done', toAuditLine(4))
    await store.audit.append(toAuditLine(5, { detail: {} }))
    await store.close()
  }

  /** As somebody would who has the file: a second program that takes the triggers away. */
  function tamper(...statements: string[]): void {
    const db = new DatabaseSync(file)
    for (const name of ['audit_keeps_lines', 'audit_keeps_words', 'audit_keeps_places']) db.exec(`DROP TRIGGER ${name}`)
    for (const statement of statements) db.exec(statement)
    db.close()
  }

  it('holds for an empty record, and for every writer of lines', async () => {
    await open().close()
    expect(await verifyAudit(file)).toEqual({ lines: 0, head: '0'.repeat(64), broken: null })
    await write()
    const store = open()
    const head = await store.audit.head()
    expect(await verifyAudit(file)).toEqual({ lines: LINES, head: head.hash, broken: null })
    expect(head.lines).toBe(LINES)
  })

  it('works beside a running server, and sees what it has just written', async () => {
    const store = open()
    for (let n = 1; n <= 3; n++) {
      await store.audit.append(toAuditLine(n))
      expect(await verifyAudit(file)).toMatchObject({ lines: n, broken: null })
    }
    const reading = readAudit(file)
    expect(reading.next().value).toMatchObject({ seq: 1, turnId: 't1', prevHash: '0'.repeat(64) })
    await store.audit.append(toAuditLine(4))
    expect([...reading].map(({ seq }) => seq)).toEqual([2, 3])
  })

  it('takes lines whose text is no plain text', async () => {
    const store = open()
    const odd = 'half \ud800, nul \u0000, \u2028, \ufffd'
    const detail: Record<string, unknown> = JSON.parse('{"__proto__": {"a": 1}, "10": 1, "9": -0.0, "n": 1e300}')
    await store.audit.append(
      toAuditLine(1, { actor: odd, detail: { ...detail, odd, gone: undefined, at: new Date(0) } }),
    )
    await store.audit.append(toAuditLine(2))
    expect(await verifyAudit(file)).toMatchObject({ lines: 2, broken: null })
    const texts = [...readAudit(file)].map((entry) => JSON.stringify(entry))
    expect(await verifyExport(texts)).toMatchObject({ lines: 2, broken: null })
  })

  it('refuses changes of the record through the database itself', async () => {
    await write()
    const db = new DatabaseSync(file)
    const seven = "'a', 'b', 'c', 'd', 'done', '{}', 'p', 'h'"
    for (const statement of [
      "UPDATE audit SET actor = 'x' WHERE seq = 2",
      'DELETE FROM audit WHERE seq = 2',
      `INSERT OR REPLACE INTO audit VALUES (2, ${seven})`,
    ]) {
      expect(() => db.exec(statement), statement).toThrow(/append-only/)
    }
    db.close()
    expect(await verifyAudit(file)).toMatchObject({ lines: LINES, broken: null })
  })

  it('finds one changed character in any column of any line', async () => {
    await write()
    const pristine = readFileSync(file)
    const columns = ['at', 'actor', 'what', 'turn_id', 'outcome', 'detail', 'prev_hash', 'hash']
    for (let seq = 1; seq <= LINES; seq++) {
      for (const column of columns) {
        writeFileSync(file, pristine)
        tamper(`UPDATE audit SET ${column} = 'X' || substr(${column}, 2) WHERE seq = ${seq}`)
        const { lines, broken } = await verifyAudit(file)
        expect(broken, `${column} of ${seq}`).toMatchObject({
          seq,
          why: expect.stringContaining(`Line ${seq} was changed`),
        })
        expect(lines).toBe(seq - 1)
      }
    }
  })

  it('finds another spelling of the same detail', async () => {
    await write()
    tamper(`UPDATE audit SET detail = '{ }' WHERE seq = 5`)
    expect((await verifyAudit(file)).broken).toMatchObject({ seq: 5, what: 'request-promotion' })
    expect(() => [...readAudit(file)]).toThrow(/broken at line 5/)
  })

  it('finds one flipped byte of the file, wherever it stands in a line', async () => {
    await write()
    const pristine = readFileSync(file)
    const entries = [...readAudit(file)]
    let flips = 0
    for (const { seq, hash, prevHash } of entries) {
      // A row lies in one piece: its hashes are its last columns, so the text before them is its own.
      const end = pristine.indexOf(prevHash + hash)
      const start = pristine.lastIndexOf('2026-01-02T03:04:05.000Z', end)
      expect(end).toBeGreaterThan(start)
      for (let at = start; at < end + 128; at += 5) {
        const bytes = Buffer.from(pristine)
        bytes.writeUInt8(bytes.readUInt8(at) ^ 0x01, at)
        writeFileSync(file, bytes)
        const { broken } = await verifyAudit(file)
        expect(broken, `byte ${at - start} of line ${seq}`).toMatchObject({ seq })
        flips++
      }
    }
    expect(flips).toBeGreaterThan(200)
  })

  it('names a line that was taken out, at the front, in the middle and at the end', async () => {
    await write()
    const pristine = readFileSync(file)
    for (let seq = 1; seq <= LINES; seq++) {
      writeFileSync(file, pristine)
      tamper(`DELETE FROM audit WHERE seq = ${seq}`)
      expect((await verifyAudit(file)).broken).toMatchObject({
        seq,
        why: expect.stringContaining(`Line ${seq} is missing`),
      })
      if (seq === LINES) continue
      // Closing the gap by counting anew does not help.
      const db = new DatabaseSync(file)
      db.exec(`UPDATE audit SET seq = seq - 1 WHERE seq > ${seq}; UPDATE audit_head SET lines = lines - 1`)
      db.close()
      expect((await verifyAudit(file)).broken).toMatchObject({ seq })
    }
  })

  it('finds lines that were swapped, added, and a head that was lost', async () => {
    await write()
    const pristine = readFileSync(file)
    tamper(
      'UPDATE audit SET seq = -2 WHERE seq = 2',
      'UPDATE audit SET seq = 2 WHERE seq = 3',
      'UPDATE audit SET seq = 3 WHERE seq = -2',
    )
    expect((await verifyAudit(file)).broken).toMatchObject({ seq: 2 })
    writeFileSync(file, pristine)
    tamper('INSERT INTO audit SELECT 6, at, actor, what, turn_id, outcome, detail, hash, hash FROM audit WHERE seq = 5')
    expect((await verifyAudit(file)).broken).toMatchObject({ seq: 6 })
    writeFileSync(file, pristine)
    tamper('DELETE FROM audit_head')
    expect((await verifyAudit(file)).broken).toMatchObject({ seq: 6, why: expect.stringContaining('gone') })
    await expect(open().audit.append(toAuditLine(6))).rejects.toMatchObject({ code: 'AUDIT_BROKEN' })
  })

  it('finds a record that was written anew as a whole, by a head noted before', async () => {
    await write()
    const noted = await open().audit.head()
    await stores.pop()?.close()
    rmSync(file)
    const store = open()
    for (let n = 1; n <= LINES + 1; n++) await store.audit.append(toAuditLine(n, { actor: 'acme/mallory' }))
    expect((await verifyAudit(file)).broken).toBeNull()
    expect((await verifyAudit(file, noted)).broken).toMatchObject({ seq: LINES })
    expect((await verifyAudit(file, await store.audit.head())).broken).toBeNull()
    expect((await verifyAudit(file, { lines: 99, hash: noted.hash })).broken).toMatchObject({ seq: LINES + 2 })
  })

  it('proves an export without the store', async () => {
    await write()
    const { head } = await verifyAudit(file)
    const texts = [...readAudit(file)].map((entry) => JSON.stringify(entry))
    async function* stream() {
      yield* [...texts, '']
    }
    expect(await verifyExport(stream(), { lines: LINES, hash: head })).toEqual({ lines: LINES, head, broken: null })
    for (let seq = 1; seq <= LINES; seq++) {
      const changed = texts.with(seq - 1, (texts[seq - 1] ?? '').replace('acme/ann', 'acme/bob'))
      expect((await verifyExport(changed)).broken).toMatchObject({ seq })
      const broken = texts.with(seq - 1, (texts[seq - 1] ?? '').slice(0, -3))
      expect((await verifyExport(broken)).broken).toMatchObject({ seq })
      const missing = texts.toSpliced(seq - 1, 1)
      expect((await verifyExport(missing, { lines: LINES, hash: head })).broken).toMatchObject({ seq })
    }
  })

  it('keeps the lines of a file of format 1, and chains them', async () => {
    const db = new DatabaseSync(file)
    db.exec(FORMAT_1)
    const insert = db.prepare('INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)')
    const line = toAuditLine(1)
    for (const seq of [1, 2, 7]) {
      insert.run(seq, line.at, line.actor, line.what, `t${seq}`, line.outcome, JSON.stringify(line.detail))
    }
    insert.run(8, line.at, line.actor, line.what, 't8', 'done', '{"cut": ')
    db.close()
    await expect(verifyAudit(file)).rejects.toMatchObject({ code: 'STORE_CORRUPT' })

    const store = open()
    expect((await store.audit.list({ limit: 9 })).reverse()).toEqual([
      { ...line, seq: 1 },
      { ...toAuditLine(2, { detail: line.detail }), seq: 2 },
      { ...toAuditLine(7, { detail: line.detail }), seq: 3 },
      { ...toAuditLine(8, { detail: { unreadable: '{"cut": ' } }), seq: 4 },
    ])
    await store.audit.append(toAuditLine(9))
    expect(await verifyAudit(file)).toMatchObject({ lines: 5, broken: null })
    await store.close()
    await open().close()
    expect(await verifyAudit(file)).toMatchObject({ lines: 5, broken: null })
  })

  it('says what is no store', async () => {
    await expect(verifyAudit(join(folder, 'nothing.db'))).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await expect(verifyAudit(folder)).rejects.toMatchObject({ code: 'STORE_FAILED' })
    writeFileSync(file, 'no database at all '.repeat(999))
    await expect(verifyAudit(file)).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
    expect(() => [...readAudit(file)]).toThrow(/STORE_CORRUPT/)
    rmSync(file)
    new DatabaseSync(file).exec('CREATE TABLE theirs (a)')
    await expect(verifyAudit(file)).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
    const before = readFileSync(file)
    await expect(verifyAudit(file)).rejects.toThrow(/no Lakedesk store/)
    expect(readFileSync(file).equals(before)).toBe(true)
  })
})
