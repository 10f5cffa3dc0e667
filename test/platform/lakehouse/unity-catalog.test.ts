// Unity Catalog and sign-in of the local lakehouse, over embedded tables.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../../src/core/log.ts'
import { engineOf } from '../../../src/platform/lakehouse/sql-engine.ts'
import { createLocalSql, type LocalSql } from '../../../src/platform/local/sql/create-local-sql.ts'
import { startDatabricks } from '../../stand-ins/databricks.ts'
import { createScriptedEngine } from '../local/sql/scripted-engine.ts'
import { ask as askHost } from './ask-lakehouse.ts'

const UC = '/api/2.1/unity-catalog'
const TABLE = 'ml_catalog.rag_data.docs'

let folder: string
let sql: LocalSql
let standIn: Awaited<ReturnType<typeof startDatabricks>>
const ask = (request: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) =>
  askHost(standIn.host, request, body, { authorization: `Bearer ${standIn.token}`, ...headers })
const run = (statement: string) =>
  ask('POST /api/2.0/sql/statements', { warehouse_id: 'w', statement, wait_timeout: '30s' })

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uc-'))
  sql = createLocalSql({
    folder,
    engine: createScriptedEngine(),
    log: silentLog,
    rate: { concurrency: 1, perMinute: null },
  })
  standIn = await startDatabricks({ engine: engineOf(sql) })
  standIn.sql.warehouses.add('w', 'w')
  standIn.people.addUser({ userName: 'ana@example.com', groups: ['rag team'] })
  standIn.people.addUser({ userName: 'bob@example.com' })
  await run(`CREATE TABLE ${TABLE} (doc_id STRING, size BIGINT) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')`)
})
afterAll(async () => {
  await standIn?.close()
  await sql?.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('objects of Unity Catalog', () => {
  it('are the tables of the SQL engine, with their columns and properties', async () => {
    expect(await ask(`GET ${UC}/tables/${TABLE}`)).toMatchObject({
      status: 200,
      json: {
        ...{
          name: 'docs',
          catalog_name: 'ml_catalog',
          schema_name: 'rag_data',
          full_name: TABLE,
          table_type: 'MANAGED',
        },
        columns: [
          { name: 'doc_id', type_text: 'string', type_name: 'STRING', position: 0 },
          { name: 'size', type_text: 'bigint', type_name: 'LONG', position: 1 },
        ],
        properties: { 'delta.enableChangeDataFeed': 'true' },
      },
    })
    expect((await ask(`GET ${UC}/tables/${TABLE}/exists`)).json).toEqual({ table_exists: true })
    expect((await ask(`GET ${UC}/tables/${TABLE}x/exists`)).json).toEqual({ table_exists: false })
    expect(await ask(`GET ${UC}/tables/${TABLE}x`)).toMatchObject({
      status: 404,
      json: { error_code: 'RESOURCE_DOES_NOT_EXIST' },
    })
    const listed = await ask(`GET ${UC}/tables?catalog_name=ml_catalog&schema_name=rag_data`)
    expect(listed.json).toMatchObject({ tables: [{ full_name: TABLE }] })
  })

  it('are the catalogs and schemas that somebody made, or that something lies in', async () => {
    await run('CREATE SCHEMA IF NOT EXISTS ml_catalog.notes')
    expect((await ask(`GET ${UC}/catalogs`)).json).toMatchObject({
      catalogs: [{ name: 'ml_catalog' }, { name: 'workspace' }],
    })
    const schemas = await ask(`GET ${UC}/schemas?catalog_name=ml_catalog`)
    expect(schemas.json).toMatchObject({
      schemas: [{ full_name: 'ml_catalog.notes' }, { full_name: 'ml_catalog.rag_data' }],
    })
    expect(await ask(`DELETE ${UC}/schemas/ml_catalog.rag_data`)).toMatchObject({ status: 400 })
    expect(await ask(`GET ${UC}/schemas?catalog_name=nowhere`)).toMatchObject({ status: 404 })
  })

  it('have grants, given by statement or over the wire, and inherited from above', async () => {
    expect((await run(`GRANT USE SCHEMA, SELECT ON SCHEMA ml_catalog.rag_data TO \`rag team\``)).json).toMatchObject({
      status: { state: 'SUCCEEDED' },
    })
    await ask(`PATCH ${UC}/permissions/table/${TABLE}`, {
      changes: [{ principal: 'bob@example.com', add: ['MODIFY'] }],
    })
    expect((await ask(`GET ${UC}/effective-permissions/table/${TABLE}`)).json).toEqual({
      privilege_assignments: [
        {
          principal: 'rag team',
          privileges: ['SELECT', 'USE_SCHEMA'].map((privilege) => ({
            ...{ privilege, inherited_from_type: 'SCHEMA', inherited_from_name: 'ml_catalog.rag_data' },
          })),
        },
        { principal: 'bob@example.com', privileges: [{ privilege: 'MODIFY' }] },
      ],
    })
    await run(`REVOKE SELECT ON SCHEMA ml_catalog.rag_data FROM \`rag team\``)
    expect((await ask(`GET ${UC}/permissions/schema/ml_catalog.rag_data`)).json).toEqual({
      privilege_assignments: [{ principal: 'rag team', privileges: ['USE_SCHEMA'] }],
    })
  })

  it('refuse grants that cannot be, and change nothing then', async () => {
    const path = `PATCH ${UC}/permissions/table/${TABLE}`
    const both = [{ principal: 'ana@example.com', add: ['SELECT'], remove: ['SELECT'] }]
    expect(await ask(path, { changes: both })).toMatchObject({
      status: 400,
      json: { error_code: 'INVALID_PARAMETER_VALUE' },
    })
    const changes = [
      { principal: 'ana@example.com', add: ['SELECT'] },
      { principal: 'nobody@example.com', add: ['SELECT'] },
    ]
    expect(await ask(path, { changes })).toMatchObject({
      status: 404,
      json: { error_code: 'PRINCIPAL_DOES_NOT_EXIST' },
    })
    expect(JSON.stringify((await ask(`GET ${UC}/permissions/table/${TABLE}`)).json)).not.toContain('ana')
    const absent = await run('GRANT SELECT ON TABLE ml_catalog.rag_data.nothing TO `ana@example.com`')
    expect(absent).toMatchObject({
      status: 200,
      json: { status: { state: 'FAILED', error: { message: expect.stringContaining('does not exist') } } },
    })
  })
})

describe('sign-in', () => {
  it('tells at once what kind of host it is, without a token', async () => {
    const said = await fetch(`${standIn.host}/.well-known/databricks-config`)
    expect(await said.json()).toMatchObject({
      oidc_endpoint: `${standIn.host}/oidc`,
      host_type: 'workspace',
      workspace_id: '900800700600',
    })
  })

  it('gives access tokens that end, and takes them back', async () => {
    const made = await ask('POST /api/2.0/token/create', { comment: 'ci', lifetime_seconds: 0 })
    const ended = await ask('GET /api/2.0/preview/scim/v2/Me', undefined, {
      authorization: `Bearer ${made.json.token_value}`,
    })
    expect(ended).toMatchObject({ status: 401, json: { error_code: 'UNAUTHENTICATED' } })
  })

  it('finds people by the operators of SCIM, page by page, with the attributes that were asked for', async () => {
    const users = '/api/2.0/preview/scim/v2/Users'
    const find = async (filter: string, more = '') =>
      (await ask(`GET ${users}?filter=${encodeURIComponent(filter)}${more}`)).json
    expect(await find('userName co "example" and userName ne "bob@example.com"', '&attributes=userName')).toMatchObject(
      {
        totalResults: 2,
        Resources: [{ userName: 'owner@example.com' }, { userName: 'ana@example.com' }],
      },
    )
    expect(await find('userName co "example"', '&startIndex=3&count=5')).toMatchObject({
      totalResults: 3,
      itemsPerPage: 1,
      startIndex: 3,
    })
    const { Resources = [] } = await find('userName eq "ana@example.com"', '&attributes=userName')
    expect(Object.keys(Array.isArray(Resources) ? Resources[0] : {}).sort()).toEqual(['id', 'schemas', 'userName'])
    expect(await ask(`GET ${users}?filter=${encodeURIComponent('nothing gt 3')}`)).toMatchObject({
      status: 400,
      json: { scimType: 'invalidFilter' },
    })
  })

  it('switches somebody off', async () => {
    const { json } = await ask('POST /api/2.0/preview/scim/v2/Users', { userName: 'eva@example.com' })
    const path = `/api/2.0/preview/scim/v2/Users/${json.id}`
    await ask(`PATCH ${path}`, { Operations: [{ op: 'replace', path: 'active', value: false }] })
    expect((await ask(`GET ${path}`)).json).toMatchObject({ userName: 'eva@example.com', active: false })
  })
})
