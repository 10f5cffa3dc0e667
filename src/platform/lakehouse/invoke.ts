// What comes to a served version in the local lakehouse: records in every form of MLflow's scoring protocol.
import { LakedeskError } from '../../core/errors.ts'
import { asList, asValues, Refusal, refuse, type Values } from './wire.ts'

const unreadable = (why: string) =>
  refuse(400, 'BAD_REQUEST', `Encountered an unexpected error while parsing the input data: ${why}`)

/** `dataframe_records`, `dataframe_split`, `inputs`, `instances`, or the messages of a chat as one record. */
export function toRecords(args: Values): Values[] {
  if (Array.isArray(args.dataframe_records)) return asList(args.dataframe_records)
  if (args.dataframe_split !== undefined) return fromSplit(asValues(args.dataframe_split))
  const given = args.inputs ?? args.instances
  if (Array.isArray(given)) return given.map(toRecord)
  if (typeof given === 'object' && given !== null) return fromColumns(asValues(given))
  if (given !== undefined) return [toRecord(given)]
  if (args.messages !== undefined || args.input !== undefined) return [args]
  throw unreadable('no dataframe_records, dataframe_split, inputs or instances.')
}

const toRecord = (value: unknown): Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? asValues(value) : { input: value }

function fromSplit(split: Values): Values[] {
  if (!Array.isArray(split.columns) || !Array.isArray(split.data))
    throw unreadable('dataframe_split has no columns or no data.')
  const columns = split.columns.map(String)
  return split.data.map((row: unknown) => {
    if (!Array.isArray(row) || row.length !== columns.length)
      throw unreadable(`a row of dataframe_split has not ${columns.length} values.`)
    return Object.fromEntries(columns.map((column, nth) => [column, row[nth]]))
  })
}

/** Columns of equal length, or one record. */
function fromColumns(columns: Values): Values[] {
  const lists = Object.values(columns)
  if (!lists.every(Array.isArray)) return [columns]
  const rows = Math.max(0, ...lists.map((list) => list.length))
  return Array.from({ length: rows }, (_, nth) =>
    Object.fromEntries(Object.entries(columns).map(([key, list]) => [key, Array.isArray(list) ? list[nth] : list])),
  )
}

/** As a container words what its model threw. */
export function toModelFault(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const why =
    error instanceof LakedeskError ? error.userMessage : error instanceof Error ? error.message : String(error)
  const message = `Encountered an unexpected error while evaluating the model. Verify that the input is compatible with the model for inference. Error: ${why}`
  return refuse(400, 'BAD_REQUEST', message)
}
