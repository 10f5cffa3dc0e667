// Holds the tables of a folder for some time, as another process would.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLease } from '../../../../src/platform/local/sql/lease.ts'

const [, , folder = '', ms = '0'] = process.argv
const lease = createLease(join(folder, 'tables.duckdb'))
await lease.use(new AbortController().signal, async () => {
  console.log('held')
  await sleep(Number(ms))
})
await lease.close()
