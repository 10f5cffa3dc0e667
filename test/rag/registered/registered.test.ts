// Chains as versions: what is logged with them, how they are read back, and who serves the first.
import { afterEach, describe, expect, it } from 'vitest'
import { LakedeskError } from '../../../src/core/errors.ts'
import { silentLog } from '../../../src/core/log.ts'
import { createLocalPlatform } from '../../../src/platform/local/platform/create-local-platform.ts'
import type { Platform } from '../../../src/platform/ports/platform.ts'
import { PRODUCT_DOCS_RAG, type RagChain } from '../../../src/rag/chain.ts'
import { loadChain } from '../../../src/rag/registered/load-chain.ts'
import { CHAIN_FILE, logChain, PROMPT_FILE } from '../../../src/rag/registered/log-chain.ts'
import { beginRegistry, isOutgrown, serveFirst, toEntityName } from '../../../src/rag/registered/serve-first.ts'

const MODEL = 'ml_catalog.rag_apps.product_docs_rag'
const open: Platform[] = []

function openPlatform(): Platform {
  const platform = createLocalPlatform({
    file: ':memory:',
    log: silentLog,
    grants: [],
    load: async () => {},
    answer: async (_model, version) => ({ answer: `v${version}` }),
  })
  open.push(platform)
  return platform
}
afterEach(async () => {
  for (const platform of open.splice(0)) await platform.close()
})

const log = (platform: Platform, chain: RagChain = PRODUCT_DOCS_RAG) =>
  logChain({ model: MODEL, chain }, { ...platform, experiment: '/Shared/chains' })

const read = async (platform: Platform, runId: string | null, path: string): Promise<string> =>
  new TextDecoder().decode((await platform.runs.artifacts.read(runId ?? '', path)) ?? new Uint8Array())

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => new Error('it did not reject'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof LakedeskError)) throw error
  return `${error.code}: ${error.userMessage}`
}

describe('a registered chain', () => {
  it('has its params, prompt, config and signature on the run', async () => {
    const platform = openPlatform()
    const version = await log(platform)
    expect(version).toMatchObject({ model: MODEL, version: '1', status: 'READY' })
    const run = await platform.runs.getRun(version.runId ?? '')
    expect(run).toMatchObject({ status: 'FINISHED', params: { 'retrieval.num_results': '5', temperature: '0.1' } })
    expect(version.source).toBe(`runs:/${version.runId}/chain`)
    expect(await read(platform, version.runId, PROMPT_FILE)).toBe(PRODUCT_DOCS_RAG.systemPrompt)
    const signature = await read(platform, version.runId, 'chain/MLmodel')
    expect(signature).toContain('\\"name\\":\\"question\\"')
    expect(signature).toContain('\\"name\\":\\"answer\\"')
  })

  it('is read back under the number of the registry', async () => {
    const platform = openPlatform()
    await log(platform)
    const retrieval = { ...PRODUCT_DOCS_RAG.retrieval, numResults: 1 }
    await log(platform, { ...PRODUCT_DOCS_RAG, version: 'whatever', retrieval })
    const parts = { registry: platform.registry, artifacts: platform.runs.artifacts }
    expect(await loadChain(parts, MODEL, '1')).toEqual({ ...PRODUCT_DOCS_RAG, version: '1' })
    expect(await loadChain(parts, MODEL, '2')).toMatchObject({ version: '2', retrieval: { numResults: 1 } })
  })

  it('is refused before anything is registered where it could not run', async () => {
    const platform = openPlatform()
    const wrong = { ...PRODUCT_DOCS_RAG, temperature: 9 }
    expect(await codeOf(log(platform, wrong))).toContain('temperature')
    expect(await platform.registry.listVersions(MODEL)).toEqual([])
  })

  it('says what is wrong with a version that holds none', async () => {
    const platform = openPlatform()
    const parts = { registry: platform.registry, artifacts: platform.runs.artifacts }
    expect(await codeOf(loadChain(parts, MODEL, '7'))).toMatch(/^PLATFORM_NOT_FOUND: There is no version 7/)
    await platform.registry.createVersion({ model: MODEL, source: 's3://elsewhere', runId: null })
    expect(await codeOf(loadChain(parts, MODEL, '1'))).toMatch(/^CHAIN_INVALID: .*without a run/)
    const version = await log(platform)
    await platform.runs.artifacts.put(version.runId ?? '', CHAIN_FILE, '{"name": ')
    expect(await codeOf(loadChain(parts, MODEL, version.version))).toMatch(/^CHAIN_INVALID: .*no JSON/)
    await platform.runs.artifacts.put(version.runId ?? '', CHAIN_FILE, '{"name": "x"}')
    expect(await codeOf(loadChain(parts, MODEL, version.version))).toMatch(/^CHAIN_INVALID: .*systemPrompt/)
  })
})

describe('the first version', () => {
  it('is served and becomes Champion, once; later ones wait for a promotion', async () => {
    const platform = openPlatform()
    const first = { ...platform, model: MODEL, alias: 'Champion', endpoint: 'support-llm-endpoint' }
    await log(platform)
    await log(platform)
    expect(await serveFirst('1', first)).toBe(true)
    expect(await serveFirst('1', first)).toBe(false)
    expect(await serveFirst('2', first)).toBe(false)
    expect(await platform.registry.getAlias(MODEL, 'Champion')).toBe('1')
    const endpoint = await platform.serving.describe('support-llm-endpoint')
    const served = (endpoint?.config ?? endpoint?.pending)?.entities
    expect(served).toMatchObject([{ name: toEntityName(MODEL, '1'), version: '1' }])
  })

  it('is left to people where something is there already', async () => {
    const platform = openPlatform()
    const first = { ...platform, model: MODEL, alias: 'Champion', endpoint: 'support-llm-endpoint' }
    await log(platform)
    await log(platform)
    await platform.registry.setAlias(MODEL, 'Champion', '1')
    expect(await serveFirst('2', first)).toBe(false)
    expect(await platform.serving.describe('support-llm-endpoint')).toBeNull()
    expect(await serveFirst('1', first)).toBe(true)
  })

  it('follows the settings until somebody registers something, and no longer', async () => {
    const platform = openPlatform()
    const { registry, serving, runs } = platform
    const first = { registry, serving, runs, model: MODEL, alias: 'Champion', endpoint: 'support', experiment: '/c' }
    const served = async () => {
      for (let look = 0; look < 10; look++) await serving.describe('support')
      return [
        await registry.getAlias(MODEL, 'Champion'),
        (await serving.describe('support'))?.config?.entities.map(({ version }) => version),
      ]
    }
    const offline = { ...PRODUCT_DOCS_RAG, generationModel: 'offline-extractive' }
    const hosted = { ...PRODUCT_DOCS_RAG, generationModel: 'hosted' }
    expect(await beginRegistry(offline, first)).toBe('1')
    expect(await served()).toEqual(['1', ['1']])
    expect(await beginRegistry(offline, first)).toBeNull()
    expect(await isOutgrown(hosted, { registry, artifacts: runs.artifacts, model: MODEL })).toBe(true)
    expect(await beginRegistry(hosted, first)).toBe('2')
    expect(await served()).toEqual(['2', ['2']])
    expect(await isOutgrown(offline, { registry, artifacts: runs.artifacts, model: MODEL })).toBe(false)
    expect(await beginRegistry(offline, first)).toBeNull()
    expect(await served()).toEqual(['2', ['2']])
  })
})
