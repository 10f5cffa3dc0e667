// How far confidence is from what came true.
import type { Classification } from '../../src/platform/offline/ai/classify.ts'
import type { LabelledRow } from '../../src/platform/ports/ai-functions.ts'

/** Mean gap between confidence and accuracy over ten equal bins of confidence (expected calibration error: Guo et al. 2017). */
export function calibrationError(
  answers: readonly Classification[],
  rows: readonly Pick<LabelledRow, 'label'>[],
): number {
  const bins = Array.from({ length: 10 }, () => ({ sure: 0, right: 0 }))
  for (const [i, { labels, confidence }] of answers.entries()) {
    const bin = bins[Math.min(9, Math.floor(confidence * 10))]
    if (!bin) continue
    bin.sure += confidence
    bin.right += Number(labels[0] === rows[i]?.label)
  }
  return bins.reduce((sum, { sure, right }) => sum + Math.abs(sure - right), 0) / answers.length
}
