// What every driver of training must do, whatever trains behind it: each driver's test calls this.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Registry } from '../../src/platform/ports/registry.ts'
import {
  TRAINING_STATES,
  type Training,
  type TrainingFile,
  type TrainingFormat,
  type TrainingRun,
  type TrainingSpec,
} from '../../src/platform/ports/training.ts'
import { codeOf, lookUntil, newName } from './contract-basics.ts'

export interface TrainingUnderTest {
  training: Training
  registry: Registry
  /** A model nobody used, spelled as this registry spells them. */
  newModelName(): string
  /** Examples that this driver can train on, and what to ask for with them. */
  data: {
    format: TrainingFormat
    files: readonly TrainingFile[]
    baseModel: string
    task: TrainingSpec['task']
    /** Of a training that is still under way when it is cancelled. Default `200ep`. */
    longDuration?: string
  }
  /** As the platform spells experiments. Default `/Shared/training-contract`. */
  experiment?: string
  /** Another driver over the same platform, as after a restart. */
  reopen(): Promise<Training>
  /** Called before and after the test of cancelling, where the other side has to be held so that it does not end at once. */
  hold?(): Promise<() => Promise<void>>
  close(): Promise<void>
}

const ENDED = ['COMPLETED', 'FAILED', 'CANCELED']

/** `open` is called once; every test uses a model and a token of its own. */
export function describeTrainingContract(name: string, open: () => Promise<TrainingUnderTest>): void {
  describe(`${name} keeps the contract of training`, () => {
    let under: TrainingUnderTest
    let training: Training
    let uploaded = ''

    const newSpec = (more: Partial<TrainingSpec> = {}): TrainingSpec => ({
      ...{ baseModel: under.data.baseModel, task: under.data.task, trainData: uploaded, evalData: null },
      ...{ duration: '2ep', learningRate: null, registerTo: under.newModelName() },
      experiment: under.experiment ?? '/Shared/training-contract',
      ...{ runName: 'contract', token: newName('t').replaceAll('_', '-'), params: { origin: 'contract' } },
      ...more,
    })
    const untilEnded = async (id: string, driver = training): Promise<TrainingRun> => {
      const look = () => driver.describe(id)
      const run = await lookUntil(look, (seen) => ENDED.includes(seen?.state ?? ''), { everyMs: 50 })
      if (!run) throw new Error(`The run ${id} is gone.`)
      return run
    }

    beforeAll(async () => {
      under = await open()
      training = under.training
      uploaded = await training.upload(newName('data'), under.data.format, under.data.files)
    })
    afterAll(() => under?.close())

    it('lists base models with what they are trained for', async () => {
      const models = await training.listBaseModels()
      const own = models.find((model) => model.name === under.data.baseModel)
      expect(own?.tasks).toContain(under.data.task)
      expect(new Set(models.map((model) => model.name)).size).toBe(models.length)
      expect(training.formats).toContain(under.data.format)
    })

    it('keeps the same content under the same address', async () => {
      const named = newName('twice')
      const first = await training.upload(named, under.data.format, under.data.files)
      expect(first).not.toBe('')
      expect(await training.upload(named, under.data.format, under.data.files)).toBe(first)
    })

    it('trains, tells how it goes, and registers the next version', async () => {
      const spec = newSpec()
      const id = await training.start(spec)
      const begun = await training.describe(id)
      expect(begun?.id).toBe(id)
      expect(TRAINING_STATES).toContain(begun?.state)
      const run = await untilEnded(id)
      expect(run).toMatchObject({ state: 'COMPLETED', version: '1' })
      const steps = run.losses.map(({ step }) => step)
      expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b))
      expect(run.losses.every(({ loss }) => Number.isFinite(loss))).toBe(true)
      if (run.epochs) expect(run.epochs).toEqual({ done: 2, of: 2 })
      for (const at of [run.startedAt, run.endedAt]) expect(Date.parse(at ?? '')).not.toBeNaN()
      const version = await under.registry.getVersion(spec.registerTo, '1')
      expect(version?.status).toBe('READY')
      const next = await untilEnded(await training.start(newSpec({ registerTo: spec.registerTo })))
      expect(next.version).toBe('2')
    })

    it('is one run and one version however often it is started', async () => {
      const spec = newSpec()
      const [first, second] = await Promise.all([training.start(spec), training.start(spec)])
      expect(second).toBe(first)
      const run = await untilEnded(first)
      expect(await training.start(spec)).toBe(first)
      expect(await training.describe(first)).toEqual(run)
      const other = await under.reopen()
      expect(await other.start(spec)).toBe(first)
      expect(await untilEnded(first, other)).toMatchObject({ state: 'COMPLETED', version: '1' })
      expect((await under.registry.listVersions(spec.registerTo)).map(({ version }) => version)).toEqual(['1'])
    })

    it('cancels what is under way, for good', async () => {
      const release = await under.hold?.()
      try {
        const spec = newSpec({ duration: under.data.longDuration ?? '200ep' })
        const id = await training.start(spec)
        await training.cancel(id)
        await training.cancel(id)
        const run = await untilEnded(id)
        expect(run).toMatchObject({ state: 'CANCELED', version: null })
        expect(await training.start(spec)).toBe(id)
        expect(await untilEnded(id)).toMatchObject({ state: 'CANCELED', version: null })
        expect(await under.registry.listVersions(spec.registerTo)).toEqual([])
      } finally {
        await release?.()
      }
    })

    it('leaves what has ended as it ended', async () => {
      const id = await training.start(newSpec())
      const run = await untilEnded(id)
      await training.cancel(id)
      expect(await training.describe(id)).toEqual(run)
    })

    it('knows nothing of a run that was never started', async () => {
      expect(await training.describe('123456789')).toBeNull()
      await expect(training.cancel('123456789')).resolves.toBeUndefined()
    })

    it.each<[string, Partial<TrainingSpec>]>([
      ['a base model that it does not have', { baseModel: 'nobody/has-this-model' }],
      ['a duration that nobody can read', { duration: 'three epochs' }],
    ])('refuses %s', async (_, wrong) => {
      expect(await codeOf(training.start(newSpec(wrong)))).toBe('TRAINING_INVALID')
    })
  })
}
