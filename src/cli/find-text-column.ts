// Finds the column of a file that holds the texts: by its name, else by what stands in it.
import { LakedeskError } from '../core/errors.ts'
import type { LocalSql } from '../platform/local/sql/create-local-sql.ts'
import { readObjects } from '../platform/ports/sql.ts'

/** Names that a column of texts often has, the likeliest first. */
const USUAL = ['ticket_text', 'text', 'body', 'message', 'content', 'description', 'review_text']
/** As many times as long as the next longest, on average, makes a column clear. */
const CLEARLY = 2

export const quoteName = (name: string): string => `\`${name.replaceAll('`', '``')}\``

/** The column whose values are no numbers alone and clearly the longest; undefined where none is. */
async function findByContent(
  sql: LocalSql,
  table: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  if (names.length === 0) return undefined
  const measures = names.map(quoteName).flatMap((name, i) => {
    const isWord = `trim(${name}) <> '' AND try_cast(${name} AS DOUBLE) IS NULL`
    return [`avg(length(${name})) AS length_${i}`, `sum(CASE WHEN ${isWord} THEN 1 ELSE 0 END) AS words_${i}`]
  })
  const [found] = await readObjects(await sql.run({ text: `SELECT ${measures.join(', ')} FROM ${table}` }, signal))
  const [first, second] = names
    .map((name, i) => ({ name, length: Number(found?.[`length_${i}`]), words: Number(found?.[`words_${i}`]) }))
    .filter(({ words }) => words > 0)
    .sort((a, b) => b.length - a.length)
  if (second && first && first.length < CLEARLY * second.length) return undefined
  return first?.name
}

/** The column to classify. Throws CONFIG_INVALID where it is not there, or where nobody could tell which one it is. */
export async function findColumn(
  sql: LocalSql,
  table: string,
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const columns = (await sql.listTables(signal)).find(({ name }) => name === table)?.columns ?? []
  const names = columns.map(({ name }) => name)
  const same = (name: string) => names.find((one) => one.toLowerCase() === name.toLowerCase())
  if (wanted !== undefined) {
    const found = same(wanted)
    if (found !== undefined) return found
    throw new LakedeskError('CONFIG_INVALID', `The file has no column ${wanted}. It has: ${names.join(', ')}.`)
  }
  const usual = USUAL.map(same).find((name) => name !== undefined)
  if (usual !== undefined) return usual
  const texts = columns.filter(({ type }) => type === 'STRING').map(({ name }) => name)
  const found = texts.length === 1 ? texts[0] : await findByContent(sql, table, texts, signal)
  if (found !== undefined) return found
  throw new LakedeskError(
    'CONFIG_INVALID',
    `It is not clear which column holds the text. Name it with --text; the file has: ${names.join(', ')}.`,
  )
}
