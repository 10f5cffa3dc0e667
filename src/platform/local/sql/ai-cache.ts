// The durable memory of what AI functions answered: what was paid for once is not paid for again.
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { digestOf } from '../../../core/digest.ts'
import type { AiAnswer, AiCall, AiEngine } from '../../ports/ai-functions.ts'

const SCHEMA = `CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, function TEXT NOT NULL, model TEXT NOT NULL, answer TEXT NOT NULL,
  at INTEGER NOT NULL) WITHOUT ROWID`
/** Raise it when the way an answer is kept changes: older ones are then asked for again. */
const VERSION = 1
const BUSY_WAIT_MS = 10_000
const KEPT_IN_MEMORY = 20_000

export interface AiCache {
  /** Synchronous, as DuckDB needs it within a function. */
  get(key: string): AiAnswer | null
  /** Answers with an error are not kept: the next statement asks again. */
  put(key: string, call: AiCall, model: string, answer: AiAnswer): void
  close(): void
}

/** Equal for equal function, model, arguments and version of prompt, rules and labelled rows. */
export function keyOfCall(engine: AiEngine, call: AiCall): string {
  return digestOf([VERSION, engine.modelOf(call), engine.keyPart(call), call])
}

/** Several processes may have it open. */
export function openAiCache(file: string): AiCache {
  mkdirSync(path.dirname(file), { recursive: true })
  const db = new DatabaseSync(file, { timeout: BUSY_WAIT_MS })
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${SCHEMA}`)
  const select = db.prepare('SELECT answer FROM answers WHERE key = ?')
  const insert = db.prepare('INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)')
  const recent = new Map<string, AiAnswer>()

  const remember = (key: string, answer: AiAnswer): void => {
    recent.delete(key)
    recent.set(key, answer)
    if (recent.size <= KEPT_IN_MEMORY) return
    const oldest = recent.keys().next()
    if (!oldest.done) recent.delete(oldest.value)
  }

  return {
    get(key) {
      const known = recent.get(key)
      if (known) return known
      const row = select.get(key)
      if (!row) return null
      const answer = JSON.parse(String(row.answer)) as AiAnswer
      remember(key, answer)
      return answer
    },
    put(key, call, model, answer) {
      if (answer.error !== null) return
      insert.run(key, call.function, model, JSON.stringify(answer), Date.now())
      remember(key, answer)
    },
    close() {
      if (db.isOpen) db.close()
    },
  }
}
