// Claims of events that were seen, each with an end of life.
import { CLAIM_TTL_MS, type Claims } from '../port.ts'
import type { Session } from './session.ts'
import { createSweepWords } from './sweep-words.ts'

/** Claims all keys or none. Must run inside a transaction. */
export function createClaimAll(session: Session): (keys: readonly string[], ttlMs?: number) => boolean {
  const held = session.db.prepare('SELECT 1 FROM claims WHERE key = ? AND expires_at > ?')
  const put = session.db.prepare(
    'INSERT INTO claims (key, expires_at) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at',
  )
  return (keys, ttlMs = CLAIM_TTL_MS) => {
    const now = session.now()
    if (keys.some((key) => held.get(key, now) !== undefined)) return false
    for (const key of keys) put.run(key, now + ttlMs)
    return true
  }
}

export function createClaims(session: Session): Claims {
  const claimAll = createClaimAll(session)
  const sweepWords = createSweepWords(session)
  const sweep = session.db.prepare('DELETE FROM claims WHERE expires_at <= ?')
  return {
    claim: (keys, ttlMs) => session.write(() => claimAll(keys, ttlMs)),
    sweep: () =>
      session.write(() => {
        sweepWords()
        return Number(sweep.run(session.now()).changes)
      }),
  }
}
