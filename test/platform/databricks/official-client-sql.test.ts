// SQL of the stand-in of a Databricks workspace, driven by Databricks' own client.
import { Time, TimeUnits, WorkspaceClient } from '@databricks/sdk-experimental'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cannedEngine } from '../../../src/platform/lakehouse/sql-engine.ts'
import { type DatabricksStandIn, startDatabricks } from '../../stand-ins/databricks.ts'

const WAREHOUSE = 'a1b2c3'
const ENDLESS = 'SELECT count(*) FROM endless'
const COLUMNS = [
  { name: 'id', type: 'BIGINT' },
  { name: 'label', type: 'STRING' },
]
const ROWS = [
  [1, 'billing'],
  [2, null],
  [3, 'other'],
]
const CELLS = [
  ['1', 'billing'],
  ['2', null],
  ['3', 'other'],
]

const rows = cannedEngine(COLUMNS, ROWS)
const untilStopped = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })

describe("Databricks' own client, asking SQL", () => {
  let standIn: DatabricksStandIn
  let client: WorkspaceClient

  beforeAll(async () => {
    standIn = await startDatabricks({
      engine: { run: (asked) => (asked.text === ENDLESS ? untilStopped(asked.signal) : rows.run(asked)) },
    })
    standIn.sql.warehouses.add(WAREHOUSE, 'Support warehouse', 'STOPPED')
    client = new WorkspaceClient({ host: standIn.host, token: standIn.token, authType: 'pat' })
  })
  afterAll(() => standIn?.close())

  it('finds a warehouse, starts it and waits for it', async () => {
    const names: unknown[] = []
    for await (const { name, state } of client.warehouses.list({})) names.push([name, state])
    expect(names).toEqual([['Support warehouse', 'STOPPED']])
    const starting = await client.warehouses.start({ id: WAREHOUSE })
    const running = await starting.wait({ timeout: new Time(30, TimeUnits.seconds) })
    expect(running).toMatchObject({ state: 'RUNNING', warehouse_type: 'PRO' })
  })

  it('waits for a statement, and reads its rows chunk by chunk', async () => {
    standIn.sql.rowsPerChunk = 2
    const statement = 'SELECT id, label FROM t WHERE id > :id'
    const asked = { warehouse_id: WAREHOUSE, statement, parameters: [{ name: 'id', value: '0', type: 'BIGINT' }] }
    const ended = await client.statementExecution.executeStatement({ ...asked, wait_timeout: '10s' })
    expect(ended).toMatchObject({
      status: { state: 'SUCCEEDED' },
      manifest: { total_row_count: 3, total_chunk_count: 2 },
    })
    expect(ended.manifest?.schema?.columns).toMatchObject([
      { name: 'id', type_name: 'LONG', type_text: 'BIGINT', position: 0 },
      { name: 'label', type_name: 'STRING', type_text: 'STRING', position: 1 },
    ])
    const next = { statement_id: ended.statement_id ?? '', chunk_index: ended.result?.next_chunk_index ?? 0 }
    const chunk = await client.statementExecution.getStatementResultChunkN(next)
    expect([...(ended.result?.data_array ?? []), ...(chunk.data_array ?? [])]).toEqual(CELLS)
    expect(chunk.next_chunk_index).toBeUndefined()
  })

  it('polls one that is not waited for, and reads what is behind its links', async () => {
    standIn.sql.rowsPerChunk = 1_000
    const asked = { warehouse_id: WAREHOUSE, statement: 'SELECT 1', wait_timeout: '0s' }
    const begun = await client.statementExecution.executeStatement({ ...asked, disposition: 'EXTERNAL_LINKS' })
    expect(begun.status?.state).toBe('PENDING')
    expect(begun.manifest).toBeUndefined()
    const statement_id = begun.statement_id ?? ''
    const states: unknown[] = []
    let seen = begun
    while (seen.status?.state !== 'SUCCEEDED') {
      seen = await client.statementExecution.getStatement({ statement_id })
      states.push(seen.status?.state)
    }
    expect(states).toEqual(['RUNNING', 'SUCCEEDED'])
    const [link] = seen.result?.external_links ?? []
    expect(Date.parse(link?.expiration ?? '')).toBeGreaterThan(Date.now())
    expect(await (await fetch(link?.external_link ?? '')).json()).toEqual(CELLS)
    const headers = { authorization: `Bearer ${standIn.token}` }
    expect((await fetch(link?.external_link ?? '', { headers })).status).toBe(400)
  })

  it('gets a failure as a success of HTTP, and a refusal for a warehouse that is not there', async () => {
    const message = '[TABLE_OR_VIEW_NOT_FOUND] The table or view `t` cannot be found.'
    standIn.sql.failure = { sql_state: '42P01', error: { error_code: 'BAD_REQUEST', message } }
    const asked = { warehouse_id: WAREHOUSE, statement: 'SELECT * FROM t' }
    const failed = await client.statementExecution.executeStatement({ ...asked, wait_timeout: '5s' })
    expect(failed.status).toMatchObject({ state: 'FAILED', error: { error_code: 'BAD_REQUEST', message } })
    const nowhere = client.statementExecution.executeStatement({ ...asked, warehouse_id: 'absent' })
    await expect(nowhere).rejects.toMatchObject({ errorCode: 'INVALID_PARAMETER_VALUE', statusCode: 400 })
    await expect(client.warehouses.get({ id: 'absent' })).rejects.toMatchObject({ statusCode: 404 })
    await expect(client.statementExecution.getStatement({ statement_id: 'absent' })).rejects.toMatchObject({
      statusCode: 404,
    })
  })

  it('cancels', async () => {
    const asked = { warehouse_id: WAREHOUSE, statement: ENDLESS, wait_timeout: '0s' }
    const { statement_id = '' } = await client.statementExecution.executeStatement(asked)
    await client.statementExecution.cancelExecution({ statement_id })
    const { status } = await client.statementExecution.getStatement({ statement_id })
    expect(status?.state).toBe('CANCELED')
  })
})
