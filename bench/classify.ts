// How well texts are put under labels without a hosted model: zero-shot, and with labelled rows, beside plain MiniLM in the same run.
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type LabelScores, scoreLabels } from '../src/core/score-labels.ts'
import { createOfflineEmbeddings } from '../src/platform/local/embeddings/offline-embeddings.ts'
import { type Classification, createOfflineClassifier } from '../src/platform/offline/ai/classify.ts'
import type { LabelledRow } from '../src/platform/ports/ai-functions.ts'
import { calibrationError } from './lib/calibration-error.ts'
import { measureFolds } from './lib/classify-folds.ts'
import { type ClassifySet, drawRows, readClassifySets } from './lib/classify-sets.ts'
import { describeMachine } from './lib/machine.ts'
import { measureModelClassifier } from './lib/model-classify.ts'
import { mean } from './lib/percentile.ts'
import { createPlainClassifier } from './lib/plain-minilm.ts'
import { rememberVectors } from './lib/remember-vectors.ts'
import { toTable } from './lib/table.ts'

const DEFAULT_DATA = fileURLToPath(new URL('data', import.meta.url))
const DRAWS = [1, 2, 3]
/** Rows of each label; 0 is zero-shot. */
const SIZES = [0, 5, 10, Number.POSITIVE_INFINITY]

/** What was published for sets of which the folder's name holds the word. Accuracy on the whole test part. */
const PUBLISHED: readonly { set: string; figures: Readonly<Record<string, string>> }[] = [
  {
    set: 'banking77',
    figures: {
      '0': 'MiniLM, nearest label .613',
      '5': 'MiniLM + logistic regression .788',
      '10': 'MiniLM + logistic regression .845; ICDA (large model) .898',
      all: 'MiniLM + logistic regression .933; BERT .937',
    },
  },
  {
    set: 'insurance',
    figures: {
      '0': 'MiniLM, nearest label .471; large model .71',
      all: 'TF-IDF centroid .956; large model with retrieval and reasoning .94',
    },
  },
]

const { values: given } = parseArgs({
  options: {
    data: { type: 'string', multiple: true },
    model: { type: 'string' },
    'base-url': { type: 'string' },
    rows: { type: 'string', default: '200' },
    folds: { type: 'string' },
    most: { type: 'string', default: '1200' },
  },
})
const embeddings = rememberVectors(
  createOfflineEmbeddings({ cacheFolder: path.join(tmpdir(), 'lakedesk-bench-models') }),
)
const never = new AbortController().signal

interface Measured extends LabelScores {
  seconds: number
}

async function timed(rows: readonly LabelledRow[], give: () => Promise<(string | undefined)[]>): Promise<Measured> {
  const started = performance.now()
  const labels = await give()
  const quality = scoreLabels(
    labels,
    rows.map(({ label }) => label),
  )
  return { ...quality, seconds: (performance.now() - started) / 1000 }
}

function average(all: readonly Measured[]): Measured {
  const of = (key: keyof Measured) => mean(all.map((one) => one[key]))
  return { accuracy: of('accuracy'), macroF1: of('macroF1'), seconds: of('seconds') }
}

const show = ({ accuracy, macroF1 }: LabelScores): string => `${accuracy.toFixed(3)} / ${macroF1.toFixed(3)}`

async function measure(set: ClassifySet): Promise<void> {
  const texts = set.test.map(({ text }) => text)
  const published = PUBLISHED.find((one) => set.name.includes(one.set))?.figures ?? {}
  const table: string[][] = []
  for (const size of SIZES) {
    const draws = size === 0 || size === Number.POSITIVE_INFINITY ? DRAWS.slice(0, 1) : DRAWS
    const ours: Measured[] = []
    const peer: Measured[] = []
    const gaps: number[] = []
    let taught = 0
    for (const seed of draws) {
      const rows = drawRows(set.train, size, seed)
      taught = rows.length
      // The vectors of a run are shared: the peer embeds the texts, so our seconds hold labels, sentences, training and answering.
      peer.push(await timed(set.test, () => createPlainClassifier(embeddings)(texts, set.labels, rows)))
      const classifier = createOfflineClassifier({ embeddings })
      classifier.fit(rows)
      let answers: Classification[] = []
      ours.push(
        await timed(set.test, async () => {
          answers = await classifier.classify(texts, set.labels, { signal: never })
          return answers.map(({ labels }) => labels[0])
        }),
      )
      gaps.push(calibrationError(answers, set.test))
    }
    const [mine, plain] = [average(ours), average(peer)]
    table.push([
      size === Number.POSITIVE_INFINITY ? `all (${taught})` : `${size}`,
      show(plain),
      show(mine),
      ((1 - mine.accuracy) / (1 - plain.accuracy)).toFixed(2),
      mean(gaps).toFixed(3),
      mine.seconds.toFixed(1),
      (texts.length / mine.seconds).toFixed(0),
      published[size === Number.POSITIVE_INFINITY ? 'all' : `${size}`] ?? '',
    ])
  }
  console.log(
    `\n${set.name}: ${set.labels.length} labels${set.labels.some(({ description }) => description) ? ' with descriptions' : ''}, ` +
      `${set.train.length} rows to learn from, ${set.test.length} to answer. Accuracy / macro-F1.`,
  )
  console.log(
    toTable(
      ['rows per label', 'plain MiniLM', 'OFFLINE', 'errors to plain', 'calibration error', 's', 'rows/s', 'published'],
      table,
    ),
  )
}

/** 500 labels with descriptions, none seen before, and a batch of texts: what the largest list costs. */
async function measureManyLabels(set: ClassifySet): Promise<void> {
  const texts = set.test.slice(0, 500).map(({ text }) => text)
  const labels = set.train
    .slice(0, 500)
    .map(({ text }, i) => ({ label: `topic ${i}`, description: text.slice(0, 200) }))
  const classifier = createOfflineClassifier({ embeddings })
  const seconds = async () => {
    const started = performance.now()
    await classifier.classify(texts, labels, { signal: never })
    return (performance.now() - started) / 1000
  }
  const [first, again] = [await seconds(), await seconds()]
  console.log(
    `\n${labels.length} labels, ${texts.length} texts: ${first.toFixed(1)} s the first time, ${again.toFixed(1)} s with everything embedded.`,
  )
}

const folders = given.data ?? process.env.LAKEDESK_BENCH_DATA?.split(path.delimiter) ?? [DEFAULT_DATA]
const sets = readClassifySets(folders)
if (sets.length === 0) {
  console.error(`bench:classify did not run: no set in ${folders.join(', ')}.
It measures on folders, or folders right below them, with train.jsonl and test.jsonl of {text, label} in JSON Lines,
and labels.json {label: description} where the labels have descriptions. Such as BANKING77:
github.com/PolyAI-LDN/task-specific-datasets, and insurance tickets: github.com/anthropics/anthropic-cookbook.
Give the folders with --data <folder> (repeatable) or LAKEDESK_BENCH_DATA.`)
  process.exitCode = 1
} else if (given.folds !== undefined) {
  console.log(`Cross-validation on the rows to learn from alone, ${given.folds} folds. ${describeMachine()}`)
  await measureFolds(sets, Number(given.folds), Number(given.most), embeddings)
} else {
  console.log(`Classification without a hosted model. ${describeMachine()}`)
  console.log('Seconds without the texts as a whole: plain MiniLM, first in each line, has embedded them.')
  console.log(
    'Draws of labelled rows: seeds 1, 2, 3, averaged. Plain MiniLM: nearest label name, or nearest centroid of the rows.',
  )
  await embeddings.embedQuery('loads the model')
  for (const set of sets) await measure(set)
  const largest = sets.reduce((a, b) => (b.test.length > a.test.length ? b : a))
  await measureManyLabels(largest)
  const baseUrl = given['base-url'] ?? process.env.LAKEDESK_MODEL_BASE_URL
  const model = given.model ?? process.env.LAKEDESK_MODEL
  if (model !== undefined && baseUrl !== undefined) {
    const apiKey = process.env.LAKEDESK_MODEL_API_KEY
    const endpoint = { baseUrl, model, timeoutMs: 120_000, ...(apiKey ? { apiKey } : {}) }
    await measureModelClassifier({ endpoint, rows: Number(given.rows), sets })
  } else {
    console.log('\nA hosted model was not measured: give --model <name> and --base-url <url> (--rows 200 of each set).')
  }
}
