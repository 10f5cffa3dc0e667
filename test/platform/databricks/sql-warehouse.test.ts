// The warehouse behind the SQL driver of Databricks: asleep, starting, too slow, gone.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { codeOf, sentenceOf } from '../contract-basics.ts'
import { never, type OpenSql, openSql, rowsOf, WAREHOUSE } from './sql-under-test.ts'

describe('a SQL warehouse', () => {
  let open: OpenSql
  beforeEach(async () => {
    open = await openSql(undefined, { startMs: 20_000 })
  })
  afterEach(() => open?.close())
  const run = (signal = never()) => open.sql.run({ text: 'SELECT 1' }, signal)
  const { id } = WAREHOUSE

  it('is started where it sleeps and waited for, and its name is known then', async () => {
    const { warehouses } = open.standIn.sql
    warehouses.set(id, 'STOPPED')
    warehouses.startLooks = 4
    expect(await rowsOf(await run())).toEqual([[1]])
    expect(warehouses.starts).toBe(1)
    expect(open.sql.name).toBe('Support warehouse')
  })

  it('is started after it has stopped, where it was just stopping', async () => {
    open.standIn.sql.warehouses.set(id, 'STOPPING')
    await run()
    expect(open.standIn.sql.warehouses.starts).toBe(1)
  })

  it('is not looked at before every statement', async () => {
    await run()
    await run()
    expect(open.standIn.asked.filter(({ path }) => path.includes('/warehouses/')).length).toBe(1)
  })

  it('that takes too long is told by name and state', async () => {
    await open.close()
    open = await openSql(undefined, { startMs: 300 })
    // More looks than there is time for.
    open.standIn.sql.warehouses.set(id, 'STOPPED')
    open.standIn.sql.warehouses.startLooks = 10_000
    const waiting = run()
    expect(await codeOf(waiting)).toBe('SQL_BUSY')
    expect(await sentenceOf(waiting)).toMatch(
      /Support warehouse is not running after 300 ms \(state (STOPPED|STARTING)\)/,
    )
    expect(open.standIn.sql.submitted).toEqual([])
  })

  it('that fails to start is told at once, with its reason', async () => {
    open.standIn.sql.warehouses.set(id, 'STOPPED')
    open.standIn.sql.warehouses.startsAs = 'STOPPED'
    expect(await sentenceOf(run())).toMatch(/Support warehouse did not start.*No capacity in the region/)
  })

  it('that was deleted, or never was, is told', async () => {
    open.standIn.sql.warehouses.set(id, 'DELETED')
    expect(await sentenceOf(run())).toMatch(/Support warehouse is no more \(state DELETED\)/)
    await open.close()
    open = await openSql(undefined, { warehouseId: 'unknown' })
    expect(await sentenceOf(run())).toContain('warehouse unknown')
  })

  it('is not waited for any longer after an abort', async () => {
    open.standIn.sql.warehouses.set(id, 'STOPPED')
    open.standIn.sql.warehouses.startLooks = 10_000
    const stop = new AbortController()
    const waiting = run(stop.signal)
    setTimeout(() => stop.abort(new Error('enough')), 20)
    await expect(waiting).rejects.toThrow('enough')
    expect(open.standIn.sql.submitted).toEqual([])
  })
})
