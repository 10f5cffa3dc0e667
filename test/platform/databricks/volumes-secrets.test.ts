// Files of volumes and secrets, by our drivers against the local lakehouse over HTTP.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectWorkspace, type Workspace } from '../../../src/platform/databricks/connect-workspace.ts'
import {
  createDatabricksSecrets,
  readReference,
  resolveSecrets,
} from '../../../src/platform/databricks/create-databricks-secrets.ts'
import { createDatabricksVolumes } from '../../../src/platform/databricks/create-databricks-volumes.ts'
import type { Volumes } from '../../../src/platform/ports/volumes.ts'
import { type DatabricksStandIn, startDatabricks } from '../../stand-ins/databricks.ts'
import { codeOf } from '../contract-basics.ts'

const VOLUME = '/Volumes/ml/rag/code'
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (body: Uint8Array | null): string | null => (body === null ? null : new TextDecoder().decode(body))

let standIn: DatabricksStandIn
let workspace: Workspace

beforeEach(async () => {
  standIn = await startDatabricks()
  workspace = connectWorkspace({ host: standIn.host, auth: { kind: 'token', token: standIn.token } })
})
afterEach(() => standIn.close())

describe('volumes', () => {
  let volumes: Volumes
  beforeEach(() => {
    volumes = createDatabricksVolumes({ root: workspace.root })
  })

  it('writes a file with the folders above it, reads it back, and replaces it', async () => {
    const path = `${VOLUME}/a/b/note.txt`
    await volumes.put(path, bytes('Grüße 🙂'))
    expect(textOf(await volumes.read(path))).toBe('Grüße 🙂')
    expect(await volumes.size(path)).toBe(bytes('Grüße 🙂').byteLength)
    await volumes.put(path, bytes(''))
    expect(textOf(await volumes.read(path))).toBe('')
    expect(await volumes.size(path)).toBe(0)
  })

  it('keeps names that addresses would change', async () => {
    for (const name of ['two words.txt', 'a%20b.txt', 'q?x=1#y.txt', 'Größe+ß.txt', '日本.json']) {
      await volumes.put(`${VOLUME}/odd/${name}`, bytes(name))
      expect(textOf(await volumes.read(`${VOLUME}/odd/${name}`))).toBe(name)
    }
    const listed = (await volumes.list(`${VOLUME}/odd`)).map(({ path }) => path)
    expect(listed).toContain(`${VOLUME}/odd/a%20b.txt`)
    expect(listed).toHaveLength(5)
  })

  it('lists a folder sorted, with folders and sizes, over several pages', async () => {
    await volumes.put(`${VOLUME}/data/b.jsonl`, bytes('12345'))
    await volumes.put(`${VOLUME}/data/a.jsonl`, bytes('1'))
    await volumes.put(`${VOLUME}/data/deep/c.jsonl`, bytes('1'))
    expect(await volumes.list(`${VOLUME}/data`)).toEqual([
      { path: `${VOLUME}/data/a.jsonl`, isDirectory: false, bytes: 1 },
      { path: `${VOLUME}/data/b.jsonl`, isDirectory: false, bytes: 5 },
      { path: `${VOLUME}/data/deep`, isDirectory: true, bytes: null },
    ])
  })

  it('takes what is missing for missing, and removes twice', async () => {
    expect(await volumes.read(`${VOLUME}/none.txt`)).toBeNull()
    expect(await volumes.size(`${VOLUME}/none.txt`)).toBeNull()
    expect(await volumes.list(`${VOLUME}/none`)).toEqual([])
    await volumes.put(`${VOLUME}/x.txt`, bytes('x'))
    await volumes.remove(`${VOLUME}/x.txt`)
    await volumes.remove(`${VOLUME}/x.txt`)
    expect(await volumes.read(`${VOLUME}/x.txt`)).toBeNull()
  })

  it('carries a large file', async () => {
    const large = new Uint8Array(8 * 1024 * 1024).map((_, i) => i % 251)
    await volumes.put(`${VOLUME}/large.bin`, large)
    const back = await volumes.read(`${VOLUME}/large.bin`)
    expect(Buffer.from(back ?? []).equals(Buffer.from(large))).toBe(true)
  })

  it('writes again where nobody knows whether it arrived', async () => {
    standIn.fail('PUT /api/2.0/fs/files/', 'cut-after')
    await volumes.put(`${VOLUME}/again.txt`, bytes('once'))
    expect(textOf(await volumes.read(`${VOLUME}/again.txt`))).toBe('once')
  })

  it.each(['/tmp/x', '/Volumes/ml/rag', '/Volumes/ml/rag/code/../../x', '/Volumes/ml/rag/code//x', 'Volumes/a/b/c/d'])(
    'refuses the path %s before anything is sent',
    async (path) => {
      const before = standIn.asked.length
      expect(await codeOf(volumes.put(path, bytes('x')))).toBe('PLATFORM_REFUSED')
      expect(standIn.asked.length).toBe(before)
    },
  )
})

describe('secrets', () => {
  const put = async (path: string, body: unknown) => {
    const headers = { authorization: `Bearer ${standIn.token}`, 'content-type': 'application/json' }
    const said = await fetch(`${standIn.host}/api/2.0/secrets/${path}`, {
      ...{ method: 'POST', headers, body: JSON.stringify(body) },
    })
    if (!said.ok) throw new Error(await said.text())
  }
  beforeEach(async () => {
    await put('scopes/create', { scope: 'rag-scope' })
    await put('put', { scope: 'rag-scope', key: 'slack-token', string_value: 'xoxb-Grüße' })
  })

  it('reads a secret, and says how to store or open one that cannot be read', async () => {
    const secrets = createDatabricksSecrets(workspace)
    expect(await secrets.readSecret('rag-scope', 'slack-token')).toBe('xoxb-Grüße')
    await expect(secrets.readSecret('rag-scope', 'none')).rejects.toMatchObject({
      code: 'PLATFORM_NOT_FOUND',
      userMessage: expect.stringContaining('put-secret rag-scope none'),
    })
    standIn.fail('GET /api/2.0/secrets/get', {
      status: 403,
      body: JSON.stringify({ error_code: 'PERMISSION_DENIED', message: 'no READ' }),
    })
    await expect(secrets.readSecret('rag-scope', 'slack-token')).rejects.toMatchObject({
      code: 'PLATFORM_UNAUTHORIZED',
      userMessage: expect.stringContaining('put-acl rag-scope WHO READ'),
    })
  })

  it('resolves values that are a reference and leaves others alone', async () => {
    const reference = '{{secrets/rag-scope/slack-token}}'
    const resolved = await resolveSecrets(
      { A: reference, B: ` ${reference} `, C: `x${reference}`, D: 'plain', E: undefined },
      createDatabricksSecrets(workspace),
    )
    expect(resolved).toEqual({ A: 'xoxb-Grüße', B: 'xoxb-Grüße', C: `x${reference}`, D: 'plain', E: undefined })
    expect(standIn.asked.filter(({ path }) => path.endsWith('/secrets/get'))).toHaveLength(1)
    expect(readReference('{{secrets/a/b}}')).toEqual({ scope: 'a', key: 'b' })
    expect(readReference('{{secrets/a}}')).toBeNull()
  })

  it('names the setting whose secret is not there, and never the secret', async () => {
    const secrets = createDatabricksSecrets(workspace)
    await expect(resolveSecrets({ LAKEDESK_TOKEN: '{{secrets/none/key}}' }, secrets)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      userMessage: expect.stringMatching(/LAKEDESK_TOKEN names the secret none\/key.*does not exist/s),
    })
  })

  it('reads on after a limit', async () => {
    standIn.fail('GET /api/2.0/secrets/get', { status: 503, headers: { 'retry-after': '0' }, body: '' })
    expect(await createDatabricksSecrets(workspace).readSecret('rag-scope', 'slack-token')).toBe('xoxb-Grüße')
  })
})
