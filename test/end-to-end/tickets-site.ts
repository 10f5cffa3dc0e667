// A data folder with documentation and tickets, made once and copied for every scenario, and what its files hold in the end.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parse } from 'csv-parse/sync'
import { z } from 'zod'
import { type CliResult, type Env, makeFolder, runCli } from '../cli/run-cli.ts'

export interface TicketSite {
  path: string
  env: Env
  run(args: readonly string[], more?: Env): Promise<CliResult>
  /** Writes the file that describes the tickets. */
  describe(plan: object): void
  /** A folder of its own with all that is in this one. Nothing may run in this one. */
  copy(): TicketSite
  /** Files that the terminal saved, by what they end with. */
  saved(ending: string): { name: string; bytes: Buffer }[]
  dispose(): void
}

function openSite(): TicketSite {
  const folder = makeFolder()
  const plan = join(folder.path, 'tickets.json')
  writeFileSync(plan, '{}')
  const env = { LAKEDESK_DATA: join(folder.path, 'data'), LAKEDESK_TICKETS: plan }
  const exported = join(env.LAKEDESK_DATA, 'exports')
  return {
    ...folder,
    env,
    run: (args, more = {}) => runCli(args, { ...env, ...more }),
    describe: (described) => writeFileSync(plan, JSON.stringify(described)),
    copy() {
      const other = openSite()
      cpSync(folder.path, other.path, { recursive: true })
      return other
    },
    saved: (ending) =>
      readdirSync(exported)
        .filter((name) => name.endsWith(ending))
        .map((name) => ({ name, bytes: readFileSync(join(exported, name)) })),
  }
}

/** Text of a ticket of yesterday. */
export interface GivenTicket {
  id: string
  text: string
}

export const yesterday = (): string => new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)

/** One page of documentation, and the sample tickets or the given ones of yesterday. */
export async function makeTicketSite(tickets: 'sample' | readonly GivenTicket[]): Promise<TicketSite> {
  const site = openSite()
  const docs = join(site.path, 'docs')
  mkdirSync(docs)
  writeFileSync(join(docs, 'backups.md'), '# Backups\n\nBackups run every night at 02:00 UTC.\n')
  await mustRun(site, ['ingest', docs])
  if (tickets === 'sample') await mustRun(site, ['tickets', 'sample'])
  else {
    const file = join(site.path, 'given.csv')
    const lines = tickets.map(({ id, text }, i) => {
      const at = `${yesterday()} 08:${String(i % 60).padStart(2, '0')}:00`
      return `${id},${at},"${text.replaceAll('"', '""')}"\n`
    })
    writeFileSync(file, `ticket_id,created_date,ticket_text\n${lines.join('')}`)
    await mustRun(site, ['tickets', 'load', file])
  }
  return site
}

export async function mustRun(site: TicketSite, args: readonly string[], more: Env = {}): Promise<CliResult> {
  const result = await site.run(args, more)
  if (result.code !== 0)
    throw new Error(`lakedesk ${args.join(' ')} ended with ${result.code}: ${result.err}${result.out}`)
  return result
}

const rowsSchema = z.object({ rows: z.array(z.record(z.string(), z.unknown())) })

/** Rows of a SELECT over the embedded tables. No server may hold them. */
export async function select(site: TicketSite, sql: string): Promise<Record<string, unknown>[]> {
  return rowsSchema.parse(JSON.parse((await mustRun(site, ['sql', sql, '--json'])).out)).rows
}

/** Of the store, which may be in use. */
export function readStore(site: TicketSite, sql: string): Record<string, unknown>[] {
  const database = new DatabaseSync(join(site.path, 'data', 'store.db'), { readOnly: true })
  try {
    return database.prepare(sql).all()
  } finally {
    database.close()
  }
}

export function readCsv(bytes: Buffer): Record<string, string>[] {
  return parse(bytes, { columns: true })
}

/** Width and height of a PNG, read from its header. Throws where it is none. */
export function sizeOfPng(bytes: Buffer): { width: number; height: number } {
  const isPng = bytes.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))
  const isWhole = bytes.subarray(-8, -4).toString() === 'IEND'
  if (!isPng || !isWhole || bytes.subarray(12, 16).toString() !== 'IHDR') throw new Error('no PNG')
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}
