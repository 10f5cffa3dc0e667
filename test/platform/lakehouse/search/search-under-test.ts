// A lakehouse with vector search over tables that the test fills, and plain requests to it.
import { request } from 'node:http'
import type { SqlEngine } from '../../../../src/platform/lakehouse/sql-engine.ts'
import type { SqlColumn, SqlRow } from '../../../../src/platform/ports/sql.ts'
import { startDatabricks } from '../../../stand-ins/databricks.ts'
import { createLetterEmbeddings, createScriptedModel } from '../foundation/scripted-model.ts'

export interface SourceTable {
  columns: SqlColumn[]
  rows: SqlRow[]
}

export interface Said {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: what the server says is looked at by the test
  body: any
}

/** Reads `SELECT columns FROM table [LIMIT n]`, which is all that a sync needs; whole tables only when the gate opens. */
export function createTables(tables: Map<string, SourceTable>, gate = { open: Promise.resolve() }): SqlEngine {
  return {
    async run({ text }) {
      if (!text.includes(' LIMIT ')) await gate.open
      const [, list = '', name = '', limit] = /^SELECT (.+) FROM (\S+?)(?: LIMIT (\d+))?$/.exec(text) ?? []
      const table = tables.get(name.replaceAll('`', ''))
      if (!table) throw new Error(`[TABLE_OR_VIEW_NOT_FOUND] The table ${name} cannot be found.`)
      const names = list === '*' ? table.columns.map((column) => column.name) : list.replaceAll('`', '').split(', ')
      const places = names.map((column) => table.columns.findIndex((one) => one.name === column))
      const odd = names.find((_, nth) => places[nth] === -1)
      if (odd) throw new Error(`[UNRESOLVED_COLUMN] A column with name ${odd} cannot be resolved.`)
      const rows = table.rows.slice(0, limit === undefined ? undefined : Number(limit))
      return {
        columns: places.flatMap((place) => table.columns[place] ?? []),
        rows: rows.map((row) => places.map((place) => row[place] ?? null)),
        truncated: false,
      }
    },
  }
}

export const DOCS = 'ml.rag.docs'
export const INDEX = 'ml.rag.docs_index'
const WORDS: [string, string, string, number, string | null][] = [
  ['a', 'Reset the password in the settings', 'guide', 5, '2026-01-10'],
  ['b', 'Single sign-on with Azure needs the Enterprise plan', 'guide', 3, '2026-03-01'],
  ['c', 'Weight of parcels by carrier', 'table', 4, '2025-11-20'],
  ['d', 'The error ERR-1042 means that the password expired', 'error page', 1, null],
]

export async function startSearch() {
  const tables = new Map<string, SourceTable>()
  const columns = ['chunk_id', 'content', 'doc_type'].map((name) => ({ name, type: 'STRING' }))
  tables.set(DOCS, {
    columns: [...columns, { name: 'rating', type: 'BIGINT' }, { name: 'day', type: 'DATE' }],
    rows: [...WORDS],
  })
  const { chat } = createScriptedModel(() => ({}))
  const { embeddings, batches } = createLetterEmbeddings(256)
  const gate = { open: Promise.resolve() }
  const lakehouse = await startDatabricks({ engine: createTables(tables, gate), foundation: { chat, embeddings } })

  /** Also sends a body with GET and DELETE, as the Python client does. */
  function ask(spec: string, body?: object): Promise<Said> {
    const [method = '', path = ''] = spec.split(' ')
    const bytes = body === undefined ? '' : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const sent = request(
        `${lakehouse.host}/api/2.0/${path}`,
        {
          method,
          headers: {
            authorization: `Bearer ${lakehouse.token}`,
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(bytes),
          },
        },
        (response) => {
          const parts: Buffer[] = []
          response.on('data', (part: Buffer) => parts.push(part))
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, body: JSON.parse(String(Buffer.concat(parts))) }),
          )
        },
      )
      sent.on('error', reject)
      sent.end(bytes)
    })
  }

  const spec = {
    name: INDEX,
    endpoint_name: 'rag',
    primary_key: 'chunk_id',
    index_type: 'DELTA_SYNC',
    delta_sync_index_spec: {
      source_table: DOCS,
      pipeline_type: 'TRIGGERED',
      embedding_source_columns: [{ name: 'content', embedding_model_endpoint_name: 'databricks-bge-large-en' }],
    },
  }
  const controls = lakehouse.search
  return {
    ...{ lakehouse, tables, gate, batches, ask, spec, controls },
    /** An endpoint that is online. */
    async endpoint(name = 'rag', endpoint_type = 'STANDARD'): Promise<void> {
      await ask('POST vector-search/endpoints', { name, endpoint_type })
    },
    /** An index that is online. */
    async index(more: object = {}): Promise<string> {
      const said = await ask('POST vector-search/indexes', { ...spec, ...more })
      if (said.status !== 200) throw new Error(JSON.stringify(said.body))
      await controls.indexes.settle()
      return said.body.name
    },
    async query(args: object, name = INDEX): Promise<Said & { keys: string[] }> {
      const said = await ask(`POST vector-search/indexes/${name}/query`, { columns: ['chunk_id'], ...args })
      const rows: string[][] = said.body.result?.data_array ?? []
      return { ...said, keys: rows.map(([key]) => key ?? '') }
    },
  }
}

export type SearchUnderTest = Awaited<ReturnType<typeof startSearch>>
