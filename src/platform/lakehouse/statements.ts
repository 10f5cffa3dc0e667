// SQL of the local lakehouse: the Statement Execution API with its states, chunks and links that expire.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SqlPlace } from '../ports/sql.ts'
import { type Ran, type SqlEngine, toCells, toFailure, toWireColumns, type WireFailure } from './sql-engine.ts'
import type { State as Tables } from './state.ts'
import { createWarehouses } from './warehouses.ts'
import { asList, type Call, invalid, notFound, type RawAnswer, Refusal, required, route, text, whole } from './wire.ts'

type State = 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELED' | 'CLOSED'

interface Stored {
  id: string
  state: State
  disposition: string
  failure?: WireFailure
  ran?: Ran
  cells: (string | null)[][]
  /** Looks that it stays PENDING or RUNNING at least. */
  looks: number
  stop: AbortController
  ended: Promise<void>
}

const ROOT = '/api/2.0/sql/statements'
const WAIT = /^(0|[5-9]|[1-4]\d|50)s$/
const PARAMETER_TYPE =
  /^(STRING|BOOLEAN|TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE|DATE|TIMESTAMP(_NTZ)?|BINARY|VOID|DECIMAL(\(\d+(, ?\d+)?\))?)$/i
const LINK_MS = 15 * 60_000
/** Statements that stay known once they have ended; a workspace forgets theirs within a day. */
const KEPT = 1_000

export interface SqlParts {
  state: Tables
  engine: SqlEngine
  /** Where links lead to; known once the server listens. */
  host(): string
  now(): number
}

export function createSql({ state, engine, host, now }: SqlParts) {
  const warehouses = createWarehouses(state, host)
  const statements = new Map<string, Stored>()
  /** Signature of a link to when it ends. */
  const links = new Map<string, number>()
  const control = {
    warehouses: warehouses.control,
    /** Looks that a statement stays under way at least. */
    looks: 1,
    rowsPerChunk: 1_000,
    /** Results that are longer fail inline. */
    inlineBytes: 26_214_400,
    /** The next statement fails so. */
    failure: null as WireFailure | null,
    /** Statements as they were handed in, in order. */
    submitted: [] as { text: string; disposition: string; parameters: unknown }[],
    cancelled: [] as string[],
    /** Requests for what is behind a link. */
    fetched: 0,
    /** Links given from now on are over already, so many times. */
    staleLinks: 0,
    /** Every link that was given is refused from now on. */
    expireLinks(): void {
      for (const signature of links.keys()) links.set(signature, 0)
    },
    stateOf: (id: string): State | undefined => statements.get(id)?.state,
  }

  async function execute(
    stored: Stored,
    submitted: { text: string; parameters: Call['args'][]; limit?: number; place?: SqlPlace; caller: string },
  ) {
    try {
      const failure = control.failure
      control.failure = null
      if (failure) return fail(stored, failure)
      const ran = await engine.run({ ...submitted, signal: stored.stop.signal })
      if (stored.state !== 'PENDING') return
      stored.cells = toCells(ran)
      const isLong = Buffer.byteLength(JSON.stringify(stored.cells)) > control.inlineBytes
      if (isLong && stored.disposition === 'INLINE') return fail(stored, tooLong(control.inlineBytes))
      stored.ran = ran
      stored.state = 'SUCCEEDED'
    } catch (error) {
      if (stored.state === 'PENDING') fail(stored, toFailure(error))
    }
  }

  function submit({ args, caller }: Call): unknown {
    const warehouse = required(args, 'warehouse_id')
    if (!warehouses.wake(warehouse)) throw invalid(`${warehouse} is not a valid endpoint id.`)
    const statement = required(args, 'statement')
    const disposition = text(args, 'disposition') || 'INLINE'
    const wait = text(args, 'wait_timeout') || '10s'
    check(args, wait, disposition)
    const parameters = asList(args.parameters)
    control.submitted.push({ text: statement, disposition, parameters: args.parameters })
    const limit = args.row_limit === undefined ? {} : { limit: whole(args, 'row_limit', 0) }
    const id = `01ef-${randomBytes(12).toString('hex')}`
    const stored: Stored = {
      ...{ id, disposition, state: 'PENDING', cells: [], looks: control.looks },
      ...{ stop: new AbortController(), ended: Promise.resolve() },
    }
    forgetOldest()
    statements.set(id, stored)
    const place = placeOf(args)
    stored.ended = execute(stored, { text: statement, parameters, caller, ...limit, ...(place ? { place } : {}) })
    if (wait === '0s') return { statement_id: id, status: { state: 'PENDING' } }
    return waitFor(stored, Number.parseInt(wait, 10) * 1000, text(args, 'on_wait_timeout'))
  }

  async function waitFor(stored: Stored, ms: number, otherwise: string): Promise<unknown> {
    const inTime = await Promise.race([stored.ended.then(() => true), sleep(ms, false, { ref: false })])
    if (!inTime && otherwise === 'CANCEL') cancel(stored)
    if (inTime) stored.looks = 0
    return describe(stored)
  }

  /** What has ended long ago is asked for no more. */
  function forgetOldest(): void {
    for (const [id, { state }] of statements) {
      if (statements.size < KEPT) break
      if (state !== 'PENDING' && state !== 'RUNNING') statements.delete(id)
    }
    for (const [signature, endsAt] of links) if (endsAt <= now()) links.delete(signature)
    if (control.submitted.length >= KEPT) control.submitted.shift()
    if (control.cancelled.length >= KEPT) control.cancelled.shift()
  }

  function find({ at }: Call): Stored {
    const stored = statements.get(at.id ?? '')
    if (!stored) throw notFound(`The statement ${at.id} was not found.`)
    return stored
  }

  function cancel(stored: Stored): void {
    if (stored.state !== 'PENDING') return
    stored.state = 'CANCELED'
    control.cancelled.push(stored.id)
    stored.stop.abort()
  }

  function describe(stored: Stored): unknown {
    const { id, state, failure, ran } = stored
    const isWaiting = stored.looks > 0 && state !== 'CANCELED'
    stored.looks -= 1
    if (isWaiting || state === 'PENDING') return { statement_id: id, status: { state: 'RUNNING' } }
    if (state === 'FAILED') return { statement_id: id, status: { state, ...failure } }
    if (state !== 'SUCCEEDED' || !ran) return { statement_id: id, status: { state } }
    const columns = toWireColumns(ran.columns)
    const count = Math.max(1, Math.ceil(stored.cells.length / control.rowsPerChunk))
    const chunks = Array.from({ length: count }, (_, nth) => facts(stored, nth))
    return {
      statement_id: id,
      status: { state },
      manifest: {
        format: 'JSON_ARRAY',
        schema: { column_count: columns.length, columns },
        ...{ total_chunk_count: count, chunks, total_row_count: stored.cells.length, truncated: ran.truncated },
      },
      result: chunk(stored, 0),
    }
  }

  function facts({ cells }: Stored, nth: number) {
    const row_offset = nth * control.rowsPerChunk
    return { chunk_index: nth, row_offset, row_count: Math.min(control.rowsPerChunk, cells.length - row_offset) }
  }

  const rowsOf = ({ cells }: Stored, nth: number) =>
    cells.slice(nth * control.rowsPerChunk, (nth + 1) * control.rowsPerChunk)

  function chunk(stored: Stored, nth: number): unknown {
    const row_offset = (nth + 1) * control.rowsPerChunk
    const next =
      row_offset < stored.cells.length
        ? {
            next_chunk_index: nth + 1,
            next_chunk_internal_link: `${ROOT}/${stored.id}/result/chunks/${nth + 1}?row_offset=${row_offset}`,
          }
        : {}
    if (stored.disposition === 'INLINE') return { ...facts(stored, nth), data_array: rowsOf(stored, nth), ...next }
    const signature = randomBytes(8).toString('hex')
    const isStale = control.staleLinks > 0
    if (isStale) control.staleLinks -= 1
    const ends = isStale ? now() - 1000 : now() + LINK_MS
    links.set(signature, ends)
    const external_link = `${host()}/storage/sql/${stored.id}/${nth}/${signature}`
    const byte_count = Buffer.byteLength(JSON.stringify(rowsOf(stored, nth)))
    const expiration = new Date(ends).toISOString()
    return { external_links: [{ external_link, expiration, byte_count, ...facts(stored, nth), ...next }] }
  }

  function fetchLink({ at, headers }: Call): RawAnswer {
    control.fetched += 1
    // As the storages do: a signed address is the only credential there may be.
    if (headers.authorization)
      throw new Refusal(400, { code: 'InvalidArgument', message: 'Only one auth mechanism allowed' })
    const stored = statements.get(at.id ?? '')
    if (!stored || (links.get(at.signature ?? '') ?? 0) <= now()) throw new Refusal(403, { code: 'AccessDenied' })
    return { raw: true, status: 200, headers: {}, body: JSON.stringify(rowsOf(stored, Number(at.nth))) }
  }

  function readChunk(call: Call): unknown {
    const stored = find(call)
    const nth = Number(call.at.nth)
    if (stored.state !== 'SUCCEEDED') throw invalid('The statement has no result.')
    if (nth > 0 && nth * control.rowsPerChunk >= stored.cells.length) throw invalid(`Chunk ${nth} is out of range.`)
    return chunk(stored, nth)
  }

  return {
    control,
    routes: [
      ...warehouses.routes,
      route(`POST ${ROOT}`, submit),
      route(`GET ${ROOT}/{id}`, (call) => describe(find(call))),
      route(`GET ${ROOT}/{id}/result/chunks/{nth}`, readChunk),
      route(`POST ${ROOT}/{id}/cancel`, (call) => {
        cancel(find(call))
        return {}
      }),
      route('GET /storage/sql/{id}/{nth}/{signature}', fetchLink, { open: true }),
    ],
    /** Stops what runs. */
    async close(): Promise<void> {
      for (const stored of statements.values()) stored.stop.abort()
      await Promise.all([...statements.values()].map(({ ended }) => ended))
    },
  }
}

function placeOf(args: Call['args']): SqlPlace | null {
  const [catalog, schema] = [text(args, 'catalog'), text(args, 'schema')]
  if (!catalog && !schema) return null
  return { ...(catalog ? { catalog } : {}), ...(schema ? { schema } : {}) }
}

function fail(stored: Stored, failure: WireFailure): void {
  stored.state = 'FAILED'
  stored.failure = failure
}

function tooLong(limit: number): WireFailure {
  const message = `Inline byte limit exceeded. Statements executed with disposition=INLINE can have a result size of at most ${limit} bytes. Please execute the statement with disposition=EXTERNAL_LINKS if you want to download the full result.`
  return { error: { error_code: 'BAD_REQUEST', message } }
}

function check(args: Call['args'], wait: string, disposition: string): void {
  if (!WAIT.test(wait)) throw invalid('wait_timeout must be 0s or between 5s and 50s.')
  if (!['INLINE', 'EXTERNAL_LINKS'].includes(disposition)) throw invalid(`Unknown disposition ${disposition}.`)
  const format = text(args, 'format') || 'JSON_ARRAY'
  if (format !== 'JSON_ARRAY') throw invalid(`The format ${format} is not supported here.`)
  for (const { name, type, value } of asList(args.parameters)) {
    if (typeof name !== 'string' || name === '') throw invalid('A parameter has no name.')
    if (type !== undefined && !PARAMETER_TYPE.test(String(type)))
      throw invalid(`Parameter ${name} has an unsupported type.`)
    if (value !== undefined && value !== null && typeof value !== 'string')
      throw invalid(`The value of ${name} is no text.`)
  }
}
