// Secrets of the local lakehouse, through Databricks' own client.
import { WorkspaceClient } from '@databricks/sdk-experimental'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DatabricksStandIn, startDatabricks } from '../../stand-ins/databricks.ts'

describe('secrets of the local lakehouse', () => {
  let standIn: DatabricksStandIn
  let owner: WorkspaceClient
  let other: WorkspaceClient

  beforeAll(async () => {
    standIn = await startDatabricks()
    const { host, token } = standIn
    owner = new WorkspaceClient({ host, token, authType: 'pat' })
    standIn.people.addUser({ userName: 'ana@example.com' })
    other = new WorkspaceClient({ host, token: standIn.people.addToken('ana@example.com'), authType: 'pat' })
    await owner.secrets.createScope({ scope: 'rag' })
  })
  afterAll(() => standIn?.close())

  const all = async <T>(rows: AsyncIterable<T>): Promise<T[]> => {
    const found: T[] = []
    for await (const row of rows) found.push(row)
    return found
  }

  it('keeps a value, gives it in base64, and lists its key alone', async () => {
    await owner.secrets.putSecret({ scope: 'rag', key: 'slack-token', string_value: 'xoxb-1' })
    await owner.secrets.putSecret({ scope: 'rag', key: 'binary', bytes_value: btoa('\x00\x01') })
    const { secrets } = owner
    expect(await secrets.getSecret({ scope: 'rag', key: 'slack-token' })).toEqual({
      key: 'slack-token',
      value: btoa('xoxb-1'),
    })
    expect(await all(secrets.listSecrets({ scope: 'rag' }))).toMatchObject([{ key: 'slack-token' }, { key: 'binary' }])
    await secrets.deleteSecret({ scope: 'rag', key: 'binary' })
    await expect(secrets.getSecret({ scope: 'rag', key: 'binary' })).rejects.toThrow('Secret does not exist')
  })

  it('refuses a scope that is there or is not, and what is over the limits', async () => {
    const { secrets } = owner
    await expect(secrets.createScope({ scope: 'rag' })).rejects.toMatchObject({ errorCode: 'RESOURCE_ALREADY_EXISTS' })
    const missing = secrets.putSecret({ scope: 'none', key: 'a', string_value: 'b' })
    await expect(missing).rejects.toMatchObject({ errorCode: 'RESOURCE_DOES_NOT_EXIST', statusCode: 404 })
    await expect(secrets.createScope({ scope: 'a'.repeat(129) })).rejects.toThrow('at most 128')
    const large = secrets.putSecret({ scope: 'rag', key: 'large', string_value: 'x'.repeat(128 * 1024 + 1) })
    await expect(large).rejects.toThrow('the limit is 131072')
    const both = secrets.putSecret({ scope: 'rag', key: 'both', string_value: 'x', bytes_value: 'eA==' })
    await expect(both).rejects.toThrow('exactly one')
  })

  it('lets nobody in without a permission, and only as far as it goes', async () => {
    const get = () => other.secrets.getSecret({ scope: 'rag', key: 'slack-token' })
    await expect(get()).rejects.toMatchObject({ errorCode: 'PERMISSION_DENIED', statusCode: 403 })
    await owner.secrets.putAcl({ scope: 'rag', principal: 'ana@example.com', permission: 'READ' })
    expect(await get()).toMatchObject({ value: btoa('xoxb-1') })
    await expect(other.secrets.putSecret({ scope: 'rag', key: 'a', string_value: 'b' })).rejects.toThrow(
      'WRITE permission',
    )
    expect(await all(owner.secrets.listAcls({ scope: 'rag' }))).toEqual([
      { principal: 'owner@example.com', permission: 'MANAGE' },
      { principal: 'ana@example.com', permission: 'READ' },
    ])
    expect(await owner.secrets.getAcl({ scope: 'rag', principal: 'ana@example.com' })).toMatchObject({
      permission: 'READ',
    })
    await owner.secrets.deleteAcl({ scope: 'rag', principal: 'ana@example.com' })
    await expect(get()).rejects.toThrow('READ permission')
    await owner.secrets.deleteScope({ scope: 'rag' })
    expect(await all(owner.secrets.listScopes())).toEqual([])
  })
})
