// Labelled rows are read beside the process that owns the store.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { silentLog } from '../../src/core/log.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { readLabelledRows } from '../../src/store/sqlite/read-labelled.ts'

const row = { task: 'category', text: 'Where is my invoice?', label: 'billing', by: 'ana' }

it('gives the newest row of each text, beside the owner of the file', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'labelled-')), 'store.db')
  expect(readLabelledRows(file)).toEqual([])
  const store = openSqliteStore({ file, log: silentLog })
  try {
    expect(readLabelledRows(file)).toEqual([])
    await store.labelled.put({ ...row, at: '2026-11-20T10:00:00Z', source: 'triage:a' })
    await store.labelled.put({ ...row, label: 'other', at: '2026-11-21T10:00:00Z', source: 'triage:b' })
    await store.labelled.put({
      ...row,
      text: 'It crashes',
      label: 'technical',
      at: '2026-11-20T11:00:00Z',
      source: 'c',
    })
    expect(readLabelledRows(file)).toEqual([
      { task: 'category', text: 'It crashes', label: 'technical' },
      { task: 'category', text: row.text, label: 'other' },
    ])
  } finally {
    await store.close()
  }
})

it('takes a file from before there were labelled rows', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'labelled-')), 'store.db')
  new DatabaseSync(file).exec('CREATE TABLE claims (key TEXT)')
  expect(readLabelledRows(file)).toEqual([])
})
