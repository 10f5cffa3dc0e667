// What every driver of model serving must do: each driver's test calls this.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ModelVersion, NewVersion, Registry } from '../../src/platform/ports/registry.ts'
import type { Endpoint, EndpointConfig, Serving } from '../../src/platform/ports/serving.ts'
import { codeOf, lookUntil, newName } from './contract-basics.ts'

export interface ServingUnderTest {
  serving: Serving
  /** Where versions to serve are registered. */
  registry: Registry
  /** A model nobody used, spelled as this registry spells them. Default `contract_…`. */
  newModel?: () => string
  source?: string
  /** Settings that this platform wants for a served entity. Default: some that are to be carried over untouched. */
  settings?: Readonly<Record<string, unknown>>
  /** The version that made this prediction. */
  versionOf(prediction: unknown): string
  /** From now on this version cannot be loaded: an update to it fails. */
  breakVersion(model: string, version: string): Promise<void>
  /** Makes a version PENDING, where the test can reach below the driver. */
  makePending?: (model: string, version: string) => Promise<void>
  /** Registers a version, where the platform takes versions only past the registry's port. */
  register?: (version: NewVersion) => Promise<ModelVersion>
  /** Holds every update in progress until what it returns is called. Without it, updates must outlast one look. */
  hold?: () => Promise<() => Promise<void>>
  /** How often to look while an update runs. Default 20 ms. */
  everyMs?: number
  close(): Promise<void>
}

/** `open` is called once; every test uses a model and an endpoint of its own. */
export function describeServingContract(name: string, open: () => Promise<ServingUnderTest>): void {
  describe(`${name} keeps the contract of serving`, () => {
    let under: ServingUnderTest
    let serving: Serving

    const register = async (versions: number): Promise<string> => {
      const model = under.newModel?.() ?? newName('contract')
      const source = under.source ?? 's3://lakedesk-contract/model'
      for (let i = 0; i < versions; i += 1) {
        const create = under.register ?? under.registry.createVersion
        const { version } = await create({ model, source, runId: null })
        await lookUntil(
          () => under.registry.getVersion(model, version),
          (seen) => seen?.status === 'READY',
        )
      }
      return model
    }
    /** `shares` are percentages by version. */
    const toConfig = (model: string, shares: Readonly<Record<string, number>>): EndpointConfig => ({
      entities: Object.keys(shares).map((version) => ({
        name: `entity-${version}`,
        model,
        version,
        settings: under.settings ?? { workload_size: 'Small', scale_to_zero_enabled: true },
      })),
      routes: Object.entries(shares).map(([version, percentage]) => ({ entity: `entity-${version}`, percentage })),
    })
    const look = async (endpoint: string): Promise<Endpoint> => {
      const seen = await serving.describe(endpoint)
      if (!seen) throw new Error(`The endpoint ${endpoint} is not there.`)
      return seen
    }
    const settled = (endpoint: string): Promise<Endpoint> =>
      lookUntil(
        () => look(endpoint),
        ({ update }) => update !== 'IN_PROGRESS',
        under.everyMs === undefined ? {} : { everyMs: under.everyMs },
      )
    const createReady = async (model: string, shares: Readonly<Record<string, number>>): Promise<string> => {
      const endpoint = newName('endpoint')
      await serving.create(endpoint, toConfig(model, shares))
      expect(await settled(endpoint)).toMatchObject({ ready: true, update: 'NOT_UPDATING' })
      return endpoint
    }
    const ask = async (endpoint: string, options?: { entity?: string }): Promise<string> => {
      const predictions = await serving.invoke(endpoint, [{ question: 'How do I reset my password?' }], options)
      expect(predictions).toHaveLength(1)
      return under.versionOf(predictions[0])
    }
    const versionsOf = (config: EndpointConfig | null): string[] | undefined =>
      config?.entities.map(({ version }) => version).sort()
    const holding = async (work: () => Promise<void>): Promise<void> => {
      const release = await under.hold?.()
      try {
        await work()
      } finally {
        await release?.()
      }
    }

    beforeAll(async () => {
      under = await open()
      serving = under.serving
    })
    afterAll(() => under?.close())

    it('knows nothing of an endpoint that is not there', async () => {
      const endpoint = newName('absent')
      const model = await register(1)
      expect(await serving.describe(endpoint)).toBeNull()
      expect(await codeOf(serving.invoke(endpoint, [{ question: 'Anybody?' }]))).toBe('PLATFORM_NOT_FOUND')
      expect(await codeOf(serving.updateConfig(endpoint, toConfig(model, { 1: 100 })))).toBe('PLATFORM_NOT_FOUND')
    })

    it('creates an endpoint that answers once it is ready', async () => {
      const model = await register(1)
      const endpoint = newName('endpoint')
      const config = toConfig(model, { 1: 100 })
      await serving.create(endpoint, config)
      const seen = await settled(endpoint)
      expect(seen).toMatchObject({ name: endpoint, ready: true, update: 'NOT_UPDATING', pending: null })
      expect(seen.id).not.toBe('')
      expect(seen.config?.routes).toEqual(config.routes)
      expect(seen.config?.entities[0]).toMatchObject({ name: 'entity-1', model, version: '1' })
      expect(seen.config?.entities[0]?.settings).toMatchObject(config.entities[0]?.settings ?? {})
      expect(await ask(endpoint)).toBe('1')
      expect(await codeOf(serving.create(endpoint, config))).toBe('PLATFORM_REFUSED')
    })

    it('gives each record of a request its prediction', async () => {
      const endpoint = await createReady(await register(1), { 1: 100 })
      const predictions = await serving.invoke(endpoint, [{ question: 'One?' }, { question: 'Two?' }])
      expect(predictions.map(under.versionOf)).toEqual(['1', '1'])
    })

    it('goes on answering with the old config while the new one is rolled out', async () => {
      const model = await register(2)
      const endpoint = await createReady(model, { 1: 100 })
      const before = await look(endpoint)
      await holding(async () => {
        await serving.updateConfig(endpoint, toConfig(model, { 2: 100 }))
        const during = await look(endpoint)
        expect(during).toMatchObject({ ready: true, update: 'IN_PROGRESS', id: before.id })
        expect(versionsOf(during.config)).toEqual(['1'])
        expect(versionsOf(during.pending)).toEqual(['2'])
        const answered = await ask(endpoint)
        // Without a hold the update may end between two looks.
        if (under.hold || (await look(endpoint)).update === 'IN_PROGRESS') expect(answered).toBe('1')
      })
      const after = await settled(endpoint)
      expect(after).toMatchObject({ ready: true, update: 'NOT_UPDATING', pending: null, id: before.id })
      expect(versionsOf(after.config)).toEqual(['2'])
      expect(await ask(endpoint)).toBe('2')
    })

    it('is busy while an update runs, and takes the next one afterwards', async () => {
      const model = await register(3)
      const endpoint = await createReady(model, { 1: 100 })
      await holding(async () => {
        await serving.updateConfig(endpoint, toConfig(model, { 2: 100 }))
        expect(await codeOf(serving.updateConfig(endpoint, toConfig(model, { 3: 100 })))).toBe('ENDPOINT_BUSY')
      })
      expect(versionsOf((await settled(endpoint)).config)).toEqual(['2'])
      await serving.updateConfig(endpoint, toConfig(model, { 3: 100 }))
      expect(versionsOf((await settled(endpoint)).config)).toEqual(['3'])
    })

    it('takes the config again that it has', async () => {
      const model = await register(1)
      const endpoint = await createReady(model, { 1: 100 })
      await serving.updateConfig(endpoint, toConfig(model, { 1: 100 }))
      const after = await settled(endpoint)
      expect(after).toMatchObject({ ready: true, update: 'NOT_UPDATING', pending: null })
      expect(versionsOf(after.config)).toEqual(['1'])
    })

    it('keeps the old config where an update fails, says why, and can be updated again', async () => {
      const model = await register(3)
      const endpoint = await createReady(model, { 1: 100 })
      await under.breakVersion(model, '2')
      await serving.updateConfig(endpoint, toConfig(model, { 2: 100 }))
      const failed = await settled(endpoint)
      expect(failed).toMatchObject({ ready: true, update: 'UPDATE_FAILED', pending: null })
      expect(failed.message).not.toBe('')
      expect(versionsOf(failed.config)).toEqual(['1'])
      expect(await ask(endpoint)).toBe('1')
      await serving.updateConfig(endpoint, toConfig(model, { 3: 100 }))
      expect(await settled(endpoint)).toMatchObject({ ready: true, update: 'NOT_UPDATING', message: '' })
      expect(await ask(endpoint)).toBe('3')
    })

    it('has nothing to answer with where its first config fails', async () => {
      const model = await register(2)
      const endpoint = newName('endpoint')
      await under.breakVersion(model, '1')
      await serving.create(endpoint, toConfig(model, { 1: 100 }))
      const failed = await settled(endpoint)
      expect(failed).toMatchObject({ ready: false, update: 'UPDATE_FAILED', config: null, pending: null })
      const code = await codeOf(serving.invoke(endpoint, [{ question: 'Anybody?' }]))
      expect(['PLATFORM_REFUSED', 'PLATFORM_NOT_FOUND']).toContain(code)
      await serving.updateConfig(endpoint, toConfig(model, { 2: 100 }))
      expect(await settled(endpoint)).toMatchObject({ ready: true, update: 'NOT_UPDATING' })
    })

    it('refuses configs that cannot be, and changes nothing', async () => {
      const model = await register(2)
      const endpoint = await createReady(model, { 1: 100 })
      const good = toConfig(model, { 2: 100 })
      const [entity] = good.entities
      if (!entity) throw new Error('There is an entity.')
      const bad: Record<string, EndpointConfig> = {
        'no entity': { entities: [], routes: [] },
        'a version that does not exist': toConfig(model, { 99: 100 }),
        'a model that does not exist': toConfig(`${model}_absent`, { 1: 100 }),
        'routes that sum to 90': toConfig(model, { 1: 45, 2: 45 }),
        'routes that sum to 110': toConfig(model, { 1: 55, 2: 55 }),
        'a negative share': toConfig(model, { 1: -10, 2: 110 }),
        'a route to nowhere': { ...good, routes: [{ entity: 'entity-7', percentage: 100 }] },
        'two entities of one name': { ...good, entities: [entity, { ...entity, version: '1' }] },
        'a name with a space': {
          entities: [{ ...entity, name: 'entity 2' }],
          routes: [{ entity: 'entity 2', percentage: 100 }],
        },
      }
      for (const [what, config] of Object.entries(bad)) {
        expect([what, await codeOf(serving.updateConfig(endpoint, config))]).toEqual([what, 'PLATFORM_REFUSED'])
      }
      const after = await look(endpoint)
      expect(after).toMatchObject({ ready: true, update: 'NOT_UPDATING', pending: null })
      expect(versionsOf(after.config)).toEqual(['1'])
    })

    it('serves no version that is not ready', async (context) => {
      if (!under.makePending) return context.skip('this driver offers no way to hold a version back')
      const model = await register(2)
      const endpoint = await createReady(model, { 1: 100 })
      await under.makePending(model, '2')
      expect(await codeOf(serving.updateConfig(endpoint, toConfig(model, { 2: 100 })))).toBe('PLATFORM_REFUSED')
    })

    it('splits the traffic of a canary, and lets each entity be asked by name', async () => {
      const model = await register(2)
      const endpoint = await createReady(model, { 1: 60, 2: 40 })
      // One by one: some platforms route a whole request, not each record of it.
      const answered = await Promise.all(Array.from({ length: 60 }, () => ask(endpoint)))
      // At 60 to 40, that all 60 go one way comes once in 10^13 runs.
      expect([...new Set(answered)].sort()).toEqual(['1', '2'])
      expect(await ask(endpoint, { entity: 'entity-1' })).toBe('1')
      expect(await ask(endpoint, { entity: 'entity-2' })).toBe('2')
      const absent = codeOf(serving.invoke(endpoint, [{ question: 'Anybody?' }], { entity: 'entity-7' }))
      expect(await absent).toBe('PLATFORM_NOT_FOUND')
    })

    it('probes a canary that gets no traffic', async () => {
      const model = await register(2)
      const endpoint = await createReady(model, { 1: 100, 2: 0 })
      for (let i = 0; i < 10; i += 1) expect(await ask(endpoint)).toBe('1')
      expect(await ask(endpoint, { entity: 'entity-2' })).toBe('2')
    })

    it('stops where it is told to', async () => {
      const endpoint = await createReady(await register(1), { 1: 100 })
      const stopped = serving.invoke(endpoint, [{ question: 'Too late?' }], { signal: AbortSignal.abort() })
      await expect(stopped).rejects.toMatchObject({ name: 'AbortError' })
    })
  })
}
