// Reads MLflow's scoring protocol: the questions of a request, in whichever of its four shapes they come.
import { z } from 'zod'

/** Records of one request, at most: each is a question that a model answers. */
export const MAX_RECORDS = 100

const recordSchema = z.record(z.string(), z.unknown())
const requestSchema = z.union([
  z.object({ dataframe_records: z.array(recordSchema) }),
  z.object({ dataframe_split: z.object({ columns: z.array(z.string()), data: z.array(z.array(z.unknown())) }) }),
  z.object({ inputs: z.unknown() }),
  z.object({ instances: z.unknown() }),
])
const NAMES = ['dataframe_records', 'dataframe_split', 'inputs', 'instances']
type ScoringRequest = z.infer<typeof requestSchema>

export type ScoringParsed = { kind: 'questions'; questions: string[] } | { kind: 'refused'; why: string }

const SHAPES =
  'Send {"dataframe_records":[{"question":"..."}]}, {"dataframe_split":{"columns":["question"],"data":[["..."]]}}, {"inputs":...} or {"instances":...}.'

function refuse(why: string): ScoringParsed {
  return { kind: 'refused', why: `${why} ${SHAPES}` }
}

/** Column-wise `{question: ["a", "b"]}`, row-wise `[{question}]`, plain texts, or one of them alone. */
function toRows(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.map((row: unknown) => (typeof row === 'string' ? { question: row } : row))
  const record = recordSchema.safeParse(value).data
  if (!record) return [typeof value === 'string' ? { question: value } : value]
  return Array.isArray(record.question) ? record.question.map((question: unknown) => ({ question })) : [record]
}

function rowsOf(request: ScoringRequest): unknown[] | string {
  if ('dataframe_records' in request) return request.dataframe_records
  if ('inputs' in request) return toRows(request.inputs)
  if ('instances' in request) return toRows(request.instances)
  const { columns, data } = request.dataframe_split
  const uneven = data.findIndex((row) => row.length !== columns.length)
  if (uneven >= 0) return `Row ${uneven + 1} of dataframe_split has another number of values than there are columns.`
  return data.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])))
}

/** All questions or none: a row without one refuses the request, naming the row. */
export function parseScoringRequest(body: unknown): ScoringParsed {
  const parsed = requestSchema.safeParse(body)
  if (!parsed.success) return refuse('The request has none of the four shapes of the scoring protocol.')
  const shapes = NAMES.filter((name) => recordSchema.safeParse(body).data?.[name] !== undefined)
  if (shapes.length > 1) return refuse(`The request holds ${shapes.join(' and ')}: send one of them.`)
  const rows = rowsOf(parsed.data)
  if (typeof rows === 'string') return refuse(rows)
  if (rows.length === 0) return refuse('The request holds no record.')
  if (rows.length > MAX_RECORDS) return refuse(`The request holds ${rows.length} records, at most ${MAX_RECORDS} go.`)
  const questions: string[] = []
  for (const [at, row] of rows.entries()) {
    const question = recordSchema.safeParse(row).data?.question
    if (typeof question !== 'string' || question.trim() === '') {
      return refuse(`Record ${at + 1} has no "question", which must be a text with words in it.`)
    }
    questions.push(question)
  }
  return { kind: 'questions', questions }
}
