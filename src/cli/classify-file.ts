// `lakedesk tickets classify`: every row of a file gets a label, its confidence and, where it failed, the reason.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { stringify } from 'csv-stringify'
import { z } from 'zod'
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { readLabelTexts } from '../platform/ai/read-labels.ts'
import type { Encoding } from '../platform/local/sql/load/decode-file.ts'
import type { SqlResult, SqlRow, SqlValue } from '../platform/ports/sql.ts'
import { trimmed } from '../tickets/ticket-source.ts'
import { buildLocalSql } from './build-sql.ts'
import { findColumn, quoteName } from './find-text-column.ts'
import type { Terminal } from './ingest.ts'
import { loadTicketPlan } from './load-ticket-plan.ts'
import { type OutFile, openOutFile } from './out-file.ts'
import { createProgressBar } from './progress-bar.ts'
import { readCorrections } from './read-corrections.ts'
import { readGiven } from './read-given.ts'
import { countRows, describeUsage, loadFile, toLoading } from './sql.ts'
import { nameOption, tellNotices, tellStopped } from './sql-faults.ts'
import { stopSignal } from './stop-signal.ts'

export interface ClassifyFileOptions {
  labels: string
  text?: string
  out?: string
  skipBroken: boolean
  encoding?: Encoding
  yes: boolean
}

const TABLE = 'rows_to_classify'
const MIN_LABELS = 2
const MAX_LABELS = 500
const ADDED = ['category', 'confidence', 'error']

const labelsSchema = z.union([z.array(z.string()), z.record(z.string(), z.string())])
const answerSchema = z.object({
  response: z.array(z.string()).nullable(),
  error_message: z.string().nullable(),
  metadata: z.object({ confidence: z.number().optional() }).optional(),
})

/** `a,b,c`, JSON, or a file with either. Throws CONFIG_INVALID, and AI_FUNCTION_INVALID for a label that is empty, too long or there twice. */
export function readLabels(given: string): z.infer<typeof labelsSchema> {
  const labels = parseLabels(readGiven('--labels', given).trim())
  const names = Array.isArray(labels) ? labels : Object.keys(labels)
  if (names.length < MIN_LABELS || names.length > MAX_LABELS) {
    const some = names.length === 0 ? 'no label' : names.length === 1 ? 'one label' : `${names.length} labels`
    const sentence = `--labels has ${some}; give ${MIN_LABELS} to ${MAX_LABELS}, such as --labels billing,technical,other.`
    throw new LakedeskError('CONFIG_INVALID', sentence)
  }
  readLabelTexts('ai_classify', names, MIN_LABELS, MAX_LABELS)
  return labels
}

function parseLabels(text: string): z.infer<typeof labelsSchema> {
  if (!/^[[{]/.test(text)) {
    return text
      .split(/[,\n]/)
      .map((label) => label.trim())
      .filter((label) => label !== '')
  }
  try {
    return labelsSchema.parse(JSON.parse(text))
  } catch (error) {
    const sentence =
      '--labels is no list that can be read. Write a,b,c, a JSON array of labels, or a JSON object of label and description.'
    throw new LakedeskError('CONFIG_INVALID', sentence, error)
  }
}

const quoteText = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

/** The three added cells of one row. */
function toAnswer(value: SqlValue | undefined): [string, string, string] {
  if (value === null || value === undefined) return ['', '', 'The text is empty.']
  const { response, error_message, metadata } = answerSchema.parse(value)
  const label = response?.join('; ') ?? ''
  if (label === '' && error_message === null) return ['', '', 'No label was chosen for this text.']
  const confidence = metadata?.confidence === undefined ? '' : metadata.confidence.toFixed(3)
  return [label, confidence, error_message ?? '']
}

function toCell(value: SqlValue): string {
  return value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
}

interface Written {
  rows: number
  without: number
}

/** Rows as they come, so that a file of any size fits. */
async function* toRecords(result: SqlResult, count: Written): AsyncGenerator<string[]> {
  for await (const page of result.pages) {
    for (const row of page as readonly SqlRow[]) {
      const answer = toAnswer(row.at(-1))
      count.rows += 1
      if (answer[0] === '') count.without += 1
      yield [...row.slice(0, -1).map(toCell), ...answer]
    }
  }
}

async function write(result: SqlResult, out: OutFile | undefined, terminal: Terminal): Promise<Written> {
  const own = result.columns.slice(0, -1).map(({ name }) => name)
  const taken = new Set(own.map((name) => name.toLowerCase()))
  const added = ADDED.map((name) => (taken.has(name) ? `found_${name}` : name))
  const count = { rows: 0, without: 0 }
  const csv = stringify({ header: true, columns: [...own, ...added], escape_formulas: true })
  const records = toRecords(result, count)
  if (out === undefined) await pipeline(records, csv, terminal.stdout, { end: false })
  else await out.fill((target) => pipeline(records, csv, target))
  return count
}

/** What was answered before a stop is remembered: the same command goes on there. */
export async function classifyFile(
  file: string,
  options: ClassifyFileOptions,
  settings: Settings,
  log: Log,
  terminal: Terminal = process,
): Promise<boolean> {
  const labels = readLabels(options.labels)
  // Whether it can be written is known before anything is spent.
  const out = options.out === undefined ? undefined : openOutFile(options.out)
  const folder = mkdtempSync(join(tmpdir(), 'lakedesk-classify-'))
  const sql = buildLocalSql({ settings, log, folder, examples: () => readCorrections(settings) })
  const stop = stopSignal()
  const { signal } = stop
  const bar = createProgressBar(terminal.stderr)
  const statement = (column: string) =>
    `SELECT *, ai_classify(CASE WHEN ${trimmed(`CAST(${column} AS STRING)`)} <> '' THEN ${column} END, ${quoteText(JSON.stringify(labels))}) AS answer FROM ${TABLE}`
  try {
    await loadFile(file, sql, { table: TABLE, asText: true, ...toLoading(options), terminal, signal })
    const isFree = options.yes || settings.sql.model === 'offline'
    const column = await findColumn(sql, TABLE, options.text, signal)
    const result = await sql.run(
      {
        text: statement(quoteName(column)),
        ...(isFree ? {} : { budget: loadTicketPlan(settings.sql.tickets).budget }),
        onProgress: ({ done, total }) => bar.update('Classifying', done, total),
      },
      signal,
    )
    bar.end()
    tellEnd(await write(result, out, terminal), options.out, result, terminal)
    return true
  } catch (error) {
    bar.end()
    if (signal.aborted) return tellStopped(terminal)
    throw await nameOption(error, statement('text'), sql, { write: true })
  } finally {
    bar.end()
    stop.release()
    out?.dispose()
    await sql.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function tellEnd({ rows, without }: Written, out: string | undefined, result: SqlResult, terminal: Terminal): void {
  const where = out === undefined ? '' : ` to ${out}`
  const some = without === 0 ? '' : `, ${without.toLocaleString('en-US')} of them without a label`
  terminal.stderr.write(`${countRows(rows)} written${where}${some}.\n`)
  tellNotices(result, terminal)
  const { usage } = result
  if (usage) terminal.stderr.write(`${describeUsage(usage)}\n`)
}
