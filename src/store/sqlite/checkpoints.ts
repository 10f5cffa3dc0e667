// What long work has finished so far, so that it goes on after a crash.
import { z } from 'zod'
import type { Checkpoints } from '../port.ts'
import type { Session } from './session.ts'

const rowSchema = z.object({ key: z.string(), value: z.string() })

export function createCheckpoints(session: Session): Checkpoints {
  const { db } = session
  const put = db.prepare(`
    INSERT INTO checkpoints (job, key, value) VALUES (?, ?, ?)
    ON CONFLICT (job, key) DO UPDATE SET value = excluded.value`)
  const list = db.prepare('SELECT key, value FROM checkpoints WHERE job = ? ORDER BY rowid')
  const drop = db.prepare('DELETE FROM checkpoints WHERE job = ?')
  return {
    put: (job, key, value) => session.write(() => void put.run(job, key, JSON.stringify(value) ?? 'null')),
    list: (job) =>
      session.read(() => {
        const rows = list.all(job).map((row) => rowSchema.parse(row))
        return new Map(rows.map(({ key, value }): [string, unknown] => [key, JSON.parse(value)]))
      }),
    drop: (job) => session.write(() => void drop.run(job)),
  }
}
