// A process of its own that carries out one move on real files, and kills itself at the point it is told.
import { join } from 'node:path'
import { silentLog } from '../../src/core/log.ts'
import { createSaga } from '../../src/promotion/saga.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { SCENARIOS, withFaults } from './kill-scenarios.ts'
import { handsOf, openPlatform } from './saga-rig.ts'

const [folder = '', name = '', point = '', when = ''] = process.argv.slice(2)
const scenario = SCENARIOS[name]
if (!scenario) throw new Error(`no scenario ${name}`)

const store = openSqliteStore({ file: join(folder, 'store.db'), log: silentLog })
const platform = openPlatform(join(folder, 'platform.db'))
const { registry, serving } = platform
const { sagas, audit } = store
const parts = { registry, serving, sagas, audit, log: silentLog, pollMs: 1 }
const saga = createSaga({
  ...withFaults(parts, scenario),
  onPoint(reached, side) {
    if (reached !== point || side !== when) return
    process.kill(process.pid, 'SIGKILL')
    return new Promise<void>(() => {})
  },
})
const hands = handsOf({ recheck: async () => scenario.moved })
// The process that is not killed goes on from the journal alone, as where the request cannot be read any more.
const resumed = point === '' ? await saga.resume(scenario.move.approval, hands) : null
const ending = resumed ?? (await saga.run(scenario.move, hands))
await platform.close()
await store.close()
process.stdout.write(JSON.stringify(ending))
