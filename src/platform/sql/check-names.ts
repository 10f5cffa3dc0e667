// Which names a table may have: plain ones, none that a database could take for a file or for its own catalog.
import { LakedeskError } from '../../core/errors.ts'

const CATALOGS = [
  'information_schema',
  'pg_catalog',
  'system',
  'temp',
  'duckdb',
  'delta',
  'csv',
  'json',
  'parquet',
  'text',
  'orc',
  'avro',
  'xml',
  'binaryfile',
]
const OWN = ['sqlite_', 'duckdb_', 'pragma_', 'pg_', 'lakedesk_']
const SUFFIXES = [
  'csv',
  'tsv',
  'json',
  'jsonl',
  'ndjson',
  'parquet',
  'db',
  'duckdb',
  'sqlite',
  'xlsx',
  'txt',
  'gz',
  'zst',
  'arrow',
]

/** In small letters as the databases fold them: other letters than those of ASCII stay as they are, so that no two names become one. */
export const foldName = (name: string): string => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

/** Throws SQL_REFUSED: a name that is folded in another way would hide the table of that name. */
export function checkCteName(name: string): void {
  checkTableName([name])
  if (/^[A-Za-z_]\w*$/.test(name)) return
  throw new LakedeskError(
    'SQL_REFUSED',
    `"${name.slice(0, 100)}" cannot name a query of WITH here. Use letters from A to Z, digits and low lines.`,
  )
}

/** One to three parts, from catalog to name. Throws SQL_REFUSED. */
export function checkTableName(parts: readonly string[]): void {
  const written = parts.join('.').slice(0, 100)
  const why = parts.length > 3 ? 'has more than three parts' : parts.map(faultOf).find((fault) => fault !== null)
  if (why) {
    throw new LakedeskError(
      'SQL_REFUSED',
      `"${written}" cannot be read as a table: it ${why}. Name a table by plain words, such as catalog.schema.name.`,
    )
  }
}

function faultOf(part: string, position: number, parts: readonly string[]): string | null {
  const name = part.toLowerCase()
  if (name === '') return 'is empty'
  if (part.length > 255) return 'is too long'
  if (part !== part.normalize('NFKC') || /[\p{C}\p{Zl}\p{Zp}]/u.test(part))
    return 'holds signs that cannot be seen or look like others'
  if (!/^[\p{L}\p{N}_ -]+$/u.test(part)) return 'holds signs that names of tables do not have, as paths of files do'
  if (position < parts.length - 1 && CATALOGS.includes(name))
    return 'lies in a catalog of the database itself, or is a file'
  if (OWN.some((start) => name.startsWith(start))) return 'belongs to the database itself'
  if (
    parts.length > 1 &&
    position === parts.length - 1 &&
    position > 0 &&
    SUFFIXES.includes(name) &&
    parts.length === 2
  ) {
    return 'has the ending of a file'
  }
  return null
}
