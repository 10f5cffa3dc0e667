// The registry driver over a scripted server: what it asks, and how it reads odd answers. The contract runs in test/live.
import { describe, expect, it } from 'vitest'
import { createMlflowRegistry } from '../../../src/platform/mlflow/create-mlflow-registry.ts'
import { createMlflowHttp } from '../../../src/platform/mlflow/mlflow-http.ts'
import type { Registry } from '../../../src/platform/ports/registry.ts'
import { codeOf } from '../contract-basics.ts'
import { type Answer, type Asked, startScriptedServer } from './scripted-server.ts'

const absent: Answer = { status: 404, json: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'not found' } }
const version = (number: unknown, more: object = {}) => ({
  name: 'support',
  version: number,
  creation_timestamp: '1760000000000',
  source: 's3://bucket/model',
  status: 'READY',
  ...more,
})
const newVersion = { model: 'support', source: 's3://bucket/model', runId: null }

async function open(reply: (asked: Asked, nth: number) => Answer): Promise<{ registry: Registry; asked: Asked[] }> {
  const { baseUrl, asked } = await startScriptedServer(reply)
  return { registry: createMlflowRegistry({ http: createMlflowHttp({ baseUrl, retryMs: 2000 }) }), asked }
}

describe('reading', () => {
  it('takes numbers as numbers and as text', async () => {
    const { registry } = await open(() => ({ json: { model_version: version(3, { aliases: ['b', 'A'] }) } }))
    expect(await registry.getVersion('support', '3')).toEqual({
      model: 'support',
      version: '3',
      status: 'READY',
      statusMessage: '',
      description: '',
      source: 's3://bucket/model',
      runId: null,
      createdAt: '2025-10-09T08:53:20.000Z',
      tags: {},
      aliases: ['A', 'b'],
    })
  })

  it.each([
    ['PENDING_REGISTRATION', 'PENDING', 'copying'],
    ['FAILED_REGISTRATION', 'FAILED', 'copying'],
    ['READY', 'READY', ''],
  ])('a version that is %s is %s', async (status, ours, statusMessage) => {
    const { registry } = await open(() => ({
      json: { model_version: version('1', { status, status_message: 'copying' }) },
    }))
    expect(await registry.getVersion('support', '1')).toMatchObject({ status: ours, statusMessage })
  })

  it('does not ask for a version that cannot be', async () => {
    const { registry, asked } = await open(() => absent)
    for (const odd of ['banana', '0', '-1', '1.5', '', '99999999999']) {
      expect(await registry.getVersion('support', odd)).toBeNull()
    }
    expect(asked).toEqual([])
  })

  it('follows all pages, also past an empty one, and drops what the server compared without case', async () => {
    const pages: Record<string, object> = {
      '': { model_versions: [version('9'), version('1', { name: 'SUPPORT' })], next_page_token: 'a' },
      a: { next_page_token: 'b' },
      b: { model_versions: [version('10')], next_page_token: '' },
    }
    const { registry, asked } = await open(({ url }) => {
      const query = new URL(url, 'http://x').searchParams
      const aliases = [{ alias: 'Champion', version: 9 }]
      if (url.includes('/registered-models/get')) return { json: { registered_model: { name: 'support', aliases } } }
      return { json: pages[query.get('page_token') ?? ''] }
    })
    const listed = await registry.listVersions('support')
    expect(listed.map((one) => [one.version, one.aliases])).toEqual([
      ['10', []],
      ['9', ['Champion']],
    ])
    expect(new URL(asked[1]?.url ?? '', 'http://x').searchParams.get('filter')).toBe("name = 'support'")
  })
})

describe('writing', () => {
  it('makes the model where it is missing, also when somebody else was first', async () => {
    let there = false
    const { registry, asked } = await open(({ url }) => {
      if (url.endsWith('/registered-models/create')) {
        there = true
        return { status: 400, json: { error_code: 'RESOURCE_ALREADY_EXISTS', message: 'exists' } }
      }
      return there ? { json: { model_version: version('1') } } : absent
    })
    expect((await registry.createVersion({ ...newVersion, tags: { a: 'b' } })).version).toBe('1')
    expect(asked.map(({ url }) => url.replace('/api/2.0/mlflow/', ''))).toEqual([
      'model-versions/create',
      'registered-models/create',
      'model-versions/create',
    ])
    expect(asked[2]?.body).toEqual({ name: 'support', source: 's3://bucket/model', tags: [{ key: 'a', value: 'b' }] })
  })

  it('does not register twice where nobody knows whether it happened', async () => {
    const { registry, asked } = await open(() => (response) => response.socket?.destroy())
    expect(await codeOf(registry.createVersion(newVersion))).toBe('PLATFORM_UNREACHABLE')
    expect(asked).toHaveLength(1)
  })

  it('sets an alias again where nobody knows whether it happened', async () => {
    const { registry, asked } = await open((_asked, nth) => (nth === 0 ? (r) => r.socket?.destroy() : { json: {} }))
    await registry.setAlias('support', 'Champion', '3')
    expect(asked.map(({ body }) => body)).toEqual(Array(2).fill({ name: 'support', alias: 'Champion', version: '3' }))
  })

  it('deletes an alias with the arguments as JSON, and is content where there is none', async () => {
    const { registry, asked } = await open(() => absent)
    await registry.deleteAlias('support', 'Champion')
    expect(asked).toMatchObject([{ method: 'DELETE', body: { name: 'support', alias: 'Champion' } }])
  })
})
