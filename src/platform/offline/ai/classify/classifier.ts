// The words of offline classification: what is asked, and what comes back.
import type { AiLabel, LabelledRow } from '../../../ports/ai-functions.ts'

export interface Classification {
  /** The chosen labels as they were given, the surest first; empty where the text cannot be decided. */
  labels: string[]
  /** From 0 to 1: estimated chance that the answer is right. 0 where the text held nothing to decide by. */
  confidence: number
  /** Probability by label, in the order asked for. Sums to 1; under `multilabel` each is for itself. */
  scores: { label: string; score: number }[]
}

export interface ClassifyOptions {
  /** Any number of labels may hold at once. Default: one label. */
  multilabel?: boolean
  /** What the asker adds to the labels, such as "refunds are billing". Sentences that name a label describe it. */
  instructions?: string
  signal?: AbortSignal
}

export interface OfflineClassifier {
  /** Names method and version: part of the key of every remembered answer. */
  readonly name: string
  /** Replaces the labelled rows. Of equal texts the last one counts. Nothing is trained before it is needed. */
  fit(examples: readonly LabelledRow[]): void
  /** Digest of the labelled rows that steer these labels; equal digests give equal answers. */
  keyPart(labels: readonly AiLabel[]): string
  /**
   * One answer per text, in order. An answer depends on its text, the labels with their descriptions, the instructions and the labelled rows of these
   * labels, never on the other texts. Rejects with EMBEDDINGS_FAILED, or the reason of the signal.
   */
  classify(texts: readonly string[], labels: readonly AiLabel[], options?: ClassifyOptions): Promise<Classification[]>
}
