// The peer of the classifier: the nearest label name, or the nearest centroid of labelled rows, by cosine and nothing else.
import { readableName } from '../../src/platform/offline/ai/classify/label-names.ts'
import { dot, indexOfMost, unitMean, type Vector } from '../../src/platform/offline/ai/classify/vectors.ts'
import type { AiLabel, LabelledRow } from '../../src/platform/ports/ai-functions.ts'
import type { TextEmbeddings } from '../../src/platform/ports/models.ts'

export type PlainClassifier = (
  texts: readonly string[],
  labels: readonly AiLabel[],
  rows: readonly LabelledRow[],
) => Promise<(string | undefined)[]>

export function createPlainClassifier(embeddings: TextEmbeddings): PlainClassifier {
  return async (texts, labels, rows) => {
    const names = labels.map(({ label, description }) =>
      description ? `${readableName(label)}: ${description}` : readableName(label),
    )
    const targets: Vector[] = await embeddings.embedDocuments(names)
    const taught = await embeddings.embedDocuments(rows.map(({ text }) => text))
    for (const [k, { label }] of labels.entries()) {
      const own = taught.filter((_, i) => rows[i]?.label === label)
      if (own.length > 0) targets[k] = unitMean(own)
    }
    const vectors = await embeddings.embedDocuments([...texts])
    return vectors.map((vector) => labels[indexOfMost(targets.map((target) => dot(target, vector)))]?.label)
  }
}
