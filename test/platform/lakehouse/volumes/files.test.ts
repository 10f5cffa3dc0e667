// Files of volumes, DBFS and the workspace over the wire: by Databricks' own client where it can, by plain requests elsewhere.
import { ApiError, WorkspaceClient } from '@databricks/sdk-experimental'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DatabricksStandIn, startDatabricks } from '../../../stand-ins/databricks.ts'

const VOLUME = '/Volumes/ml/rag/code'

describe('files of the local lakehouse', () => {
  let standIn: DatabricksStandIn
  let client: WorkspaceClient

  beforeAll(async () => {
    standIn = await startDatabricks()
    client = new WorkspaceClient({ host: standIn.host, token: standIn.token, authType: 'pat' })
  })
  afterAll(() => standIn?.close())

  const ask = (method: string, path: string, body?: string, headers: Record<string, string> = {}) =>
    fetch(`${standIn.host}/api/2.0/fs${path}`, {
      method,
      headers: { authorization: `Bearer ${standIn.token}`, ...headers },
      ...(body === undefined ? {} : { body }),
    })

  it('keeps what is put, gives it back whole and in part, and forgets it', async () => {
    const path = `/files${VOLUME}/deep/chunk%20all.py`
    expect((await ask('PUT', path, 'print(1)')).status).toBe(204)
    expect(await (await ask('GET', path)).text()).toBe('print(1)')
    const part = await ask('GET', path, undefined, { range: 'bytes=6-' })
    expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([206, '1)', 'bytes 6-7/8'])
    expect(await (await ask('GET', path, undefined, { range: 'bytes=-3' })).text()).toBe('(1)')
    expect((await ask('GET', path, undefined, { range: 'bytes=8-' })).status).toBe(416)
    const head = await ask('HEAD', path)
    expect([head.status, head.headers.get('content-length'), head.headers.get('content-type')]).toEqual([
      ...[200, '8', 'application/octet-stream'],
    ])
    expect(Date.parse(head.headers.get('last-modified') ?? '')).toBeGreaterThan(Date.now() - 60_000)
    const early = new Date(Date.now() - 3_600_000).toUTCString()
    expect((await ask('GET', path, undefined, { 'if-unmodified-since': early })).status).toBe(412)
    expect((await ask('DELETE', path)).status).toBe(204)
    const gone = await ask('GET', path)
    expect([gone.status, await gone.json()]).toMatchObject([404, { error_code: 'NOT_FOUND' }])
    expect((await ask('HEAD', path)).status).toBe(404)
  })

  it('takes a body of JSON as bytes, and doubled slashes', async () => {
    const headers = { 'content-type': 'application/json' }
    expect((await ask('PUT', `/files//${VOLUME}/rows.jsonl`, '{"a":1}\n{"a":2}\n', headers)).status).toBe(204)
    expect(await (await ask('GET', `/files${VOLUME}/rows.jsonl`)).text()).toBe('{"a":1}\n{"a":2}\n')
  })

  it('overwrites unless it is told not to', async () => {
    const path = `/files${VOLUME}/once.txt`
    expect((await ask('PUT', `${path}?overwrite=false`, 'first')).status).toBe(204)
    const second = await ask('PUT', `${path}?overwrite=false`, 'second')
    expect([second.status, await second.json()]).toMatchObject([409, { error_code: 'ALREADY_EXISTS' }])
    expect(await (await ask('GET', path)).text()).toBe('first')
    expect((await ask('PUT', path, 'third')).status).toBe(204)
    expect((await ask('PUT', `${path}/below`, 'x')).status).toBe(409)
    expect((await ask('PUT', `/directories${path.slice('/files'.length)}`)).status).toBe(409)
  })

  it('refuses a path that climbs, and one outside of a volume', async () => {
    for (const path of ['/files/Volumes/ml/rag/code/..%2f..%2fx', '/files/Volumes/ml/rag/x', '/files/etc/a/b/c/d']) {
      const refused = await ask('PUT', path, 'x')
      expect([path, refused.status]).toEqual([path, 400])
    }
  })

  it('makes, lists by pages, and removes directories through the official client', async () => {
    const { files } = client
    await files.createDirectory({ directory_path: `${VOLUME}/shards/empty` })
    await files.getDirectoryMetadata({ directory_path: `${VOLUME}/shards/empty` })
    for (const name of ['a', 'b', 'c']) await ask('PUT', `/files${VOLUME}/shards/${name}.mds`, name)
    const seen: unknown[] = []
    for await (const one of files.listDirectoryContents({ directory_path: `${VOLUME}/shards`, page_size: 2 }))
      seen.push([one.name, one.is_directory, one.file_size])
    expect(seen).toEqual([
      ['a.mds', false, 1],
      ['b.mds', false, 1],
      ['c.mds', false, 1],
      ['empty', true, undefined],
    ])
    await expect(files.deleteDirectory({ directory_path: `${VOLUME}/shards` })).rejects.toThrow('not empty')
    await files.deleteDirectory({ directory_path: `${VOLUME}/shards/empty` })
    const error = await files.getDirectoryMetadata({ directory_path: `${VOLUME}/shards/empty` }).catch((one) => one)
    expect((await ask('HEAD', `/directories${VOLUME}/shards/empty`)).status).toBe(404)
    expect(error).toBeInstanceOf(Error)
  })

  it('opens an upload in parts, and refuses the addresses of the parts, so that clients send the file at once', async () => {
    const open = await ask('POST', `/files${VOLUME}/big.bin?action=initiate-upload`)
    expect(await open.json()).toMatchObject({ multipart_upload: { session_token: expect.any(String) } })
    const parts = await ask('POST', '/create-upload-part-urls', '{}', { 'content-type': 'application/json' })
    expect(parts.status).toBe(403)
    expect(await parts.json()).toMatchObject({ details: [{ reason: 'FILES_API_API_IS_NOT_ENABLED' }] })
    const abort = await ask('POST', '/create-abort-upload-url', '{"session_token":"a"}', {
      'content-type': 'application/json',
    })
    const { url } = (await abort.json()).abort_upload_url
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(200)
  })

  it('keeps files of DBFS in blocks, moves and deletes them', async () => {
    const { dbfs } = client
    const { handle } = await dbfs.create({ path: '/user/data/train.jsonl' })
    for (const block of ['one ', 'two']) await dbfs.addBlock({ handle: Number(handle), data: btoa(block) })
    await dbfs.close({ handle: Number(handle) })
    expect(await dbfs.read({ path: '/user/data/train.jsonl', offset: 4, length: 100 })).toEqual({
      bytes_read: 3,
      data: btoa('two'),
    })
    await expect(dbfs.put({ path: '/user/data/train.jsonl', contents: btoa('x') })).rejects.toThrow('already exists')
    await dbfs.move({ source_path: '/user/data', destination_path: '/user/old' })
    expect(await dbfs.getStatus({ path: '/user/old/train.jsonl' })).toMatchObject({ is_dir: false, file_size: 7 })
    await expect(dbfs.delete({ path: '/user/old' })).rejects.toThrow('not empty')
    await dbfs.delete({ path: '/user/old', recursive: true })
    await expect(dbfs.getStatus({ path: '/user/old/train.jsonl' })).rejects.toThrow('No file or directory exists')
    const large = btoa('x'.repeat(1024 * 1024 + 1))
    const refused = await dbfs.put({ path: '/large', contents: large }).catch((error) => error)
    expect(refused).toBeInstanceOf(ApiError)
    expect(refused).toMatchObject({ errorCode: 'MAX_BLOCK_SIZE_EXCEEDED' })
  })

  it('imports and exports a file of the workspace', async () => {
    const path = '/Workspace/Users/ana@example.com/train.sh'
    await client.workspace.import({ path, content: btoa('echo 1'), format: 'AUTO' })
    expect(await client.workspace.export({ path })).toMatchObject({ content: btoa('echo 1') })
    expect(await client.workspace.getStatus({ path })).toMatchObject({ object_type: 'FILE', size: 6 })
    await expect(client.workspace.import({ path, content: '' })).rejects.toThrow('already exists')
    await client.workspace.delete({ path })
    await expect(client.workspace.getStatus({ path })).rejects.toThrow("doesn't exist")
    const form = new FormData()
    form.set('path', path)
    form.set('content', new Blob(['echo 2']))
    const headers = { authorization: `Bearer ${standIn.token}` }
    await fetch(`${standIn.host}/api/2.0/workspace/import`, { method: 'POST', headers, body: form })
    const raw = await fetch(`${standIn.host}/api/2.0/workspace/export?path=${path}&direct_download=true`, { headers })
    expect(await raw.text()).toBe('echo 2')
  })

  it('lets nobody but the owner in without a privilege on the volume or above', async () => {
    const { people, token } = standIn
    await ask('PUT', '/files/Volumes/ml/secret/own/a.txt', 'a')
    people.addUser({ userName: 'bob@example.com', groups: ['analysts'] })
    const headers = { authorization: `Bearer ${people.addToken('bob@example.com')}` }
    const asBob = (method: string) => ask(method, '/files/Volumes/ml/secret/own/a.txt', undefined, headers)
    const refused = await asBob('GET')
    expect([refused.status, await refused.json()]).toEqual([
      403,
      { error_code: 'PERMISSION_DENIED', message: "User does not have READ VOLUME on Volume 'ml.secret.own'." },
    ])
    const bob = new WorkspaceClient({ host: standIn.host, token: people.addToken('bob@example.com'), authType: 'pat' })
    const path = '/Volumes/ml/secret/own/a.txt'
    await expect(bob.dbfs.read({ path })).rejects.toMatchObject({ errorCode: 'PERMISSION_DENIED' })
    const grant = { changes: [{ principal: 'analysts', add: ['READ VOLUME'] }] }
    const patched = await fetch(`${standIn.host}/api/2.1/unity-catalog/permissions/schema/ml.secret`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(grant),
    })
    expect(patched.status).toBe(200)
    expect(await (await asBob('GET')).text()).toBe('a')
    expect((await asBob('DELETE')).status).toBe(403)
    expect(await bob.dbfs.read({ path })).toMatchObject({ data: btoa('a') })
    await expect(bob.dbfs.delete({ path })).rejects.toThrow('WRITE VOLUME')
  })
})
