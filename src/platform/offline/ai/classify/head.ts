// The linear head: what labelled rows teach beyond the meaning of the labels.
import type { LabelMeaning } from './label-meanings.ts'
import { type Row, type Softmax, trainSoftmax } from './softmax-regression.ts'
import { learnStemFeatures, type StemFeatures } from './stem-features.ts'
import { softmax, type Vector } from './vectors.ts'

export interface TaughtText {
  text: string
  vector: Vector
  /** Index of the label. */
  label: number
}

export interface Head {
  /** One probability per label. */
  probabilities(text: string, vector: Vector): Float64Array
}

const FOLDS = 3
/** Rows that calibration looks at, evenly spread. */
const CALIBRATED_ON = 1500
/** Rows of a label from which held-out rows say something. */
const ENOUGH = 4
/** With fewer: the penalty makes heads of few rows say less than they know. */
const DEFAULT_SCALE = 2.8
const SCALES = [0.5, 0.7, 1, 1.4, 2, 2.8, 4]

/** Every label with a meaning of its own is one more row of its class, so that labels without rows stay in the race. */
export async function trainHead(
  taught: readonly TaughtText[],
  meanings: readonly LabelMeaning[],
  signal?: AbortSignal,
): Promise<Head> {
  const { model, features } = await train(taught, meanings, signal)
  const scale = await calibrate(taught, meanings, signal)
  return {
    probabilities: (text, vector) => softmax(model.logits(toRow(text, vector, features)), scale),
  }
}

async function train(
  taught: readonly TaughtText[],
  meanings: readonly LabelMeaning[],
  signal?: AbortSignal,
): Promise<{ model: Softmax; features: StemFeatures }> {
  const features = learnStemFeatures(taught.map(({ text }) => text))
  const own = meanings.flatMap(({ empty, name, vector }, label) =>
    empty ? [] : [{ text: name.join(' '), vector, label }],
  )
  const all = [...taught, ...own]
  const model = await trainSoftmax({
    rows: all.map(({ text, vector }) => toRow(text, vector, features)),
    classes: all.map(({ label }) => label),
    count: meanings.length,
    dense: taught[0]?.vector.length ?? 0,
    sparse: features.size,
    ...(signal ? { signal } : {}),
  })
  return { model, features }
}

function toRow(text: string, vector: Vector, features: StemFeatures): Row {
  return { dense: vector, sparse: features.toVector(text) }
}

/**
 * The factor on the logits under which held-out rows are least surprising (temperature scaling: Guo et al. 2017). Only labels with rows are looked at; with few
 * rows a label nothing is held out.
 */
async function calibrate(
  taught: readonly TaughtText[],
  meanings: readonly LabelMeaning[],
  signal?: AbortSignal,
): Promise<number> {
  const counts = new Map<number, number>()
  for (const { label } of taught) counts.set(label, (counts.get(label) ?? 0) + 1)
  if (taught.length / Math.max(1, counts.size) < ENOUGH) return DEFAULT_SCALE
  const step = Math.max(1, taught.length / CALIBRATED_ON)
  const rows = Array.from({ length: Math.floor(taught.length / step) }, (_, i) => taught[Math.floor(i * step)]).filter(
    (row) => row !== undefined,
  )
  const surprise = SCALES.map(() => 0)
  const seen = new Map<number, number>()
  // Each label is dealt out over the folds in turn.
  const fold = rows.map(({ label }) => {
    const nth = seen.get(label) ?? 0
    seen.set(label, nth + 1)
    return nth % FOLDS
  })
  for (let held = 0; held < FOLDS; held++) {
    const { model, features } = await train(
      rows.filter((_, i) => fold[i] !== held),
      meanings,
      signal,
    )
    for (const [i, { text, vector, label }] of rows.entries()) {
      if (fold[i] !== held) continue
      const logits = model.logits(toRow(text, vector, features))
      for (const [s, scale] of SCALES.entries()) {
        surprise[s] = (surprise[s] ?? 0) - Math.log(Math.max(1e-9, softmax(logits, scale)[label] ?? 0))
      }
    }
  }
  return SCALES[surprise.indexOf(Math.min(...surprise))] ?? DEFAULT_SCALE
}
