// Tickets of six trades that the classifier was not written for: as a whole it has to do better than names compared by cosine.
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { calibrationError } from '../../../../../bench/lib/calibration-error.ts'
import { drawRows, readClassifySets } from '../../../../../bench/lib/classify-sets.ts'
import { createPlainClassifier } from '../../../../../bench/lib/plain-minilm.ts'
import { createOfflineEmbeddings } from '../../../../../src/platform/local/embeddings/offline-embeddings.ts'
import { createOfflineClassifier } from '../../../../../src/platform/offline/ai/classify.ts'

const from = (path: string) => fileURLToPath(new URL(`../../../../../${path}`, import.meta.url))
const embeddings = createOfflineEmbeddings({ cacheFolder: from('node_modules/.cache/lakedesk') })
const sets = readClassifySets([from('bench/data')])

/** Mean accuracy, and calibration error over all texts, with this many labelled rows a label. */
async function measure(perLabel: number) {
  const all = []
  let plainlyRight = 0
  for (const { labels, train, test } of sets) {
    const rows = drawRows(train, perLabel, 1)
    const classifier = createOfflineClassifier({ embeddings })
    classifier.fit(rows)
    const texts = test.map(({ text }) => text)
    const answers = await classifier.classify(texts, labels)
    const plain = await createPlainClassifier(embeddings)(texts, labels, rows)
    for (const [i, row] of test.entries()) {
      plainlyRight += Number(plain[i] === row.label)
      all.push({ row, answer: answers[i] ?? { labels: [], confidence: 0, scores: [] } })
    }
  }
  return {
    accuracy: all.filter(({ row, answer }) => answer.labels[0] === row.label).length / all.length,
    plain: plainlyRight / all.length,
    gap: calibrationError(
      all.map(({ answer }) => answer),
      all.map(({ row }) => row),
    ),
  }
}

it('reads labels of trades it knows nothing of, and is as sure as it is right', async () => {
  expect(sets.map(({ name }) => name)).toHaveLength(6)
  const { accuracy, plain, gap } = await measure(0)
  expect(accuracy).toBeGreaterThan(plain)
  expect(accuracy).toBeGreaterThan(0.6)
  expect(gap).toBeLessThan(0.15)
})

it('is better with a few labelled rows', async () => {
  const { accuracy, plain, gap } = await measure(4)
  expect(accuracy).toBeGreaterThan(plain)
  expect(accuracy).toBeGreaterThan(0.65)
  expect(gap).toBeLessThan(0.2)
})
