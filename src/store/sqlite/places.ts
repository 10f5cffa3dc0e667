// Conversations that asked to be shown something, by topic.
import { z } from 'zod'
import { toAddress } from '../../core/turn.ts'
import type { Places } from '../port.ts'
import type { Session } from './session.ts'

const rowSchema = z.object({ channel: z.string(), address: z.string().transform(toAddress), thread: z.string() })

export function createPlaces(session: Session): Places {
  const { db } = session
  const add = db.prepare(`
    INSERT INTO places (topic, thread, channel, address) VALUES (?, ?, ?, ?)
    ON CONFLICT (topic, thread) DO UPDATE SET channel = excluded.channel, address = excluded.address`)
  const remove = db.prepare('DELETE FROM places WHERE topic = ? AND thread = ?')
  const list = db.prepare('SELECT channel, address, thread FROM places WHERE topic = ? ORDER BY rowid')
  return {
    add: (topic, { channel, address, thread }) => session.write(() => void add.run(topic, thread, channel, address)),
    remove: (topic, thread) => session.write(() => remove.run(topic, thread).changes > 0),
    list: (topic) => session.read(() => list.all(topic).map((row) => rowSchema.parse(row))),
  }
}
