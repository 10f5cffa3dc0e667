// Where evaluations of a classifier are asked for: the rows, what of them counts, and the labels it gives.
import type { Log } from '../core/log.ts'
import type { TextClassifier } from '../platform/ports/classifier.ts'
import type { Runs } from '../platform/ports/runs.ts'
import type { Checkpoints } from '../store/port.ts'
import type { EvaluationEstimate } from './estimate.ts'
import { type EvalSubject, evaluateVersion } from './evaluate.ts'
import type { CaseAnswer, Evaluation } from './evaluation.ts'
import type { EvaluationHands, Prepared } from './evaluation-desk.ts'
import { findCounted, type LabelSetParts, readLabelRows } from './held-out.ts'
import { createLabelJudge, LABEL_JUDGE } from './judges/label-judge.ts'
import { count, showDuration } from './show-number.ts'

export interface ClassifierDeskParts extends LabelSetParts {
  /** Name of the experiment. */
  experiment: string
  runs: Runs
  /** Throws CLASSIFIER_INVALID, PLATFORM_*. */
  classifierOf(version: string): Promise<TextClassifier>
  checkpoints: Checkpoints
  log: Log
}

/** Rows under way at once. */
const CONCURRENCY = 4
/** A generous guess for one text on a small machine, with what is logged about it. */
const ROW_MS = 100

export function createClassifierDesk(parts: ClassifierDeskParts) {
  return {
    /** Reads only. */
    async prepare(version: string): Promise<Prepared> {
      const rows = await readLabelRows(parts)
      await parts.classifierOf(version)
      const { note } = await findCounted(version, rows, parts)
      const { name, digest, cases } = rows.set
      const set = { name, digest, size: cases.length }
      return { set, judge: LABEL_JUDGE, estimate: toEstimate(cases.length), ...(note === null ? {} : { note }) }
    },

    /** Takes up the one that was broken off. Throws as `evaluateVersion` does. */
    async run(version: string, { apart, ...hands }: EvaluationHands): Promise<Evaluation> {
      const rows = await readLabelRows(parts)
      const { whyNot } = await findCounted(version, rows, parts)
      const { runs, experiment, checkpoints, log } = parts
      return evaluateVersion({
        ...{ subject: toSubject(parts.model, version, await parts.classifierOf(version)), set: rows.set },
        ...{ judge: createLabelJudge(whyNot), runs, experiment, checkpoints, log, concurrency: CONCURRENCY, ...hands },
        ...(apart === undefined ? {} : { job: apart }),
      })
    },
  }
}

function toEstimate(rows: number): EvaluationEstimate {
  const durationMs = Math.ceil(rows / CONCURRENCY) * ROW_MS
  const words = `${count(rows, 'row')}, about ${showDuration(durationMs)}, no cost: the classifier runs here`
  return { questions: rows, judgeCalls: 0, tokens: 0, costUsd: 0, durationMs, words }
}

function toSubject(model: string, version: string, classifier: TextClassifier): EvalSubject {
  const { digest, labels } = classifier
  return {
    model,
    version,
    params: { kind: 'classifier', labels: labels.join(', '), classifier_digest: digest },
    promptTemplate: null,
    chainConfig: { kind: 'classifier', digest, labels },
    // What the first text waits for is no part of its time.
    prepare: async (signal) => void (await classifier.classify(['Where do I begin?'], signal)),
    answer: (text, signal) => toAnswer(text, signal, classifier),
  }
}

async function toAnswer(text: string, signal: AbortSignal, classifier: TextClassifier): Promise<CaseAnswer> {
  const started = performance.now()
  const [predicted] = await classifier.classify([text], signal)
  const latencyMs = performance.now() - started
  const nothing = { refused: false, cited: [], passages: [], inputTokens: null, outputTokens: null, costUsd: 0 }
  return { text: predicted?.label ?? '', latencyMs, ...nothing }
}
