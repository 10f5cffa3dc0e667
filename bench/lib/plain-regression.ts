// The peer of the fine-tune: multinomial logistic regression with an L2 penalty on the vectors of the whole texts, and nothing else.
import { trainSoftmax } from '../../src/platform/offline/ai/classify/softmax-regression.ts'
import { indexOfMost } from '../../src/platform/offline/ai/classify/vectors.ts'
import type { LabelledRow } from '../../src/platform/ports/ai-functions.ts'
import type { TextEmbeddings } from '../../src/platform/ports/models.ts'

const NO_WORDS = { index: new Int32Array(), value: new Float64Array() }

/** One label per text. */
export async function classifyByRegression(
  embeddings: TextEmbeddings,
  train: readonly LabelledRow[],
  texts: readonly string[],
): Promise<(string | undefined)[]> {
  const labels = [...new Set(train.map(({ label }) => label))]
  const taught = await embeddings.embedDocuments(train.map(({ text }) => text))
  const model = await trainSoftmax({
    rows: taught.map((dense) => ({ dense, sparse: NO_WORDS })),
    classes: train.map(({ label }) => labels.indexOf(label)),
    ...{ count: labels.length, dense: embeddings.dimension, sparse: 0 },
  })
  const vectors = await embeddings.embedDocuments([...texts])
  return vectors.map((dense) => labels[indexOfMost(model.logits({ dense, sparse: NO_WORDS }))])
}
