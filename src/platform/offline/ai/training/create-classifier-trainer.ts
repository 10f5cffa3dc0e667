// Trains the ticket classifier for real: a linear head on embeddings and words, from what its labels mean, seeded and reproducible.
import { setImmediate } from 'node:timers/promises'
import { scoreLabels } from '../../../../core/score-labels.ts'
import type { LabelledRow } from '../../../ports/ai-functions.ts'
import type { ClassifierTrainer, ClassifierTraining, TextClassifier } from '../../../ports/classifier.ts'
import type { TextEmbeddings } from '../../../ports/models.ts'
import type { TrainingFile } from '../../../ports/training.ts'
import { readMeanings } from '../classify/label-meanings.ts'
import { type Embed, rememberEmbeddings } from '../classify/memory.ts'
import { createStemCounter, type StemFeatures } from '../classify/stem-features.ts'
import { createOfflineClassifier } from '../classify.ts'
import { readTicketText } from '../text/ticket-text.ts'
import { checkSettings } from './check-settings.ts'
import { readClassifierFiles, writeClassifierFiles } from './classifier-files.ts'
import { createTextClassifier, createTextReader, toRow } from './create-text-classifier.ts'
import { inSlices } from './in-slices.ts'
import { type Example, toLogits, trainLinearHead } from './linear-head.ts'
import { splitRows } from './split-rows.ts'
import { findScale, surprise } from './temperature.ts'

export const CLASSIFIER_BASE_MODEL = 'lakedesk/ticket-classifier'

/** Of Adam, on vectors of unit length. */
export const CLASSIFIER_LEARNING_RATE = 0.07
/** Words and pairs of words that a head knows at most; its file grows with them and the labels. */
const MOST_FEATURES = 4096
/** Texts that the zero-shot classifier answers between two pauses for others. */
const AT_ONCE = 16

export interface ClassifierTrainerOptions {
  embeddings: TextEmbeddings
  /** Texts per embedding call. More than 1 only for models whose vector of a text does not depend on the others. Default: 1. */
  together?: number
}

export function createClassifierTrainer({ embeddings, together = 1 }: ClassifierTrainerOptions): ClassifierTrainer {
  const embed = rememberEmbeddings(embeddings, together)
  const load = async (read: (path: string) => Promise<Uint8Array | null>): Promise<TextClassifier> => {
    const { parts, digest } = await readClassifierFiles(read, embeddings)
    return createTextClassifier(parts, digest, embed)
  }
  return {
    baseModel: CLASSIFIER_BASE_MODEL,
    load,
    async train(training) {
      const { epochs, seed, signal } = training
      const learningRate = training.learningRate ?? CLASSIFIER_LEARNING_RATE
      checkSettings({ epochs, seed, learningRate })
      const { train, heldOut, labels, leftOut } = splitRows(training.train, training.heldOut, seed)
      const parts = await trainParts({ train, heldOut, labels, embed, training, learningRate, embeddings })
      const counts = { train_rows: train.length, held_out_rows: heldOut.length, left_out_rows: leftOut }
      const facts = {
        ...{ baseModel: CLASSIFIER_BASE_MODEL, labels, ...parts },
        embeddings: { name: embeddings.name, dimension: embeddings.dimension },
        training: { seed, epochs, learningRate, trainRows: train.length, heldOutRows: heldOut.length },
      }
      // Measured is what people will get: the files as they are read back.
      const classifier = await load(readOf(writeClassifierFiles(facts, heldOut, {})))
      const metrics = {
        ...(await measure({ classifier, heldOut, labels, embeddings, together, ...(signal ? { signal } : {}) })),
        ...counts,
      }
      return { files: writeClassifierFiles(facts, heldOut, metrics), metrics }
    },
  }
}

function readOf(files: readonly TrainingFile[]): (path: string) => Promise<Uint8Array | null> {
  return async (path) => files.find((file) => file.path === path)?.bytes ?? null
}

async function trainParts(of: {
  train: readonly LabelledRow[]
  heldOut: readonly LabelledRow[]
  labels: readonly string[]
  embed: Embed
  training: ClassifierTraining
  learningRate: number
  embeddings: TextEmbeddings
}): Promise<{ weights: Float32Array; scale: number; table: StemFeatures['table'] }> {
  const { train, heldOut, labels, embed, training, learningRate, embeddings } = of
  const { epochs, seed, signal, onEpoch } = training
  const read = createTextReader(labels)
  const meanings = await readMeanings(
    labels.map((label) => ({ label })),
    '',
    embed,
    signal,
  )
  const counter = createStemCounter()
  await inSlices(train, ({ text }) => counter.add(read(text)), signal)
  const features = counter.learn(MOST_FEATURES)
  const toExamples = async (rows: readonly LabelledRow[]): Promise<Example[]> => {
    // What says nothing teaches nothing.
    const all = await inSlices(rows, ({ text, label }) => ({ text: read(text), label }), signal)
    const said = all.filter(({ text }) => text !== '')
    const vectors = await embed(
      said.map(({ text }) => text),
      signal,
    )
    const column = new Map(labels.map((label, k) => [label, k]))
    let at = 0
    const toExample = ({ text, label }: LabelledRow): Example => ({
      ...toRow(text, vectors[at++] ?? [], features),
      label: column.get(label) ?? -1,
    })
    return inSlices(said, toExample, signal)
  }
  const rows = await toExamples(train)
  const held = await toExamples(heldOut)
  const heldLabels = held.map(({ label }) => label)
  const shape = { labels: labels.length, dense: embeddings.dimension, sparse: features.size }
  const weights = await trainLinearHead({
    ...{ shape, rows, epochs, learningRate, seed },
    meanings: meanings.map(({ vector }) => vector),
    ...(signal ? { signal } : {}),
    async onEpoch(epoch, step, loss, now) {
      const evalLoss = surprise(await inSlices(held, (row) => toLogits(now, row, shape), signal), heldLabels)
      await onEpoch?.({ step, epoch, loss, evalLoss }, epochs)
    },
  })
  const kept = Float32Array.from(weights)
  const logits = await inSlices(held, (row) => toLogits(kept, row, shape), signal)
  const scale = await findScale(logits, heldLabels, signal)
  return { weights: kept, scale, table: features.table }
}

/** Beside the zero-shot classifier on the same rows, which reads the same of each text and knows the names of the labels. */
async function measure(of: {
  classifier: TextClassifier
  heldOut: readonly LabelledRow[]
  labels: readonly string[]
  embeddings: TextEmbeddings
  together: number
  signal?: AbortSignal
}): Promise<Record<string, number>> {
  const { classifier, heldOut, labels, embeddings, together, signal } = of
  const texts = heldOut.map(({ text }) => text)
  const wanted = heldOut.map(({ label }) => label)
  const trained = await classifier.classify(texts, signal)
  const zeroShot = createOfflineClassifier({ embeddings, together })
  const said = await inSlices(texts, (text) => readTicketText(text).sentences.join('\n'), signal)
  const base: (string | undefined)[] = []
  for (let from = 0; from < said.length; from += AT_ONCE) {
    const some = await zeroShot.classify(
      said.slice(from, from + AT_ONCE),
      labels.map((label) => ({ label })),
      signal ? { signal } : {},
    )
    base.push(...some.map((answer) => answer.labels[0]))
    await setImmediate()
  }
  const after = scoreLabels(
    trained.map(({ label }) => label),
    wanted,
  )
  const before = scoreLabels(base, wanted)
  return {
    ...{ accuracy: after.accuracy, macro_f1: after.macroF1 },
    ...{ base_accuracy: before.accuracy, base_macro_f1: before.macroF1 },
  }
}
