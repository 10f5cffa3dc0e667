// Labelled texts: what people said a text is. One row per task and source; of one task and text the newest counts.
import { z } from 'zod'
import type { Labelled } from '../port.ts'
import type { Session } from './session.ts'

const rowSchema = z.object({
  task: z.string(),
  text: z.string(),
  label: z.string(),
  by: z.string(),
  at: z.string(),
  source: z.string(),
})

export function createLabelled(session: Session): Labelled {
  const { db } = session
  const find = db.prepare('SELECT task, text, label, by, at, source FROM labelled WHERE task = ? AND source = ?')
  const remove = db.prepare('DELETE FROM labelled WHERE task = ? AND source = ?')
  const insert = db.prepare('INSERT INTO labelled (task, source, text, label, by, at) VALUES (?, ?, ?, ?, ?, ?)')
  const list = db.prepare(`
    SELECT task, text, label, by, at, source FROM labelled AS row
    WHERE task = ? AND NOT EXISTS (
      SELECT 1 FROM labelled AS newer
      WHERE newer.task = row.task AND newer.text = row.text AND (newer.at, newer.seq) > (row.at, row.seq)
    )
    ORDER BY at, seq`)

  return {
    put: ({ task, text, label, by, at, source }) =>
      session.write(() => {
        const row = find.get(task, source)
        if (row !== undefined) {
          const known = rowSchema.parse(row)
          // What is written again after a crash must not put an older word over a newer one.
          if (known.at > at || (known.text === text && known.label === label && known.by === by)) return
          remove.run(task, source)
        }
        insert.run(task, source, text, label, by, at)
      }),
    list: (task) => session.read(() => list.all(task).map((row) => rowSchema.parse(row))),
  }
}
