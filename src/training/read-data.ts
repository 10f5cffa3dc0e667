// Finds the examples that a person named: Lakedesk's own, a file of JSON lines, or a table.
import type { Sql } from '../platform/ports/sql.ts'
import type { RawData } from './check-examples.ts'
import { type OwnMemory, readApprovedAnswers, readCorrections } from './own-examples.ts'
import { readPairs } from './pairs.ts'
import { readJsonl } from './read-jsonl.ts'
import { isTableName, readTable } from './read-table.ts'

/** Files that may be trained on. */
export interface DataFiles {
  /** Where they lie, for people: such as `the folder /srv/lakedesk/training, or a volume`. */
  readonly where: string
  /** Null where there is none of that name; a string is the sentence why it may not be read. */
  read(name: string): Promise<Uint8Array | null | string>
  /** Names to choose from; may be empty. */
  list(): Promise<string[]>
}

export interface DataSources {
  memory: OwnMemory
  files: DataFiles
  sql: Pick<Sql, 'run'>
  /** Tables that may be trained on, in small letters, as they are written. */
  tables: readonly string[]
}

export const CORRECTIONS = 'corrections'
export const ANSWERS = 'answers'
export const FEEDBACK = 'feedback'
const FILE = /\.jsonl$|^(?:dbfs:)?\/Volumes\//i

/** A string is the sentence why it cannot be read. Throws STORE_*, SQL_*, PLATFORM_*. */
export async function readData(name: string, sources: DataSources, signal: AbortSignal): Promise<RawData | string> {
  const { memory, files, sql, tables } = sources
  if (name === CORRECTIONS) return readCorrections(memory)
  if (name === ANSWERS) return readApprovedAnswers(memory)
  if (name === FEEDBACK) return readPairs(memory)
  if (FILE.test(name)) {
    const bytes = await files.read(name)
    if (typeof bytes === 'string') return bytes
    return bytes === null ? await whyNoFile(name, files) : readJsonl(name, bytes, signal)
  }
  if (isTableName(name)) {
    return tables.includes(name.toLowerCase()) ? readTable(name, sql, signal) : whyNoTable(name, tables)
  }
  return `"${name}" names no data: write \`${CORRECTIONS}\`, \`${ANSWERS}\`, \`${FEEDBACK}\`, a table such as main.support.tickets, or a file that ends in .jsonl.`
}

const SHOWN = 10

/** The same whether there is such a table or not. */
function whyNoTable(name: string, tables: readonly string[]): string {
  const listed = tables.length === 0 ? 'none may' : `these may: ${tables.slice(0, SHOWN).join(', ')}`
  return `${name} may not be trained on; of the tables ${listed}. An administrator allows more under queryTables in the file of LAKEDESK_TICKETS, for trainings and for questions.`
}

async function whyNoFile(name: string, files: DataFiles): Promise<string> {
  const known = await files.list()
  const there = known.length === 0 ? 'There is none yet' : `There are ${known.slice(0, SHOWN).join(', ')}`
  return `There is no file ${name}. Files are looked for in ${files.where}. ${there}.`
}
