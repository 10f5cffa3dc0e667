// Reads the labelled rows of a store file without its lock, for commands that run beside a server.
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { translateStoreError } from './translate-error.ts'

const SELECT = `
  SELECT task, text, label FROM labelled AS row
  WHERE NOT EXISTS (
    SELECT 1 FROM labelled AS newer
    WHERE newer.task = row.task AND newer.text = row.text AND (newer.at, newer.seq) > (row.at, row.seq)
  )
  ORDER BY at, seq`

const rowSchema = z.object({ task: z.string(), text: z.string(), label: z.string() })

/** The newest row of each task and text, oldest first. None where there is no store yet, or one from before there were labelled rows. */
export function readLabelledRows(file: string): { task: string; text: string; label: string }[] {
  if (!existsSync(file)) return []
  try {
    const db = new DatabaseSync(file, { readOnly: true })
    try {
      const known = db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'labelled'").get()
      if (!known) return []
      return z.array(rowSchema).parse(db.prepare(SELECT).all())
    } finally {
      db.close()
    }
  } catch (error) {
    throw translateStoreError(error, file)
  }
}
