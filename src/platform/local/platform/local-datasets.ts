// The evaluation datasets of the embedded platform.
import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { canonicalJson } from '../../../core/digest.ts'
import type { Datasets } from '../../ports/runs.ts'
import { refuse } from './platform-errors.ts'
import type { PlatformFile } from './platform-file.ts'
import { jsonOf } from './rows.ts'

const recordSchema = z.object({
  inputs: z.record(z.string(), z.unknown()),
  expectations: z.record(z.string(), z.unknown()),
  tags: z.record(z.string(), z.string()),
})

function exists(db: DatabaseSync, name: string): boolean {
  return db.prepare('SELECT 1 AS found FROM datasets WHERE name = ?').get(name) !== undefined
}

/** Records keep the order in which their inputs were first written. */
export function createLocalDatasets(file: PlatformFile): Datasets {
  return {
    read: (name) =>
      file.read((db) => {
        if (!exists(db, name)) return null
        const rows = db.prepare('SELECT body FROM dataset_records WHERE dataset = ? ORDER BY record_no').all(name)
        return rows.map((row) => jsonOf(row, 'body', recordSchema))
      }),

    write: (name, records) =>
      file.write((db) => {
        if (name.trim() === '') throw refuse('A dataset needs a name.')
        db.prepare('INSERT OR IGNORE INTO datasets VALUES (?)').run(name)
        const put = db.prepare(
          'INSERT INTO dataset_records (dataset, inputs, body) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body',
        )
        for (const record of records) put.run(name, canonicalJson(record.inputs), JSON.stringify(record))
      }),
  }
}
