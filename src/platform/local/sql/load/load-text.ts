// Stages CSV and JSON as texts, finds the types on the way, and says how the table is made from it.
import type { DuckDBConnection } from '@duckdb/node-api'
import { quoteName, quoteText } from '../duck-file.ts'
import { type Encoding, invalid } from './decode-file.ts'
import type { Faults } from './faults.ts'
import { type ColumnType, createTypeFinder, type TypeFinder } from './infer-types.ts'
import { readCsv } from './read-csv.ts'
import { type JsonObject, readJson } from './read-json.ts'
import { createStage, STAGE, type Stage, type Staged } from './stage.ts'

export interface TextSource {
  file: string
  encoding: Encoding
  pieces: AsyncIterable<string>
  /** True: columns of a CSV stay STRING, as they are written. */
  asText?: boolean
  onProgress?: ((rows: number) => void) | undefined
}

const PROGRESS_ROWS = 10_000
const MAX_KEYS = 2_000

export async function loadCsv(connection: DuckDBConnection, source: TextSource, faults: Faults): Promise<Staged> {
  let stage: Stage | null = null
  let names: string[] = []
  let finders: TypeFinder[] = []
  let mark = ''
  await readCsv(source.file, source.pieces, faults, {
    async begin(columns, delimiter) {
      names = columns
      mark = delimiter === '\t' ? 'tab' : delimiter
      finders = columns.map(() => createTypeFinder())
      stage = await createStage(connection, columns.length)
    },
    row(values) {
      values.forEach((value, i) => {
        if (value !== null) finders[i]?.see(value)
      })
      stage?.add(values)
      tell(source, stage)
    },
  })
  endStage(stage)
  const columns = names.map(
    (name, i) => `${cast(`c${i}`, source.asText ? 'VARCHAR' : (finders[i]?.type ?? 'VARCHAR'))} AS ${quoteName(name)}`,
  )
  return { format: `CSV (${mark}), ${source.encoding.toUpperCase()}`, query: select(columns) }
}

interface KeyFinder {
  finder: TypeFinder
  kinds: Set<'text' | 'number' | 'boolean' | 'nested'>
}

export async function loadJson(connection: DuckDBConnection, source: TextSource, faults: Faults): Promise<Staged> {
  const stage = await createStage(connection, 1)
  const keys = new Map<string, KeyFinder>()
  await readJson(source.file, source.pieces, faults, (object, text) => {
    seeKeys(source.file, keys, object)
    stage.add([text])
    tell(source, stage)
  })
  stage.end()
  if (keys.size === 0) throw invalid(source.file, 'no object in it has a field')
  const columns = [...keys].map(([name, found]) => {
    const pointer = quoteText(`/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    const type = toType(found)
    const value = type === 'JSON' ? `json_extract(c0, ${pointer})` : `json_extract_string(c0, ${pointer})`
    return `${cast(value, type)} AS ${quoteName(name)}`
  })
  return { format: `JSON, ${source.encoding.toUpperCase()}`, query: select(columns) }
}

function seeKeys(file: string, keys: Map<string, KeyFinder>, object: JsonObject): void {
  for (const [name, value] of Object.entries(object)) {
    let found = keys.get(name)
    if (!found) {
      const like = [...keys.keys()].find((key) => key.toLowerCase() === name.toLowerCase())
      if (like !== undefined)
        throw invalid(file, `two fields are named "${like}" and "${name}" (capitals do not count). Rename one`)
      if (keys.size >= MAX_KEYS) throw invalid(file, `its objects have more than ${MAX_KEYS} different fields`)
      found = { finder: createTypeFinder(), kinds: new Set() }
      keys.set(name, found)
    }
    if (value === null) continue
    if (typeof value === 'object') found.kinds.add('nested')
    else if (typeof value === 'string') found.kinds.add('text')
    else found.kinds.add(typeof value === 'number' ? 'number' : 'boolean')
    if (typeof value !== 'object') found.finder.see(String(value))
  }
}

/** Only dates and times are found within texts: a "01" that was written as a text stays one. */
function toType({ finder, kinds }: KeyFinder): ColumnType {
  if (kinds.has('nested')) return 'JSON'
  if (kinds.size !== 1) return 'VARCHAR'
  const { type } = finder
  if (!kinds.has('text')) return type
  return type === 'DATE' || type === 'TIMESTAMP' ? type : 'VARCHAR'
}

function cast(value: string, type: ColumnType): string {
  if (type === 'VARCHAR' || type === 'JSON') return value
  // A time with an offset is brought to UTC.
  if (type === 'TIMESTAMP') return `CAST(CAST(${value} AS TIMESTAMPTZ) AS TIMESTAMP)`
  return `CAST(${value} AS ${type})`
}

/** DuckDB keeps the order in which rows came: that of the file. */
function select(columns: string[]): string {
  return `SELECT ${columns.join(', ')} FROM temp.main.${STAGE}`
}

function tell({ onProgress }: TextSource, stage: Stage | null): void {
  if (onProgress && stage && stage.rows % PROGRESS_ROWS === 0) onProgress(stage.rows)
}

function endStage(stage: Stage | null): void {
  stage?.end()
}
