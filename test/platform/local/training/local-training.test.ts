// The local driver of training: its contract, what it writes, what it refuses, and what a crash leaves.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LakedeskError } from '../../../../src/core/errors.ts'
import { readDuration } from '../../../../src/platform/local/training/read-duration.ts'
import type { ClassifierTrainer } from '../../../../src/platform/ports/classifier.ts'
import type { TrainingRun, TrainingSpec } from '../../../../src/platform/ports/training.ts'
import { lookUntil, newName } from '../../contract-basics.ts'
import { TICKETS } from '../../offline/ai/training/ticket-rows.ts'
import { describeTrainingContract } from '../../training-contract.ts'
import { AS_FORMAT, type OpenTraining, openTraining, realTrainer, specOf, toFile } from './open-training.ts'

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'lakedesk-training-'))

describeTrainingContract('the local training', async () => {
  const folder = newFolder()
  const opened = [openTraining(folder)]
  const [{ training, platform }] = opened as [OpenTraining]
  return {
    training,
    registry: platform.registry,
    newModelName: () => newName('ml.support.contract'),
    data: {
      format: 'labelled-jsonl',
      files: [toFile(TICKETS)],
      baseModel: 'lakedesk/ticket-classifier',
      task: 'CLASSIFICATION',
    },
    async reopen() {
      const other = openTraining(folder)
      opened.push(other)
      return other.training
    },
    async close() {
      for (const each of opened) await each.close()
      rmSync(folder, { recursive: true })
    },
  }
})

describe('the local training', () => {
  let folder = ''
  let opened: OpenTraining[] = []
  const open = (trainer?: ClassifierTrainer): OpenTraining => {
    const one = openTraining(folder, trainer)
    opened.push(one)
    return one
  }
  beforeEach(() => {
    folder = newFolder()
    opened = []
  })
  afterEach(async () => {
    for (const each of opened) await each.close()
    rmSync(folder, { recursive: true })
  })
  const untilEnded = async ({ training }: OpenTraining, id: string): Promise<TrainingRun | null> =>
    lookUntil(
      () => training.describe(id),
      (run) => !['QUEUED', 'RUNNING'].includes(run?.state ?? ''),
      { everyMs: 20 },
    )
  const train = async (one: OpenTraining, more: Partial<TrainingSpec> = {}) => {
    const trainData = await one.training.upload('tickets', 'labelled-jsonl', [toFile(TICKETS)])
    const id = await one.training.start(specOf(trainData, more))
    return { id, run: await untilEnded(one, id) }
  }

  it('leaves a run with params, losses, figures and files, and a version that points at them', async () => {
    const one = open()
    const { id, run } = await train(one, { params: { rows_from: 'corrected tickets' } })
    expect(run).toMatchObject({ state: 'COMPLETED', version: '1', epochs: { done: 3, of: 3 }, runId: id })
    expect(run?.losses.map(({ epoch }) => epoch)).toEqual([1, 2, 3])
    const { registry, runs } = one.platform
    const logged = await runs.getRun(id)
    expect(logged?.params).toMatchObject({ rows_from: 'corrected tickets', epochs: '3', task: 'CLASSIFICATION' })
    expect(logged?.metrics.macro_f1).toBeGreaterThan(logged?.metrics.base_macro_f1 ?? 1)
    const version = await registry.getVersion('ml.support.ticket_classifier', '1')
    expect(version).toMatchObject({
      source: `runs:/${id}/classifier`,
      runId: id,
      tags: { 'lakedesk.kind': 'classifier' },
    })
    const classifier = await realTrainer.load((path) => runs.artifacts.read(id, path))
    const [answer] = await classifier.classify(['We were charged twice'])
    expect(answer?.label).toBe('queue_a')
  })

  it('trains the same from each format', async () => {
    const one = open()
    const digests = []
    for (const format of ['labelled-jsonl', 'instruction-jsonl', 'chat-jsonl'] as const) {
      const trainData = await one.training.upload('x', format, [toFile(AS_FORMAT[format](TICKETS))])
      const id = await one.training.start(specOf(trainData, { token: format }))
      expect(await untilEnded(one, id)).toMatchObject({ state: 'COMPLETED' })
      digests.push((await realTrainer.load((path) => one.platform.runs.artifacts.read(id, path))).digest)
    }
    expect(new Set(digests).size).toBe(1)
  })

  it('is measured on the evaluation data where there is any', async () => {
    const one = open()
    const evalData = await one.training.upload('e', 'labelled-jsonl', [toFile(TICKETS.filter((_, i) => i % 3 === 0))])
    const { id } = await train(one, { evalData })
    expect((await one.platform.runs.getRun(id))?.metrics).toMatchObject({ held_out_rows: 10, train_rows: 20 })
  })

  it.each<[string, Partial<TrainingSpec>, string]>([
    ['data that was never uploaded', { trainData: 'main.default.tickets' }, 'was not uploaded'],
    ['data that is gone', { trainData: `local:labelled-jsonl/${'a'.repeat(64)}` }, 'no longer there'],
    ['another task', { task: 'CHAT_COMPLETION' }, 'is trained for CLASSIFICATION'],
    ['another base model', { baseModel: 'meta-llama/Llama' }, 'makes lakedesk/ticket-classifier alone'],
    ['a name that is none', { registerTo: 'runs:/x' }, 'cannot be the name of a model'],
    ['no epochs', { duration: '0ep' }, 'cannot be read'],
    ['more epochs than anybody waits for', { duration: '1_000_000_000tok' }, 'at most 200'],
  ])('refuses %s before a run is made', async (_, wrong, sentence) => {
    const one = open()
    const trainData = await one.training.upload('tickets', 'labelled-jsonl', [toFile(TICKETS)])
    await expect(one.training.start(specOf(trainData, wrong))).rejects.toMatchObject({
      code: 'TRAINING_INVALID',
      userMessage: expect.stringContaining(sentence),
    })
    const experimentId = await one.platform.runs.ensureExperiment('/Shared/training')
    expect(await one.platform.runs.searchRuns({ experimentId })).toEqual([])
  })

  it.each([
    ['a line that is no JSON', '{"text": "a", "label": "b"}\nnope\n', 'Line 2 of the training data'],
    ['a line of another form', '{"text": "a"}\n', 'Line 1 of the training data'],
    ['no line', '\n\n', 'has no rows'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00]), 'no UTF-8'],
  ])('refuses %s', async (_, content, sentence) => {
    const one = open()
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
    const trainData = await one.training.upload('t', 'labelled-jsonl', [{ path: 't.jsonl', bytes }])
    await expect(one.training.start(specOf(trainData))).rejects.toThrow(sentence)
  })

  it('refuses data that was changed on the disk', async () => {
    const one = open()
    const trainData = await one.training.upload('tickets', 'labelled-jsonl', [toFile(TICKETS)])
    const kept = join(folder, 'training', 'data')
    for (const name of readdirSync(kept)) writeFileSync(join(kept, name), '{"text":"x","label":"y"}\n')
    await expect(one.training.start(specOf(trainData))).rejects.toThrow('was changed on the disk')
  })

  it('fails with the sentence of the trainer, and stays failed', async () => {
    const one = open()
    const trainData = await one.training.upload('one', 'labelled-jsonl', [toFile(TICKETS.slice(0, 10))])
    const id = await one.training.start(specOf(trainData))
    const run = await untilEnded(one, id)
    expect(run).toMatchObject({ state: 'FAILED', version: null, message: expect.stringContaining('"queue_a"') })
    expect(await one.training.start(specOf(trainData))).toBe(id)
    expect(await one.training.describe(id)).toEqual(run)
  })

  it('refuses a token that belongs to another training', async () => {
    const one = open()
    await train(one)
    await expect(train(one, { duration: '4ep' })).rejects.toMatchObject({ code: 'TRAINING_INVALID' })
  })

  it('tries again when the platform does not answer for a moment', async () => {
    let tries = 0
    const one = open({
      ...realTrainer,
      async train(asked) {
        if (tries++ === 0) throw new LakedeskError('PLATFORM_UNREACHABLE', 'It does not answer.')
        return realTrainer.train(asked)
      },
    })
    expect((await train(one)).run).toMatchObject({ state: 'COMPLETED', version: '1' })
    expect(tries).toBe(2)
  })

  it('is taken up again after its process was killed in the middle, with the same result and one version', async () => {
    const one = open()
    const whole = await train(one, { token: 'undisturbed', registerTo: 'ml.support.other', duration: '150ep' })
    const trainData = await one.training.upload('tickets', 'labelled-jsonl', [toFile(TICKETS)])
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('train-in-child.ts', import.meta.url)), folder, trainData, '150ep'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    await new Promise((resolve) => child.stdout.once('data', resolve))
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('exit', resolve))
    const id = await one.training.start(specOf(trainData, { duration: '150ep' }))
    const left = await one.training.describe(id)
    expect(left).toMatchObject({ state: 'RUNNING', version: null })
    expect(await untilEnded(one, id)).toMatchObject({
      state: 'COMPLETED',
      version: '1',
      epochs: { done: 150, of: 150 },
    })
    const { runs, registry } = one.platform
    const digestOfRun = async (run: string) => (await realTrainer.load((path) => runs.artifacts.read(run, path))).digest
    expect(await digestOfRun(id)).toBe(await digestOfRun(whole.id))
    expect(await registry.listVersions('ml.support.ticket_classifier')).toHaveLength(1)
  })

  it('registers no second version where it was killed between the version and the end of its run', async () => {
    const first = open()
    const { registry } = first.platform
    const create = registry.createVersion
    // The version is made, and nothing after it happens any more.
    registry.createVersion = async (version) => {
      await create(version)
      void first.training.close()
      throw new Error('killed')
    }
    const trainData = await first.training.upload('tickets', 'labelled-jsonl', [toFile(TICKETS)])
    const id = await first.training.start(specOf(trainData))
    await lookUntil(
      () => registry.listVersions('ml.support.ticket_classifier'),
      (versions) => versions.length > 0,
    )
    await first.training.close()
    const second = open()
    expect(await second.training.describe(id)).toMatchObject({ state: 'RUNNING', version: null })
    expect(await second.training.start(specOf(trainData))).toBe(id)
    expect(await untilEnded(second, id)).toMatchObject({ state: 'COMPLETED', version: '1' })
    expect(await registry.listVersions('ml.support.ticket_classifier')).toHaveLength(1)
  })

  it('is cancelled by another process', async () => {
    const [one, other] = [open(), open()]
    const trainData = await one.training.upload('tickets', 'labelled-jsonl', [toFile(TICKETS)])
    const id = await one.training.start(specOf(trainData, { duration: '200ep' }))
    await other.training.cancel(id)
    await one.training.close()
    expect(await other.training.describe(id)).toMatchObject({ state: 'CANCELED', version: null })
    expect(await one.platform.registry.listVersions('ml.support.ticket_classifier')).toEqual([])
  })

  it('is one run and one version where two processes start it at the same moment', async () => {
    const [one, other] = [open(), open()]
    const trainData = await one.training.upload('tickets', 'labelled-jsonl', [toFile(TICKETS)])
    const spec = specOf(trainData, { duration: '20ep' })
    const [first, second] = await Promise.all([one.training.start(spec), other.training.start(spec)])
    expect(second).toBe(first)
    expect(await untilEnded(one, first)).toMatchObject({ state: 'COMPLETED', version: '1' })
    await one.training.close()
    await other.training.close()
    expect(await one.platform.registry.listVersions('ml.support.ticket_classifier')).toHaveLength(1)
    expect(readdirSync(join(folder, 'training', 'locks'))).toEqual([])
  })

  it('takes over from a process that is gone, and from one that had the same process id', async () => {
    const one = open()
    const trainData = await one.training.upload('tickets', 'labelled-jsonl', [toFile(TICKETS)])
    const locks = join(folder, 'training', 'locks')
    mkdirSync(locks)
    for (const [token, holder] of [
      ['gone', '999999999'],
      ['same', String(process.pid)],
      ['cut', ''],
    ] as const) {
      writeFileSync(join(locks, `start-${token}.lock`), holder)
      const id = await one.training.start(specOf(trainData, { token }))
      expect(await untilEnded(one, id)).toMatchObject({ state: 'COMPLETED' })
    }
  })

  it('reads no shards, and says what it reads', async () => {
    const { training } = open()
    await expect(training.upload('s', 'mds', [{ path: 'index.json', bytes: new Uint8Array() }])).rejects.toMatchObject({
      code: 'TRAINING_INVALID',
      userMessage: expect.stringContaining('labelled-jsonl'),
    })
  })

  it.each([
    ['3ep', 3],
    ['1ba', 1],
    ['100ba', 80],
    ['1_000tok', 5],
    ['1tok', 1],
  ])('reads the duration %s as %i epochs of forty short rows', (duration, epochs) => {
    const rows = Array.from({ length: 40 }, (_, n) => ({
      text: `a text of row ${String(n).padStart(10, '0')}`,
      label: 'x',
    }))
    expect(readDuration(duration, rows)).toBe(epochs)
  })

  it('lets the process go on answering while it trains', async () => {
    const one = open()
    const rows = Array.from({ length: 40 }, (_, n) => TICKETS.map((row) => ({ ...row, text: `${row.text} (${n})` })))
    const trainData = await one.training.upload('many', 'labelled-jsonl', [toFile(rows.flat())])
    const id = await one.training.start(specOf(trainData, { duration: '20ep' }))
    let longest = 0
    let before = performance.now()
    const beat = setInterval(() => {
      longest = Math.max(longest, performance.now() - before)
      before = performance.now()
    }, 5)
    expect(await untilEnded(one, id)).toMatchObject({ state: 'COMPLETED' })
    clearInterval(beat)
    expect(longest).toBeLessThan(500)
  }, 60_000)
})
