// Gives the offline model what a team says about its nightly report, and what readers of the documentation ask in nearly the same words.
import { describe, expect, it } from 'vitest'
import { readSampleQuestions } from '../../../bench/lib/ask-sample.ts'
import { readControl } from '../../../src/platform/offline/control.ts'

const NAMES = ['search-docs', 'lookup-evals', 'show-champion', 'run-evaluation', 'run-nightly', 'show-report']
const NOW = Date.parse('2026-11-23T12:00:00Z')
const read = (focus: string, offered = NAMES) => readControl({ focus, context: '' }, new Set(offered), NOW)

describe('what the last night said', () => {
  it.each([
    "what did last night's evaluation say?",
    'What did last night’s eval say?',
    'What does the nightly report say',
    'show me the nightly report',
    'show the last nightly',
    'please show me the latest nightly report',
    'how did the nightly go?',
    'how did the nightly evaluation go last night?',
    'How did the evaluation go last night?',
    'what did the evaluation say this morning',
    'What happened in the nightly?',
    'any regressions last night?',
    'were there any regressions in the last nightly run?',
    'did anything regress last night?',
    'what regressed overnight',
    'which questions failed last night?',
    'which questions are failing in the nightly?',
    'summarize the nightly report',
    "what is the verdict of last night's evaluation?",
    'nightly report',
    "last night's evaluation",
  ])('%s', (text) => {
    expect(read(text)).toEqual({ name: 'show-report', args: {} })
  })

  it.each([
    ['what did the nightly of 2026-11-20 say?', '2026-11-20'],
    ["what did yesterday's nightly report say?", 'yesterday'],
    ['show me the nightly report of 2026-11-20', '2026-11-20'],
    ['show me the nightly report from yesterday', 'yesterday'],
    ['how did the nightly go on november 20?', '2026-11-20'],
  ])('%s', (text, date) => {
    expect(read(text)).toEqual({ name: 'show-report', args: { date } })
  })

  it('is nothing where no such tool is offered', () => {
    expect(read('how did the nightly go?', ['search-docs'])).toBeNull()
  })
})

describe('what is for the documentation', () => {
  it.each([
    'How do I schedule a nightly export?',
    'What is a nightly export?',
    'Show me the nightly export settings',
    'How did the nightly import go wrong with error 412?',
    'assign a role',
    'How do I assign a role to a user?',
    'mute notifications',
    'How can I mute notifications?',
    'report a bug',
    'Where do I report a bug?',
    'How do I read the nightly report of sales?',
    'What does the nightly report contain?',
    'What is in the nightly sales report?',
    'Which questions does the form ask?',
    'My import failed last night, what now?',
    'What happened to my order last night?',
    "Why did last night's payout fail?",
    'Show me the report of returns',
    'pause the nightly sync',
    'How do I keep a case open?',
  ])('%s', (text) => {
    expect(read(text)?.name ?? '').not.toMatch(/report|nightly/)
  })

  it('is each question of the samples', async () => {
    const questions = await readSampleQuestions()
    expect(questions.length).toBeGreaterThan(20)
    for (const { question } of questions) expect(read(question)?.name ?? '').not.toMatch(/report|nightly/)
  })
})
