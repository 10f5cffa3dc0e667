// A process of its own for the store tests: accepts turns without end and prints each id once it is said to be safe.
import { silentLog } from '../../src/core/log.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { toTurn } from './turns.ts'

const [file = ''] = process.argv.slice(2)
try {
  const store = openSqliteStore({ file, log: silentLog })
  process.stdout.write('open\n')
  for (let n = 0; ; n += 4) {
    const batch = [n, n + 1, n + 2, n + 3].map((i) => toTurn(`${process.pid}-${i}`))
    await Promise.all(batch.map((turn) => store.inbox.accept(turn)))
    process.stdout.write(batch.map((turn) => `${turn.id}\n`).join(''))
  }
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`)
}
