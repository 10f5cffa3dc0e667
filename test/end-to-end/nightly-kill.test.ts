// Kill -9 of the real server in the middle of a scheduled night: the next one ends it, and there is one night and one post.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readLedger } from '../../src/store/sqlite/read-ledger.ts'
import { type Faces, openFaces } from './promotion-faces.ts'
import { makePromotionSite, type PromotionSite } from './promotion-site.ts'
import { eventually } from './served.ts'

const WAIT_MS = 90_000
const HOUR_MS = 3_600_000

let site: PromotionSite
let faces: Faces
const file = () => join(site.path, 'data', 'store.db')
const rows = (kind: 'nights' | 'schedules') => readLedger(file(), kind, 9)

beforeAll(async () => {
  site = await makePromotionSite(['v1'])
  faces = await openFaces(site)
}, 120_000)
afterAll(async () => {
  await faces?.close()
  site?.dispose()
})

/** A schedule that missed its last slot: the clock of a process cannot be set from outside, but what it knows can. */
function missSlot(): void {
  const database = new DatabaseSync(file())
  const since = new Date(Date.now() - 26 * HOUR_MS).toISOString()
  const changed = database
    .prepare("UPDATE ledgers SET record = json_set(record, '$.since', ?) WHERE kind = 'schedules'")
    .run(since)
  database.close()
  expect(changed.changes).toBe(1)
}

const approvals = () => {
  const database = new DatabaseSync(file(), { readOnly: true })
  const found = database.prepare("SELECT state FROM approvals WHERE tool = 'run-nightly'").all()
  database.close()
  return found.map(({ state }) => String(state))
}

const posts = () =>
  faces.slack.messages('C1').filter(({ text }) => /Champion v1 is measured for the first time/.test(text))

it('ends it once, whenever it was killed', { timeout: 300_000 }, async () => {
  await faces.command('/nightly', 'at 03:00 Europe/Berlin', 'UBO')
  await eventually(() => rows('schedules')[0], 'the schedule', WAIT_MS)
  await faces.served().stop('SIGKILL')
  missSlot()
  // The next server sees the slot that was missed; it is killed while it measures, and the one after it soon after its start.
  await faces.restart('SIGKILL')
  await eventually(() => approvals().includes('running') || undefined, 'the night to run', WAIT_MS)
  await faces.restart('SIGKILL')
  await eventually(() => approvals().length > 0 || undefined, 'the request', WAIT_MS)
  await faces.restart('SIGKILL')
  await eventually(() => posts()[0], 'the post', WAIT_MS)
  await eventually(() => approvals().every((state) => state === 'done') || undefined, 'the end', WAIT_MS)
  await faces.restart('SIGTERM')
  expect(posts()).toHaveLength(1)
  expect(approvals()).toEqual(['done'])
  expect(rows('nights').map(({ record }) => (record as { state: string }).state)).toEqual(['done'])
})
