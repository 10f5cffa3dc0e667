// Holds the marks of the sample set: right pages cited, unanswerable questions refused, answerable ones never.
import { expect, it } from 'vitest'
import { askSample, markSample, readSampleQuestions } from '../../../bench/lib/ask-sample.ts'

it('cites the right page, refuses what has no answer, and never refuses what has one', async () => {
  const questions = readSampleQuestions()
  expect(questions).toHaveLength(60)
  const results = await askSample(questions)
  const marks = markSample(results)
  const misses = results.filter(({ kind, refused, right }) => !(kind === 'unanswerable' ? refused : right))
  expect(marks.met, misses.map(({ id, text }) => `${id}: ${text.slice(0, 80)}`).join('\n')).toBe(true)
}, 600_000)
