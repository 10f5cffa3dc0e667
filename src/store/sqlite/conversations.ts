// What was said in each thread the bot takes part in.
import { z } from 'zod'
import type { ConversationMessage, Conversations } from '../port.ts'
import type { Session } from './session.ts'

const rowSchema = z.object({
  thread: z.string(),
  role: z.enum(['user', 'assistant']),
  text: z.string(),
  turn_id: z.string(),
  at: z.string(),
  user: z.string().nullable(),
})

function toMessage(row: unknown): ConversationMessage {
  const { turn_id, user, ...rest } = rowSchema.parse(row)
  return { ...rest, turnId: turn_id, ...(user === null ? {} : { user }) }
}

/** Adds a message to its thread. Must run inside a transaction. */
export function createAppend(session: Session): (message: ConversationMessage) => void {
  const insert = session.db.prepare(
    'INSERT INTO messages (thread, role, text, turn_id, at, user) VALUES (?, ?, ?, ?, ?, ?)',
  )
  return ({ thread, role, text, turnId, at, user }) => void insert.run(thread, role, text, turnId, at, user ?? null)
}

export function createConversations(session: Session): Conversations {
  // A turn that was accepted counts at once, before its answer is written: people write on while the bot thinks. A press
  // of a button is no part in a thread.
  const knows = session.db.prepare(
    `SELECT 1 WHERE EXISTS (SELECT 1 FROM inbox WHERE thread = ?1 AND json_extract(turn, '$.kind') <> 'action')
     OR EXISTS (SELECT 1 FROM messages WHERE thread = ?1)`,
  )
  const recent = session.db.prepare('SELECT * FROM messages WHERE thread = ? ORDER BY seq DESC LIMIT ?')
  return {
    knows: (thread) => session.read(() => knows.get(thread) !== undefined),
    recent: (thread, limit) => session.read(() => recent.all(thread, limit).map(toMessage).reverse()),
  }
}
