// What somebody without rights cannot do to the local lakehouse: take files, give himself privileges, or become an administrator.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startDatabricks } from '../../stand-ins/databricks.ts'
import { ask as askHost } from './ask-lakehouse.ts'

const DBFS = '/api/2.0/dbfs'
const UC = '/api/2.1/unity-catalog'
const SCIM = '/api/2.0/preview/scim/v2'
const VOLUME = '/Volumes/ml/s/private'

let standIn: Awaited<ReturnType<typeof startDatabricks>>
const as = (token: string) => (request: string, body?: unknown) =>
  askHost(standIn.host, request, body, { authorization: `Bearer ${token}` })
let [admin, ana, eve] = [as(''), as(''), as('')]
const put = (path: string, contents: string) => ({ path, contents: btoa(contents) })

beforeAll(async () => {
  standIn = await startDatabricks()
  admin = as(standIn.token)
  for (const userName of ['ana@example.com', 'eve@example.com']) standIn.people.addUser({ userName, groups: ['users'] })
  ana = as(standIn.people.addToken('ana@example.com'))
  eve = as(standIn.people.addToken('eve@example.com'))
})
afterAll(() => standIn?.close())

describe('a move of files', () => {
  it('of a directory into itself is refused, and nothing is lost', async () => {
    await ana(`POST ${DBFS}/put`, put('/d/f.txt', 'x'))
    for (const destination_path of ['/d/sub', '/d/sub/deeper', '/d']) {
      const moved = await ana(`POST ${DBFS}/move`, { source_path: '/d', destination_path })
      expect(moved.status, destination_path).toBe(400)
    }
    expect((await ana(`GET ${DBFS}/read?path=/d/f.txt`)).json).toMatchObject({ data: btoa('x') })
    expect((await ana(`POST ${DBFS}/move`, { source_path: '/d', destination_path: '/dd' })).status).toBe(200)
    expect((await ana(`GET ${DBFS}/read?path=/dd/f.txt`)).json).toMatchObject({ data: btoa('x') })
  })

  it('to a place below a file is refused', async () => {
    await ana(`POST ${DBFS}/put`, put('/file', 'x'))
    expect((await ana(`POST ${DBFS}/put`, put('/file/below', 'y'))).status).toBe(400)
    await ana(`POST ${DBFS}/put`, put('/other', 'y'))
    const below = { source_path: '/other', destination_path: '/file/below' }
    expect((await ana(`POST ${DBFS}/move`, below)).status).toBe(400)
    expect((await ana(`POST ${DBFS}/mkdirs`, { path: '/file/below' })).status).toBe(400)
  })
})

describe('volumes below a directory', () => {
  beforeEach(async () => {
    expect((await ana(`POST ${DBFS}/put`, { ...put(`${VOLUME}/a.txt`, 'mine'), overwrite: true })).status).toBe(200)
  })
  const isThere = async () =>
    expect((await ana(`GET ${DBFS}/read?path=${VOLUME}/a.txt`)).json).toMatchObject({ data: btoa('mine') })

  it.each(['/Volumes', '/Volumes/ml', '/Volumes/ml/s', VOLUME])('%s cannot be moved away or deleted', async (path) => {
    const moved = await eve(`POST ${DBFS}/move`, { source_path: path, destination_path: '/stolen' })
    expect([400, 403]).toContain(moved.status)
    const deleted = await eve(`POST ${DBFS}/delete`, { path, recursive: true })
    expect([400, 403]).toContain(deleted.status)
    expect((await eve(`GET ${DBFS}/get-status?path=/stolen`)).status).toBe(404)
    await isThere()
  })

  it('are not told to whoever may not read them', async () => {
    expect((await eve(`GET ${DBFS}/list?path=/Volumes/ml/s`)).json).toEqual({ files: [] })
    expect((await ana(`GET ${DBFS}/list?path=/Volumes/ml/s`)).json).toMatchObject({ files: [{ path: VOLUME }] })
  })

  it('are taken by who has the privileges, not by who only reads', async () => {
    await admin(`PATCH ${UC}/permissions/volume/ml.s.private`, {
      changes: [{ principal: 'eve@example.com', add: ['READ_VOLUME'] }],
    })
    const steal = { source_path: '/Volumes/ml/s', destination_path: '/stolen' }
    expect((await eve(`POST ${DBFS}/move`, steal)).status).toBe(403)
    await admin(`PATCH ${UC}/permissions/volume/ml.s.private`, {
      changes: [{ principal: 'eve@example.com', remove: ['READ_VOLUME'] }],
    })
    expect((await admin(`POST ${DBFS}/delete`, { path: '/Volumes/ml', recursive: true })).status).toBe(200)
  })

  it('are read by jobs of whoever may read them alone', async () => {
    const tasks = [{ task_key: 'a', sql_task: { warehouse_id: 'w', file: { path: `${VOLUME}/a.txt` } } }]
    const run = async (by: typeof ana) => {
      const { run_id } = (await by('POST /api/2.2/jobs/runs/submit', { tasks })).json
      const look = async () => JSON.stringify((await by(`GET /api/2.2/jobs/runs/get?run_id=${run_id}`)).json)
      await expect.poll(look).toContain('TERMINATED')
      return look()
    }
    expect(await run(eve)).toContain('does not have READ VOLUME')
    expect(await run(ana)).toContain('SUCCESS')
  })

  it('hold every file: none lies above them', async () => {
    expect((await eve(`POST ${DBFS}/put`, put('/Volumes/ml/s', 'x'))).status).toBe(403)
    expect((await admin(`POST ${DBFS}/put`, put('/Volumes/ml/s', 'x'))).status).toBe(400)
    expect((await eve(`POST ${DBFS}/put`, put('/Volumes/ml/new', 'x'))).status).toBe(400)
    expect((await eve(`GET ${UC}/volumes/ml`)).status).toBe(404)
  })
})

it('streams of DBFS belong to who opened them, and their handles are no row of numbers', async () => {
  const handles = await Promise.all(
    ['/a', '/b'].map(async (path) => Number((await ana(`POST ${DBFS}/create`, { path })).json.handle)),
  )
  const [handle = 0, other = 0] = handles
  expect(Math.abs(handle - other)).toBeGreaterThan(1000)
  expect((await eve(`POST ${DBFS}/add-block`, { handle, data: btoa('evil') })).status).toBe(404)
  expect((await eve(`POST ${DBFS}/close`, { handle })).status).toBe(404)
  expect((await ana(`POST ${DBFS}/add-block`, { handle, data: btoa('good') })).status).toBe(200)
  expect((await ana(`POST ${DBFS}/close`, { handle })).status).toBe(200)
  expect((await ana(`GET ${DBFS}/read?path=/a`)).json).toMatchObject({ data: btoa('good') })
})

describe('privileges', () => {
  const denied = { status: 403, json: { error_code: 'PERMISSION_DENIED', message: expect.any(String) } }
  const give = (...add: string[]) => ({ changes: [{ principal: 'eve@example.com', add }] })
  beforeAll(() => {
    standIn.models.addVersion('ml.rag.docs')
    standIn.sql.warehouses.add('w', 'w')
  })

  it('are changed by administrators, owners and whoever has MANAGE alone', async () => {
    for (const what of ['function/ml.rag.docs', 'schema/ml.rag', 'catalog/ml'])
      expect(await eve(`PATCH ${UC}/permissions/${what}`, give('ALL_PRIVILEGES')), what).toMatchObject(denied)
    expect((await admin(`GET ${UC}/permissions/catalog/ml`)).json).toEqual({ privilege_assignments: [] })
    await admin(`PATCH ${UC}/permissions/schema/ml.rag`, {
      changes: [{ principal: 'ana@example.com', add: ['MANAGE'] }],
    })
    expect((await ana(`PATCH ${UC}/permissions/function/ml.rag.docs`, give('EXECUTE'))).status).toBe(200)
    expect(await ana(`PATCH ${UC}/permissions/catalog/ml`, give('EXECUTE'))).toMatchObject(denied)
    expect(await eve(`PATCH ${UC}/permissions/function/ml.rag.docs`, give('MANAGE'))).toMatchObject(denied)
    await ana(`POST ${UC}/schemas`, { catalog_name: 'workspace', name: 'own' })
    expect((await ana(`PATCH ${UC}/permissions/schema/workspace.own`, give('USE_SCHEMA'))).status).toBe(200)
  })

  it('are not given by a statement either, save by who may', async () => {
    const statement = 'GRANT MANAGE ON CATALOG ml TO `eve@example.com`'
    const asked = { warehouse_id: 'w', statement, wait_timeout: '30s' }
    const status = { state: 'FAILED', error: { message: expect.stringContaining('does not have MANAGE') } }
    expect((await eve('POST /api/2.0/sql/statements', asked)).json).toMatchObject({ status })
    const own = ['CREATE SCHEMA ml.of_eve', 'GRANT USE SCHEMA ON SCHEMA ml.of_eve TO `ana@example.com`']
    for (const one of own)
      expect((await eve('POST /api/2.0/sql/statements', { ...asked, statement: one })).json).toMatchObject({
        status: { state: 'SUCCEEDED' },
      })
  })

  it('are not won by taking over what they hang on', async () => {
    expect((await eve(`POST ${UC}/catalogs`, { name: 'ml' })).status).toBe(409)
    expect((await eve(`POST ${UC}/schemas`, { catalog_name: 'ml', name: 'rag' })).status).toBe(409)
    for (const what of ['catalogs/ml', 'schemas/ml.rag', 'models/ml.rag.docs'])
      expect(await eve(`PATCH ${UC}/${what}`, { owner: 'eve@example.com' }), what).toMatchObject(denied)
    expect(await eve(`DELETE ${UC}/schemas/workspace.own`)).toMatchObject(denied)
    expect(await eve(`DELETE ${UC}/models/ml.rag.docs`)).toMatchObject(denied)
  })
})

it('tokens end with their user, and rest while he is switched off', async () => {
  const { id } = (await admin(`POST ${SCIM}/Users`, { userName: 'gone@example.com' })).json
  const gone = as(standIn.people.addToken('gone@example.com'))
  const active = (value: boolean) =>
    admin(`PATCH ${SCIM}/Users/${id}`, { Operations: [{ op: 'replace', path: 'active', value }] })
  expect((await gone(`GET ${SCIM}/Me`)).status).toBe(200)
  await active(false)
  expect(await gone(`GET ${SCIM}/Me`)).toMatchObject({ status: 403, json: { error_code: 'PERMISSION_DENIED' } })
  await active(true)
  expect((await gone(`GET ${SCIM}/Me`)).status).toBe(200)
  await admin(`DELETE ${SCIM}/Users/${id}`)
  await admin(`POST ${SCIM}/Users`, { userName: 'gone@example.com' })
  expect((await gone(`GET ${SCIM}/Me`)).status).toBe(403)
})

describe('people and groups', () => {
  const denied = { status: 403, json: { status: '403', detail: expect.any(String) } }

  it('are changed by administrators alone', async () => {
    const { id } = (await eve(`GET ${SCIM}/Me`)).json
    const groups = [{ display: 'admins' }]
    const operations = { Operations: [{ op: 'add', path: 'groups', value: groups }] }
    expect(await eve(`PATCH ${SCIM}/Users/${id}`, operations)).toMatchObject(denied)
    expect(await eve(`PUT ${SCIM}/Users/${id}`, { userName: 'eve@example.com', groups })).toMatchObject(denied)
    expect(await eve(`POST ${SCIM}/Users`, { userName: 'eve2@example.com', groups })).toMatchObject(denied)
    expect(await eve(`DELETE ${SCIM}/Users/${id}`)).toMatchObject(denied)
    const members = [{ value: String(id) }]
    expect(await eve(`POST ${SCIM}/Groups`, { displayName: 'mine', members })).toMatchObject(denied)
    expect((await eve(`GET ${SCIM}/Me`)).json).toMatchObject({ groups: [{ display: 'users' }] })
    expect((await admin(`POST ${SCIM}/Groups`, { displayName: 'mine', members })).status).toBe(200)
  })
})
