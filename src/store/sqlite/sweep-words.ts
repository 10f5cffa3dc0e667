// Takes the words out of turns and replies that are long done, so that the file does not grow for ever.
import { z } from 'zod'
import { WORDS_LIFE_MS } from '../port.ts'
import type { Session } from './session.ts'

/** One sweep looks at no more turns than this, so that it keeps nobody waiting. */
const MOST_PER_SWEEP = 500

const rowSchema = z.object({ seq: z.number(), turn_id: z.string(), state: z.string(), accepted_at: z.string() })

/**
 * Must run inside a transaction. Ids, threads and refs stay: a turn is never taken twice, and its messages are still
 * found and edited. What is not done is passed over until the next start.
 */
export function createSweepWords({ db, now }: Pick<Session, 'db' | 'now'>): () => void {
  const next = db.prepare('SELECT seq, turn_id, state, accepted_at FROM inbox WHERE seq > ? ORDER BY seq LIMIT ?')
  const clearTurn = db.prepare(
    `UPDATE inbox SET turn = json_set(turn, '$.text', '') WHERE seq = ? AND json_extract(turn, '$.text') <> ''`,
  )
  const clearReply = db.prepare(
    "UPDATE outbox SET reply = NULL WHERE turn_id = ? AND state IN ('sent', 'dead') AND reply IS NOT NULL",
  )
  let seen = 0
  return () => {
    const before = new Date(now() - WORDS_LIFE_MS).toISOString()
    for (const row of next.all(seen, MOST_PER_SWEEP)) {
      const { seq, turn_id, state, accepted_at } = rowSchema.parse(row)
      if (accepted_at >= before) return
      seen = seq
      if (state !== 'done') continue
      clearTurn.run(seq)
      clearReply.run(turn_id)
    }
  }
}
