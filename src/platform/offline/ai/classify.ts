// Classifies texts without a hosted model: by the meaning of the labels, and by labelled rows where there are any.
import { createHash } from 'node:crypto'
import type { AiLabel, LabelledRow } from '../../ports/ai-functions.ts'
import type { TextEmbeddings } from '../../ports/models.ts'
import { cosine, createEmbedder } from '../embedder.ts'
import type { OfflineClassifier } from './classify/classifier.ts'
import { isCatchAll, readableName } from './classify/label-names.ts'

export type { Classification, ClassifyOptions, OfflineClassifier } from './classify/classifier.ts'

/** Raise it whenever an answer may change: remembered answers of other versions are not used. */
const METHOD_VERSION = 1

export function createOfflineClassifier({ embeddings }: { embeddings: TextEmbeddings }): OfflineClassifier {
  const embedder = createEmbedder(embeddings)
  let rows: readonly LabelledRow[] = []
  const rowsOf = (labels: readonly AiLabel[]) => {
    const asked = new Set(labels.map(({ label }) => label))
    return rows.filter(({ label }) => asked.has(label))
  }
  return {
    name: `offline-classifier-${METHOD_VERSION}(${embeddings.name})`,
    fit(examples) {
      rows = [...new Map(examples.map((row) => [row.text, row])).values()]
    },
    keyPart(labels) {
      return createHash('sha256')
        .update(JSON.stringify(rowsOf(labels).map(({ text, label }) => [text, label])))
        .digest('hex')
        .slice(0, 32)
    },
    async classify(texts, labels, { signal } = {}) {
      const names = labels.map(({ label, description }) =>
        description ? `${readableName(label)}: ${description}` : readableName(label),
      )
      const labelVectors = await embedder.texts(names, signal)
      const textVectors = await embedder.texts(texts, signal)
      const known = new Map(rowsOf(labels).map(({ text, label }) => [text, label]))
      return texts.map((text, i) => {
        const logits = labelVectors.map((vector) => cosine(vector, textVectors[i] ?? []) * 20)
        const most = Math.max(...logits)
        const weights = logits.map((value) => Math.exp(value - most))
        const sum = weights.reduce((a, b) => a + b, 0)
        const scores = labels.map(({ label }, k) => ({ label, score: (weights[k] ?? 0) / sum }))
        const best = scores.reduce((a, b) => (b.score > a.score ? b : a))
        const corrected = known.get(text)
        if (corrected !== undefined) return { labels: [corrected], confidence: 1, scores }
        if (text.trim() === '') {
          return { labels: labels.filter(isCatchAll).map(({ label }) => label), confidence: 0, scores }
        }
        return { labels: [best.label], confidence: best.score, scores }
      })
    },
  }
}
