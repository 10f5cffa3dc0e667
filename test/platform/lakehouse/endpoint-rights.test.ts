// Who may ask and change serving endpoints of the local lakehouse.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDatabricks } from '../../stand-ins/databricks.ts'
import { ask as askHost } from './ask-lakehouse.ts'

const ROOT = '/api/2.0/serving-endpoints'
const entities = { served_entities: [{ entity_name: 'ml.rag.docs', entity_version: '1' }] }

let standIn: Awaited<ReturnType<typeof startDatabricks>>
const as = (token: string) => (request: string, body?: unknown) =>
  askHost(standIn.host, request, body, { authorization: `Bearer ${token}` })
beforeAll(async () => {
  standIn = await startDatabricks()
  standIn.models.addVersion('ml.rag.docs')
  await as(standIn.token)(`POST ${ROOT}`, { name: 'docs', config: entities })
  await as(standIn.token)(`GET ${ROOT}/docs`)
})
afterAll(() => standIn?.close())

it('are its maker, admins, and whoever was given the right, alone or in a group', async () => {
  standIn.people.addUser({ userName: 'ana@example.com', groups: ['rag team'] })
  standIn.people.addUser({ userName: 'root@example.com', groups: ['admins'] })
  const ana = as(standIn.people.addToken('ana@example.com'))
  const question = () => ana('POST /serving-endpoints/docs/invocations', { inputs: ['why?'] })
  expect(await question()).toMatchObject({
    ...{
      status: 403,
      json: {
        error_code: 'PERMISSION_DENIED',
        message: expect.stringContaining('CAN_QUERY permission on serving endpoint docs'),
      },
    },
  })
  const { json } = await as(standIn.token)(`GET ${ROOT}/docs`)
  const path = `PATCH /api/2.0/permissions/serving-endpoints/${json.id}`
  const rights = { access_control_list: [{ group_name: 'rag team', permission_level: 'CAN_QUERY' }] }
  expect((await ana(path, rights)).status).toBe(403)
  expect((await as(standIn.people.addToken('root@example.com'))(path, rights)).status).toBe(200)
  expect(await question()).toMatchObject({
    status: 200,
    json: { predictions: [{ version: '1', record: { input: 'why?' } }] },
  })
  expect((await ana(`PUT ${ROOT}/docs/config`, entities)).status).toBe(403)
  expect((await ana(`DELETE ${ROOT}/docs`)).status).toBe(403)
  expect((await as(standIn.token)(`PUT ${ROOT}/docs/config`, entities)).status).toBe(200)
})
