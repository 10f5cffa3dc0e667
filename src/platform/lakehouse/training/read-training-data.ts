// Examples of a training in the local lakehouse, from a file, a folder or a table, in every form that Databricks takes for fine-tuning.
import type { LabelledRow } from '../../ports/ai-functions.ts'
import type { JobWorld } from '../jobs/job-program.ts'
import { asValues, type Values } from '../wire.ts'
import { readMds } from './read-mds.ts'

const TABLE = /^(`[^`]+`|[\w-]+)(\.(`[^`]+`|[\w-]+)){2}$/

/** `catalog.schema.table`: not a path. */
export const isTable = (data: string): boolean => TABLE.test(data)

type Reading = Pick<JobWorld, 'files' | 'sql'>

/** A file of JSON lines, a folder of such files or of MDS shards, or a table. Throws an Error that names the line which cannot be read. */
export async function readTrainingData(data: string, world: Reading): Promise<LabelledRow[]> {
  if (isTable(data)) return readTable(data, world)
  const file = world.files.read(data)
  if (file) return readLines(file, data)
  const paths = world.files.list(data)
  const index = paths.find((path) => path.endsWith('/index.json'))
  if (index) {
    const bytes = world.files.read(index)
    const folder = index.slice(0, -'index.json'.length)
    const rows = bytes ? readMds(bytes, (name) => world.files.read(`${folder}${name}`)) : []
    return rows.map((row, nth) => toRow(row, `Row ${nth + 1} of ${data}`))
  }
  const lines = paths.filter((path) => /\.jsonl?$/.test(path))
  if (lines.length === 0) throw new Error(`There is no file ${data}, and no folder of JSON lines or MDS shards`)
  return lines.flatMap((path) => readLines(world.files.read(path) ?? Buffer.alloc(0), path))
}

async function readTable(table: string, { sql }: Reading): Promise<LabelledRow[]> {
  const { columns, rows } = await sql(`SELECT * FROM ${table}`)
  return rows.map((row, nth) => {
    const values = Object.fromEntries(columns.map(({ name }, at) => [name, row[at]]))
    return toRow(values, `Row ${nth + 1} of the table ${table}`)
  })
}

function readLines(bytes: Uint8Array, path: string): LabelledRow[] {
  return String(Buffer.from(bytes))
    .split('\n')
    .flatMap((line, nth) => {
      if (line.trim() === '') return []
      const where = `Line ${nth + 1} of ${path}`
      return [toRow(parse(line, where), where)]
    })
}

function parse(line: string, where: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw new Error(`${where} is no JSON`)
  }
}

/** Of a conversation the last answer is the label, and what was asked before it is the text. */
function toRow(value: unknown, where: string): LabelledRow {
  const row = asValues(value)
  const list = Array.isArray(value)
    ? value
    : typeof row.messages === 'string'
      ? parse(row.messages, where)
      : row.messages
  const found = Array.isArray(list) ? fromMessages(list.map(asValues)) : fromColumns(row)
  if (found) return found
  throw new Error(
    `${where} is no example: give {"messages": [{"role", "content"}, ...]} that ends with the assistant, {"prompt", "response"} or {"text", "label"}`,
  )
}

function fromMessages(messages: readonly Values[]): LabelledRow | null {
  const answer = messages.at(-1)
  const asked = messages.findLast(({ role }) => role === 'user')?.content
  if (answer?.role !== 'assistant' || typeof answer.content !== 'string' || typeof asked !== 'string') return null
  return { text: asked, label: answer.content.trim() }
}

function fromColumns({ prompt, response, text = prompt, label = response }: Values): LabelledRow | null {
  return typeof text === 'string' && typeof label === 'string' ? { text, label: label.trim() } : null
}
