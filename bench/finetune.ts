// What the fine-tune of the ticket classifier is worth: zero-shot, plain logistic regression on MiniLM, and trained, on rows none has seen.
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { scoreLabels } from '../src/core/score-labels.ts'
import { createOfflineEmbeddings } from '../src/platform/local/embeddings/offline-embeddings.ts'
import { createClassifierTrainer } from '../src/platform/offline/ai/training/create-classifier-trainer.ts'
import type { LabelledRow } from '../src/platform/ports/ai-functions.ts'
import type { LossPoint } from '../src/platform/ports/training.ts'
import { type ClassifySet, drawRows, readClassifySets } from './lib/classify-sets.ts'
import { describeMachine } from './lib/machine.ts'
import { mean } from './lib/percentile.ts'
import { classifyByRegression } from './lib/plain-regression.ts'
import { rememberVectors } from './lib/remember-vectors.ts'
import { toTable } from './lib/table.ts'

const DEFAULT_DATA = fileURLToPath(new URL('data', import.meta.url))
/** Rows of each label. */
const SIZES = [5, 10, 50, Number.POSITIVE_INFINITY]
const DRAWS = [1, 2, 3]

const { values: given } = parseArgs({
  options: {
    data: { type: 'string', multiple: true },
    epochs: { type: 'string', default: '3' },
    /** Of 0 all rows to answer are answered. */
    most: { type: 'string', default: '0' },
  },
})
const epochs = Number(given.epochs)
const embeddings = rememberVectors(
  createOfflineEmbeddings({ cacheFolder: path.join(tmpdir(), 'lakedesk-bench-models') }),
)

interface Measured {
  rows: number
  base: number
  peer: number
  ours: number
  baseAccuracy: number
  peerAccuracy: number
  oursAccuracy: number
  peerSeconds: number
  seconds: number
  points: LossPoint[]
  files: string
}

const since = (started: number): number => (performance.now() - started) / 1000

async function measureOnce(train: readonly LabelledRow[], test: readonly LabelledRow[]): Promise<Measured> {
  const wanted = test.map(({ label }) => label)
  const texts = test.map(({ text }) => text)
  // Everything is embedded before the clocks run: both need the same vectors.
  await embeddings.embedDocuments([...train.map(({ text }) => text), ...texts])
  const peerStarted = performance.now()
  const peer = scoreLabels(await classifyByRegression(embeddings, train, texts), wanted)
  const peerSeconds = since(peerStarted)
  const points: LossPoint[] = []
  const started = performance.now()
  const { metrics, files } = await createClassifierTrainer({ embeddings }).train({
    ...{ train, heldOut: test, epochs, learningRate: null, seed: 42 },
    onEpoch: (point) => void points.push(point),
  })
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0)
  return {
    rows: train.length,
    ...{ base: metrics.base_macro_f1 ?? 0, baseAccuracy: metrics.base_accuracy ?? 0 },
    ...{ peer: peer.macroF1, peerAccuracy: peer.accuracy, peerSeconds },
    ...{ ours: metrics.macro_f1 ?? 0, oursAccuracy: metrics.accuracy ?? 0, seconds: since(started) },
    points,
    files: `${(bytes / 1e6).toFixed(1)} MB`,
  }
}

async function measure(set: ClassifySet): Promise<void> {
  const most = Number(given.most)
  const test = most > 0 ? drawRows(set.test, Math.ceil(most / set.labels.length), 1) : set.test
  const table: string[][] = []
  for (const size of SIZES) {
    const all = size === Number.POSITIVE_INFINITY
    if (!all && set.train.length <= size * set.labels.length) continue
    const runs: Measured[] = []
    for (const seed of all ? DRAWS.slice(0, 1) : DRAWS)
      runs.push(await measureOnce(drawRows(set.train, size, seed), test))
    const of = (key: Exclude<keyof Measured, 'points' | 'files'>) => mean(runs.map((run) => run[key]))
    const show = (f1: number, accuracy: number) => `${f1.toFixed(3)} / ${accuracy.toFixed(3)}`
    table.push([
      all ? `all (${of('rows')})` : `${size} a label (${of('rows').toFixed(0)})`,
      show(of('base'), of('baseAccuracy')),
      show(of('peer'), of('peerAccuracy')),
      show(of('ours'), of('oursAccuracy')),
      `+${(of('ours') - of('base')).toFixed(3)}`,
      ((1 - of('ours')) / (1 - of('peer'))).toFixed(2),
      of('peerSeconds').toFixed(1),
      of('seconds').toFixed(1),
      runs[0]?.files ?? '',
    ])
    if (all)
      for (const { epoch, loss, evalLoss } of runs[0]?.points ?? [])
        console.log(`${set.name}, epoch ${epoch}: loss ${loss.toFixed(3)}, held out ${evalLoss?.toFixed(3)}`)
  }
  console.log(
    `\n${set.name}: ${set.labels.length} labels, ${test.length} rows held out. Macro-F1 / accuracy on them, ${epochs} epochs.`,
  )
  console.log(
    toTable(['rows', 'zero-shot', 'MiniLM + LR', 'FINE-TUNE', 'gain', 'errors to LR', 's LR', 's', 'files'], table),
  )
}

const folders = given.data ?? process.env.LAKEDESK_BENCH_DATA?.split(path.delimiter) ?? [DEFAULT_DATA]
const sets = readClassifySets(folders)
if (sets.length === 0) {
  console.error(`bench:finetune did not run: no set in ${folders.join(', ')}.
It measures on folders, or folders right below them, with train.jsonl and test.jsonl of {text, label} in JSON Lines. Such as
BANKING77: github.com/PolyAI-LDN/task-specific-datasets, and insurance tickets: github.com/anthropics/anthropic-cookbook.
Give the folders with --data <folder> (repeatable) or LAKEDESK_BENCH_DATA.`)
  process.exitCode = 1
} else {
  console.log(`Fine-tune of the ticket classifier. ${describeMachine()}`)
  console.log(
    'Rows held out: the test part of each set, which nothing is trained or chosen on but how sure answers are.',
  )
  console.log(
    'Draws of rows: seeds 1, 2, 3, averaged. Seconds without embedding the texts; of the fine-tune with measuring both.',
  )
  for (const set of sets) await measure(set)
}
