// Cross-validation on the rows to learn from alone, for choosing constants without looking at the rows to answer.

import { scoreLabels } from '../../src/core/score-labels.ts'
import { createOfflineClassifier } from '../../src/platform/offline/ai/classify.ts'
import type { TextEmbeddings } from '../../src/platform/ports/models.ts'
import { calibrationError } from './calibration-error.ts'
import { type ClassifySet, drawRows } from './classify-sets.ts'
import { mean } from './percentile.ts'
import { toTable } from './table.ts'

const SIZES = [0, 2, 5, Number.POSITIVE_INFINITY]

/** Each row is answered once, by a classifier that has seen only other folds. At most `most` rows of a set are looked at. */
export async function measureFolds(
  sets: readonly ClassifySet[],
  folds: number,
  most: number,
  embeddings: TextEmbeddings,
): Promise<void> {
  const table: string[][] = []
  for (const { name, labels, train } of sets) {
    const rows = drawRows(train, Math.ceil(most / labels.length), 1)
    for (const size of SIZES) {
      const parts = await Promise.all(
        Array.from({ length: folds }, async (_, fold) => {
          const held = rows.filter((_row, i) => i % folds === fold)
          const classifier = createOfflineClassifier({ embeddings })
          classifier.fit(
            drawRows(
              rows.filter((_row, i) => i % folds !== fold),
              size,
              fold,
            ),
          )
          const answers = await classifier.classify(
            held.map(({ text }) => text),
            labels,
          )
          return held.map((row, i) => ({ row, answer: answers[i] ?? { labels: [], confidence: 0, scores: [] } }))
        }),
      )
      const all = parts.flat()
      const { accuracy, macroF1 } = scoreLabels(
        all.map(({ answer }) => answer.labels[0]),
        all.map(({ row }) => row.label),
      )
      const error = calibrationError(
        all.map(({ answer }) => answer),
        all.map(({ row }) => row),
      )
      const sure = mean(all.map(({ answer }) => answer.confidence))
      const shown = size === Number.POSITIVE_INFINITY ? 'all others' : `${size}`
      table.push([name, `${all.length}`, shown, ...[accuracy, macroF1, sure, error].map((value) => value.toFixed(3))])
    }
  }
  console.log(
    toTable(['set', 'rows', 'learned of a label', 'accuracy', 'macro-F1', 'confidence', 'calibration error'], table),
  )
}
