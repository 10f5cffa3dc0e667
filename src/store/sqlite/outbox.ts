// Replies on their way out: which messages exist already, what to show, and whether it is shown.
import { z } from 'zod'
import { LakedeskError } from '../../core/errors.ts'
import { replySchema } from '../../core/reply.ts'
import { toAddress } from '../../core/turn.ts'
import type { Outbox, OutboxEntry } from '../port.ts'
import { createAppend } from './conversations.ts'
import type { Session } from './session.ts'

const rowSchema = z.object({
  turn_id: z.string(),
  channel: z.string(),
  address: z.string(),
  state: z.enum(['open', 'ready', 'sent', 'dead']),
  refs: z.string(),
  reply: z.string().nullable(),
  attempts: z.number(),
  since: z.string(),
})
const refsSchema = z.array(z.string())

function toEntry(row: unknown): OutboxEntry {
  const { turn_id, address, refs, reply, ...rest } = rowSchema.parse(row)
  return {
    ...rest,
    turnId: turn_id,
    address: toAddress(address),
    refs: refsSchema.parse(JSON.parse(refs)),
    reply: reply === null ? null : replySchema.parse(JSON.parse(reply)),
  }
}

function requireRow<T>(row: T | undefined, turnId: string): T {
  if (row === undefined) throw new LakedeskError('STORE_FAILED', `The store holds no open reply for turn ${turnId}.`)
  return row
}

export function createOutbox(session: Session): Outbox {
  const { db } = session
  const append = createAppend(session)
  const open = db.prepare(`
    INSERT INTO outbox (turn_id, channel, address, state, attempts, since) VALUES (?, ?, ?, 'open', 1, ?)
    ON CONFLICT (turn_id) DO UPDATE SET attempts = attempts + 1 RETURNING *`)
  const find = db.prepare('SELECT * FROM outbox WHERE turn_id = ?')
  const setRefs = db.prepare('UPDATE outbox SET refs = ? WHERE turn_id = ?')
  const setReady = db.prepare(
    "UPDATE outbox SET state = 'ready', reply = ? WHERE turn_id = ? AND state = 'open' RETURNING turn_id",
  )
  const setState = db.prepare('UPDATE outbox SET state = ? WHERE turn_id = ? RETURNING turn_id')
  const findTurn = db.prepare(`
    SELECT outbox.turn_id FROM inbox JOIN outbox USING (turn_id), json_each(outbox.refs) AS ref
    WHERE inbox.thread = :thread AND (ref.value = :message OR substr(ref.value, -length(:message) - 1) = ':' || :message)
    ORDER BY inbox.seq DESC LIMIT 1`)
  const refsBeside = db.prepare(`
    SELECT outbox.refs FROM inbox AS own JOIN inbox USING (thread) JOIN outbox ON outbox.turn_id = inbox.turn_id
    WHERE own.turn_id = :turn AND inbox.turn_id <> :turn ORDER BY inbox.seq`)
  const finishTurn = db.prepare("UPDATE inbox SET state = 'done' WHERE turn_id = ?")

  return {
    open: (turnId, channel, address) =>
      session.write(() => toEntry(open.get(turnId, channel, address, new Date(session.now()).toISOString()))),
    recordRef: (turnId, ref) =>
      session.write(() => {
        const { refs } = toEntry(requireRow(find.get(turnId), turnId))
        if (!refs.includes(ref)) setRefs.run(JSON.stringify([...refs, ref]), turnId)
      }),
    ready: (turnId, reply, messages) =>
      session.write(() => {
        requireRow(setReady.get(JSON.stringify(reply), turnId), turnId)
        for (const message of messages) append(message)
      }),
    close: (turnId, state) =>
      session.write(() => {
        requireRow(setState.get(state, turnId), turnId)
        finishTurn.run(turnId)
      }),
    get: (turnId) =>
      session.read(() => {
        const row = find.get(turnId)
        return row === undefined ? null : toEntry(row)
      }),
    refsBeside: (turnId) =>
      session.read(() =>
        z
          .array(z.object({ refs: z.string() }))
          .parse(refsBeside.all({ ':turn': turnId }))
          .flatMap(({ refs }) => refsSchema.parse(JSON.parse(refs))),
      ),
    findTurn: (thread, message) =>
      session.read(() => {
        const row = findTurn.get({ ':thread': thread, ':message': message })
        return row === undefined ? null : z.object({ turn_id: z.string() }).parse(row).turn_id
      }),
  }
}
