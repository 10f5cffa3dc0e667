// The port of the ticket classifier that is trained here: made from labelled rows, kept as files of a run, loaded as a registered version.
import type { LabelledRow } from './ai-functions.ts'
import type { LossPoint, TrainingFile } from './training.ts'

/** Folder of its files among the artifacts of its run; a version's source is `runs:/<run id>/classifier`. */
export const CLASSIFIER_FOLDER = 'classifier'

/** Rows that were held out when it was trained, as JSON lines `{text, label}` in its folder: every version can be measured on them. */
export const HELD_OUT_FILE = `${CLASSIFIER_FOLDER}/held-out.jsonl`

export interface Predicted {
  label: string
  /** From 0 to 1. */
  confidence: number
  /** Probability of each label, in the order of `labels`. */
  scores: readonly number[]
}

export interface TextClassifier {
  /** Digest of its files: part of the key of every remembered answer. */
  readonly digest: string
  readonly labels: readonly string[]
  /** One answer per text, in order; an answer depends on its text alone. Rejects with EMBEDDINGS_FAILED, or the reason of the signal. */
  classify(texts: readonly string[], signal?: AbortSignal): Promise<Predicted[]>
}

export interface ClassifierTraining {
  train: readonly LabelledRow[]
  /** Empty: a seeded, stratified part of `train` is held out. */
  heldOut: readonly LabelledRow[]
  epochs: number
  /** Null: the trainer's own. */
  learningRate: number | null
  seed: number
  signal?: AbortSignal
  /** After each epoch. */
  onEpoch?(point: LossPoint, of: number): void | Promise<void>
}

export interface TrainedClassifier {
  /** Equal rows and settings give equal bytes. Paths begin with CLASSIFIER_FOLDER. */
  files: readonly TrainingFile[]
  /** On the held-out rows: `accuracy`, `macro_f1`, and the same of the zero-shot classifier as `base_accuracy`, `base_macro_f1`. */
  metrics: Readonly<Record<string, number>>
}

export interface ClassifierTrainer {
  /** Name as a base model, such as `lakedesk/ticket-classifier`. */
  readonly baseModel: string
  /** Throws TRAINING_INVALID naming what is wrong with the rows (fewer than two labels, too few rows, an empty text). */
  train(training: ClassifierTraining): Promise<TrainedClassifier>
  /** Throws CLASSIFIER_INVALID where the files are damaged, missing, or made for other embeddings. */
  load(read: (path: string) => Promise<Uint8Array | null>): Promise<TextClassifier>
}
