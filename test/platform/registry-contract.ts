// What every driver of the model registry must do, whichever server is behind it: each driver's test calls this.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ModelVersion, NewVersion, Registry } from '../../src/platform/ports/registry.ts'
import { codeOf, lookUntil, newName } from './contract-basics.ts'

export interface RegistryUnderTest {
  registry: Registry
  /** A model nobody used, spelled as this registry spells them. Default `contract_…`. */
  newModel?: () => string
  /** URI that this registry takes as the source of a version. Default `s3://lakedesk-contract/model`. */
  source?: string
  /** Makes a version PENDING, where the test can reach below the driver. */
  makePending?: (model: string, version: string) => Promise<void>
  /** Registers a version, where the platform takes versions only past this port; such a platform keeps no tags of versions. */
  register?: (version: NewVersion) => Promise<ModelVersion>
  close(): Promise<void>
}

/** `open` is called once; every test uses a model of its own. */
export function describeRegistryContract(name: string, open: () => Promise<RegistryUnderTest>): void {
  describe(`${name} keeps the contract of the registry`, () => {
    let under: RegistryUnderTest
    let registry: Registry
    const newModel = (): string => under.newModel?.() ?? newName('contract')
    const register = async (model: string, extra: { description?: string; tags?: Record<string, string> } = {}) => {
      const source = under.source ?? 's3://lakedesk-contract/model'
      const create = under.register ?? registry.createVersion
      const created = await create({ model, source, runId: null, ...extra })
      return ready(created)
    }
    const ready = async (created: ModelVersion): Promise<ModelVersion> => {
      const look = () => registry.getVersion(created.model, created.version)
      const seen = await lookUntil(look, (version) => version?.status !== 'PENDING')
      if (!seen) throw new Error(`Version ${created.version} cannot be read back.`)
      return seen
    }

    beforeAll(async () => {
      under = await open()
      registry = under.registry
    })
    afterAll(() => under?.close())

    it('numbers versions from 1 and reads back what was registered', async () => {
      const model = newModel()
      const before = Date.now()
      const first = await register(model, { description: 'The first one.', tags: { owner: 'ana', 'top.k': '5' } })
      const second = await register(model)
      expect(first).toMatchObject({
        model,
        version: '1',
        status: 'READY',
        statusMessage: '',
        description: 'The first one.',
        runId: null,
        aliases: [],
      })
      if (!under.register) expect(first.tags).toMatchObject({ owner: 'ana', 'top.k': '5' })
      expect(first.source).not.toBe('')
      expect(Math.abs(Date.parse(first.createdAt) - before)).toBeLessThan(60_000)
      expect(first.createdAt).toBe(new Date(first.createdAt).toISOString())
      expect(second).toMatchObject({ version: '2', description: '' })
    })

    it('lists the versions of one model, newest first', async () => {
      const [model, other] = [newModel(), newModel()]
      for (let i = 0; i < 11; i += 1) await register(model)
      await register(other)
      const listed = await registry.listVersions(model)
      expect(listed.map(({ version }) => version)).toEqual(['11', '10', '9', '8', '7', '6', '5', '4', '3', '2', '1'])
      expect(new Set(listed.map((version) => version.model))).toEqual(new Set([model]))
    })

    it('knows nothing of models and versions that are not there', async () => {
      const model = newModel()
      expect(await registry.listVersions(model)).toEqual([])
      expect(await registry.getVersion(model, '1')).toBeNull()
      expect(await registry.getAlias(model, 'Champion')).toBeNull()
      await register(model)
      expect(await registry.getVersion(model, '99')).toBeNull()
      expect(await registry.getVersion(model, 'banana')).toBeNull()
      expect(await registry.getAlias(model, 'Champion')).toBeNull()
    })

    it('gives every version its own number where several register at once', async (context) => {
      if (under.register) return context.skip('this platform takes versions past the port')
      const model = newModel()
      await register(model)
      const created = await Promise.all(Array.from({ length: 5 }, () => register(model)))
      expect(created.map(({ version }) => Number(version)).sort()).toEqual([2, 3, 4, 5, 6])
    })

    it('moves an alias, and keeps its case', async () => {
      const model = newModel()
      await register(model)
      await register(model)
      await registry.setAlias(model, 'Champion', '1')
      expect(await registry.getAlias(model, 'Champion')).toBe('1')
      expect((await registry.getVersion(model, '1'))?.aliases).toEqual(['Champion'])
      await registry.setAlias(model, 'Champion', '2')
      expect(await registry.getAlias(model, 'Champion')).toBe('2')
      const listed = await registry.listVersions(model)
      expect(listed.map(({ version, aliases }) => [version, aliases])).toEqual([
        ['2', ['Champion']],
        ['1', []],
      ])
    })

    it('keeps the aliases of a version sorted', async () => {
      const model = newModel()
      await register(model)
      for (const alias of ['candidate', 'Previous', 'Champion', 'a-b_c']) await registry.setAlias(model, alias, '1')
      expect((await registry.getVersion(model, '1'))?.aliases).toEqual(['Champion', 'Previous', 'a-b_c', 'candidate'])
    })

    it('sets and deletes an alias as often as it is asked to', async () => {
      const model = newModel()
      await register(model)
      await registry.setAlias(model, 'Champion', '1')
      await registry.setAlias(model, 'Champion', '1')
      expect(await registry.getAlias(model, 'Champion')).toBe('1')
      await registry.deleteAlias(model, 'Champion')
      await registry.deleteAlias(model, 'Champion')
      expect(await registry.getAlias(model, 'Champion')).toBeNull()
      expect((await registry.getVersion(model, '1'))?.aliases).toEqual([])
    })

    it('points no alias at what does not exist, and leaves it where it was', async () => {
      const model = newModel()
      expect(await codeOf(registry.setAlias(model, 'Champion', '1'))).toBe('PLATFORM_NOT_FOUND')
      await register(model)
      await registry.setAlias(model, 'Champion', '1')
      expect(await codeOf(registry.setAlias(model, 'Champion', '99'))).toBe('PLATFORM_NOT_FOUND')
      expect(await registry.getAlias(model, 'Champion')).toBe('1')
    })

    it.each(['', 'latest', 'Latest', 'v3', 'V12', 'two words', 'naïve/alias', 'dot.ted', 'x'.repeat(256)])(
      'refuses the alias %j',
      async (alias) => {
        const model = newModel()
        await register(model)
        expect(await codeOf(registry.setAlias(model, alias, '1'))).toBe('PLATFORM_REFUSED')
        expect((await registry.getVersion(model, '1'))?.aliases).toEqual([])
      },
    )

    it('tells of a version that is not ready yet', async (context) => {
      if (!under.makePending) return context.skip('this driver offers no way to hold a version back')
      const model = newModel()
      await register(model)
      await under.makePending(model, '1')
      expect((await registry.getVersion(model, '1'))?.status).toBe('PENDING')
      expect((await registry.listVersions(model))[0]?.status).toBe('PENDING')
    })
  })
}
