// The ticket classifier is trained for real, with the real embeddings.
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createOfflineEmbeddings } from '../../../../../src/platform/local/embeddings/offline-embeddings.ts'
import { createClassifierTrainer } from '../../../../../src/platform/offline/ai/training/create-classifier-trainer.ts'
import { type ClassifierTraining, HELD_OUT_FILE } from '../../../../../src/platform/ports/classifier.ts'
import type { LossPoint, TrainingFile } from '../../../../../src/platform/ports/training.ts'
import { createHashedEmbeddings } from '../../../local/hashed-embeddings.ts'
import { TICKETS } from './ticket-rows.ts'

const cacheFolder = fileURLToPath(new URL('../../../../../node_modules/.cache/lakedesk', import.meta.url))
const embeddings = createOfflineEmbeddings({ cacheFolder })
const trainer = createClassifierTrainer({ embeddings })
const training = (more: Partial<ClassifierTraining> = {}): ClassifierTraining => ({
  ...{ train: TICKETS, heldOut: [], epochs: 3, learningRate: null, seed: 7 },
  ...more,
})
const readOf = (files: readonly TrainingFile[]) => async (path: string) =>
  files.find((file) => file.path === path)?.bytes ?? null
const textOf = (files: readonly TrainingFile[], path: string): string =>
  new TextDecoder().decode(files.find((file) => file.path === path)?.bytes)

describe('training the ticket classifier', () => {
  it('is better than the zero-shot classifier on rows that it has not seen', async () => {
    const points: LossPoint[] = []
    const { files, metrics } = await trainer.train(training({ onEpoch: (point) => void points.push(point) }))
    expect(metrics.macro_f1).toBeGreaterThan((metrics.base_macro_f1 ?? 1) + 0.2)
    expect(files.map(({ path }) => path)).toContain('classifier/MLmodel')
    expect(metrics).toMatchObject({ train_rows: 24, held_out_rows: 6, left_out_rows: 0 })
    expect(points.map(({ epoch }) => epoch)).toEqual([1, 2, 3])
    expect(points.at(-1)?.loss).toBeLessThan(points[0]?.loss ?? 0)
    expect(points.every(({ evalLoss }) => evalLoss !== null && evalLoss > 0)).toBe(true)
    const held = textOf(files, HELD_OUT_FILE).trim().split('\n')
    expect(held.map((line) => JSON.parse(line).label).sort()).toEqual(
      ['queue_a', 'queue_b', 'queue_c'].flatMap((label) => [label, label]),
    )
  })

  it('gives the same bytes for the same rows and seed, also from another trainer that has embedded other texts before', async () => {
    const first = await trainer.train(training())
    const other = createClassifierTrainer({ embeddings: createOfflineEmbeddings({ cacheFolder }) })
    await other.train(training({ train: TICKETS.toReversed(), seed: 1 }))
    expect(await other.train(training())).toEqual(first)
    expect((await trainer.train(training({ seed: 8 }))).files).not.toEqual(first.files)
  })

  it('is loaded again and answers each text for itself', async () => {
    const { files } = await trainer.train(training())
    const classifier = await trainer.load(readOf(files))
    const texts = ['My login is refused', 'We were charged twice', 'The page crashes with an error']
    const together = await classifier.classify(texts)
    expect(together.map(({ label }) => label)).toEqual(['queue_b', 'queue_a', 'queue_c'])
    for (const [i, text] of texts.entries()) expect(await classifier.classify([text])).toEqual([together[i]])
    for (const { scores, confidence } of together) {
      expect(scores.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9)
      expect(confidence).toBe(Math.max(...scores))
    }
    expect((await classifier.classify(['xqzvkj wprtn', '']))[0]?.confidence).toBe(0)
  })

  it.each([
    ['no rows', [], 'no rows'],
    ['one label', TICKETS.slice(0, 10), 'All rows to train on have the label "queue_a"'],
    ['an empty text', [...TICKETS, { text: ' \n', label: 'queue_a' }], 'Row 31 of the training data has an empty text'],
    ['an empty label', [...TICKETS, { text: 'hm', label: ' ' }], 'Row 31 of the training data has an empty label'],
    ['too few rows', TICKETS.filter((_, i) => i % 8 === 0), 'Only 4 rows are left'],
  ])('refuses %s by name', async (_, train, sentence) => {
    await expect(trainer.train(training({ train }))).rejects.toMatchObject({
      code: 'TRAINING_INVALID',
      userMessage: expect.stringContaining(sentence),
    })
  })

  it('trains on no row that it is measured on', async () => {
    const heldOut = TICKETS.filter((_, i) => i % 5 === 0)
    const { metrics } = await trainer.train(
      training({ heldOut: heldOut.map(({ text, label }) => ({ text: ` ${text.toUpperCase()}`, label })) }),
    )
    expect(metrics).toMatchObject({ train_rows: 24, held_out_rows: 6, left_out_rows: 6 })
  })

  it('learns rare labels beside a common one', async () => {
    const common = TICKETS.filter(({ label }) => label === 'queue_c')
    const many = ['', 'Hello, ', 'Please help: ', 'Since today: '].flatMap((start) =>
      common.map(({ text, label }) => ({ text: `${start}${text}`, label })),
    )
    const rare = TICKETS.filter(({ label }, i) => label !== 'queue_c' && i % 2 === 0)
    const heldOut = TICKETS.filter(({ label }, i) => label !== 'queue_c' && i % 2 === 1)
    const { metrics } = await trainer.train(training({ train: [...many, ...rare], heldOut, epochs: 5 }))
    expect(metrics).toMatchObject({ train_rows: 50, held_out_rows: 10 })
    expect(metrics.macro_f1).toBeGreaterThan(0.7)
  })

  it('stops when it is told to', async () => {
    const stop = new AbortController()
    const asked = trainer.train(
      training({ signal: stop.signal, onEpoch: () => stop.abort(new Error('enough')), epochs: 50 }),
    )
    await expect(asked).rejects.toThrow('enough')
  })
})

describe('damaged files', () => {
  const trained = trainer.train(training())
  const damage = async (path: string, change: (bytes: Uint8Array) => Uint8Array | null) => {
    const { files } = await trained
    return trainer.load(async (asked) => {
      const bytes = files.find((file) => file.path === asked)?.bytes ?? null
      return asked === path && bytes ? change(bytes) : bytes
    })
  }
  const rewrite = (change: (head: Record<string, unknown>) => unknown) => (bytes: Uint8Array) =>
    new TextEncoder().encode(JSON.stringify(change(JSON.parse(new TextDecoder().decode(bytes)))))
  it.each([
    ['head.json is missing', 'head.json', () => null],
    ['weights.f32 is missing', 'weights.f32', () => null],
    ['is no JSON', 'head.json', (bytes: Uint8Array) => bytes.slice(0, -9)],
    ['belong there', 'weights.f32', (bytes: Uint8Array) => bytes.slice(0, -4)],
    ['digest differs', 'weights.f32', (bytes: Uint8Array) => bytes.map((byte, i) => (i === 40 ? byte ^ 1 : byte))],
    ['another version', 'head.json', rewrite((head) => ({ ...head, formatVersion: 2 }))],
    ['a label stands twice', 'head.json', rewrite((head) => ({ ...head, labels: ['a', 'a', 'b'] }))],
    ['belong there', 'head.json', rewrite((head) => ({ ...head, labels: ['a', 'b'] }))],
  ])('says what is wrong: %s (%#)', async (what, file, change) => {
    await expect(damage(`classifier/${file}`, change)).rejects.toMatchObject({
      code: 'CLASSIFIER_INVALID',
      userMessage: expect.stringContaining(what),
    })
  })

  it('refuses a head for other embeddings', async () => {
    const { files } = await trained
    const other = createClassifierTrainer({ embeddings: createHashedEmbeddings() })
    await expect(other.load(readOf(files))).rejects.toMatchObject({
      code: 'CLASSIFIER_INVALID',
      userMessage: expect.stringContaining('hashed'),
    })
  })
})
