// `lakedesk nights`: brings recorded nights into the store, so that a report has earlier ones to compare with and to show.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { loadNights, parseNights } from '../reports/nightly/night-ledger.ts'
import { openSqliteStore } from '../store/sqlite/open-sqlite-store.ts'
import { STORE_FILE } from './build-answering.ts'
import type { Terminal } from './ingest.ts'
import { loadPolicy } from './load-policy.ts'
import { sampleNightsPath } from './sample.ts'

const DAY_MS = 86_400_000

function readNightsFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new LakedeskError('SOURCE_MISSING', `The file of nights ${path} cannot be read. Check the path.`, error)
  }
}

/**
 * Their dates are moved by whole days, so that the last one is of yesterday (UTC), and they count for the policy's first model.
 * Candidates are left out: where they are loaded, their numbers belong to versions that no earlier night has measured.
 * Throws SOURCE_MISSING, INTERNAL for a file of another shape, STORE_* such as where a server holds the data folder.
 */
export async function bringNights(
  file: string | undefined,
  settings: Settings,
  log: Log,
  terminal: Terminal = process,
): Promise<void> {
  const nights = parseNights(readNightsFile(file ?? sampleNightsPath)).map((night) => ({ ...night, candidates: [] }))
  const { model } = loadPolicy(settings.policy)
  const endingOn = new Date(Date.now() - DAY_MS).toISOString().slice(0, 10)
  const store = openSqliteStore({ file: join(resolve(settings.data), STORE_FILE), log })
  try {
    const added = await loadNights(store.ledger('nights'), nights, { endingOn, model })
    terminal.stdout.write(`${added} of ${nights.length} nights loaded for ${model}, the last one of ${endingOn}.\n`)
  } finally {
    await store.close()
  }
}
