// `lakedesk tickets watch`: follows a file that grows, and enriches its new rows through a streaming table.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings } from '../config/settings.ts'
import type { Log } from '../core/log.ts'
import type { LocalSql } from '../platform/local/sql/create-local-sql.ts'
import { buildLocalSql } from './build-sql.ts'
import type { Terminal } from './ingest.ts'
import { readCorrections } from './read-corrections.ts'
import { readGiven } from './read-given.ts'
import { stopSignal } from './stop-signal.ts'

export interface WatchOptions {
  into: string
  once: boolean
}

const LOOK_EVERY_MS = 2_000

/** Once through: what the file has grown by, and a result for each new row. Returns the number of results. */
async function takeUp(file: string, sql: LocalSql, terminal: Terminal, signal: AbortSignal): Promise<number> {
  await sql.load(file, { append: true, signal })
  const refreshed = await sql.refreshStreams(signal)
  for (const { table, rows, fault } of refreshed) {
    if (rows > 0) terminal.stdout.write(`${table}: ${rows} new rows\n`)
    if (fault) terminal.stderr.write(`${table}: ${fault.userMessage} It is tried again.\n`)
  }
  return refreshed.reduce((sum, { rows }) => sum + rows, 0)
}

/** Goes on until it is stopped; what a stop broke off is taken up again by the next start, no row twice. */
export async function watchRows(
  file: string,
  { into, once }: WatchOptions,
  settings: Settings,
  log: Log,
  terminal: Terminal = process,
): Promise<boolean> {
  const sql = buildLocalSql({ settings, log, examples: () => readCorrections(settings) })
  const stop = stopSignal()
  try {
    // The source has to be there before a statement can name it.
    await sql.load(file, { append: true, signal: stop.signal })
    for await (const _ of (await sql.run({ text: readGiven('--into', into), mode: 'create' }, stop.signal)).pages);
    for (;;) {
      const rows = await takeUp(file, sql, terminal, stop.signal)
      if (once && rows === 0) return true
      if (!once) await sleep(LOOK_EVERY_MS, undefined, { signal: stop.signal })
    }
  } catch (error) {
    if (stop.signal.aborted) return true
    throw error
  } finally {
    stop.release()
    await sql.close()
  }
}
