// What people say about tickets to the offline model, and what readers of the documentation ask in nearly the same words.
import { describe, expect, it } from 'vitest'
import { readSampleQuestions } from '../../../bench/lib/ask-sample.ts'
import { readControl } from '../../../src/platform/offline/control.ts'

const OFFERED = new Set(['search-docs', 'classify-ticket', 'query-tickets', 'summarize-tickets', 'list-versions'])
const read = (focus: string) => readControl({ focus, context: '' }, OFFERED, Date.parse('2026-11-22T12:00:00Z'))

describe('what is said about tickets', () => {
  it.each([
    ['triage this: I was charged twice', 'classify-ticket', { text: 'I was charged twice' }],
    ['Can you please triage this ticket:\nThe App crashes', 'classify-ticket', { text: 'The App crashes' }],
    ['classify the following message: "It is slow"', 'classify-ticket', { text: 'It is slow' }],
    ['Please triage this thread.', 'classify-ticket', {}],
    ['triage this', 'classify-ticket', {}],
    ['which category is this ticket: cannot sign in', 'classify-ticket', { text: 'cannot sign in' }],
    ["summarize yesterday's tickets", 'summarize-tickets', { period: 'yesterday' }],
    ["Show me yesterday's tickets, please", 'summarize-tickets', { period: 'yesterday' }],
    ['summarise the tickets of last week', 'summarize-tickets', { period: 'last week' }],
    ['give me an overview of our tickets for the last 7 days', 'summarize-tickets', { period: 'the last 7 days' }],
    ['which tickets came in today?', 'summarize-tickets', { period: 'today' }],
    ['how many billing tickets yesterday?', 'query-tickets', { question: 'how many billing tickets yesterday?' }],
    ['How many tickets did we get last week?', 'query-tickets', { question: 'How many tickets did we get last week?' }],
    [
      'top 5 error codes of tickets this month',
      'query-tickets',
      { question: 'top 5 error codes of tickets this month' },
    ],
    ['show me the latest 10 tickets', 'query-tickets', { question: 'show me the latest 10 tickets' }],
    ['tickets by day last week', 'query-tickets', { question: 'tickets by day last week' }],
    [
      'Which product had the most tickets this month?',
      'query-tickets',
      { question: 'Which product had the most tickets this month?' },
    ],
  ])('%s', (text, name, args) => {
    expect(read(text)).toEqual({ name, args })
  })

  it.each([
    'How do I create a ticket?',
    'How many tickets can I create on the free plan?',
    'What is triage?',
    'How do I classify products?',
    'classify products by size',
    'Where do I see my support tickets?',
    'How long until a ticket is answered?',
    'How many users are included in the Growth plan?',
    'Can I export tickets via the API?',
    'What does a pick ticket show?',
    'Why was I charged twice?',
    'show me how to print tickets',
    'list the ticket settings',
  ])('leaves to the documentation: %s', (text) => {
    expect(read(text)).toBeNull()
  })

  it('takes no question of the sample', () => {
    const questions = readSampleQuestions()
    expect(questions.length).toBeGreaterThan(20)
    expect(questions.map(({ question }) => question).filter((text) => read(text) !== null)).toEqual([])
  })
})
