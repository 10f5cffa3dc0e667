// Turns that were accepted, and how far each has come.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import { turnSchema } from '../../core/turn.ts'
import type { Inbox, InboxEntry } from '../port.ts'
import { createClaimAll } from './claims.ts'
import type { Session } from './session.ts'

const rowSchema = z.object({
  turn: z.string(),
  state: z.enum(['received', 'running', 'done']),
  attempts: z.number(),
  accepted_at: z.string(),
})

function toEntry(row: unknown): InboxEntry {
  const { turn, state, attempts, accepted_at } = rowSchema.parse(row)
  return { turn: turnSchema.parse(JSON.parse(turn)), state, attempts, acceptedAt: accepted_at }
}

const COLUMNS = 'turn, state, attempts, accepted_at'

export function createInbox(session: Session): Inbox {
  const { db } = session
  const claimAll = createClaimAll(session)
  const find = db.prepare(`SELECT ${COLUMNS} FROM inbox WHERE turn_id = ?`)
  const exists = db.prepare('SELECT 1 FROM inbox WHERE turn_id = ?')
  const insert = db.prepare(
    "INSERT INTO inbox (turn_id, thread, turn, state, accepted_at) VALUES (?, ?, ?, 'received', ?)",
  )
  const begin = db.prepare(
    `UPDATE inbox SET state = 'running', attempts = attempts + 1 WHERE turn_id = ? RETURNING ${COLUMNS}`,
  )
  const putBack = db.prepare(
    "UPDATE inbox SET state = 'received', attempts = attempts - 1 WHERE turn_id = ? AND state = 'running'",
  )
  const finish = db.prepare("UPDATE inbox SET state = 'done' WHERE turn_id = ?")
  const unfinished = db.prepare(`SELECT ${COLUMNS} FROM inbox WHERE state <> 'done' ORDER BY seq`)

  return {
    accept: (turn) =>
      session.write(() => {
        // A turn id outlives the claims of its keys: what was answered once is never taken again.
        if (exists.get(turn.id) !== undefined || !claimAll(turn.keys)) return 'duplicate'
        insert.run(turn.id, turn.thread, JSON.stringify(turn), new Date(session.now()).toISOString())
        return 'accepted'
      }),
    begin: (turnId) =>
      session.write(() => {
        const row = begin.get(turnId)
        if (row === undefined) throw new LakedeskError('STORE_FAILED', `The store holds no turn ${turnId}.`)
        return toEntry(row)
      }),
    putBack: (turnId) => session.write(() => void putBack.run(turnId)),
    finish: (turnId) => session.write(() => void finish.run(turnId)),
    unfinished: () => session.read(() => unfinished.all().map(toEntry)),
    get: (turnId) =>
      session.read(() => {
        const row = find.get(turnId)
        return row === undefined ? null : toEntry(row)
      }),
  }
}
