// Labelled sentences, written before they were measured: what is asked about our tickets, and what about the product.
import { describe, expect, it } from 'vitest'
import { readControl } from '../../../src/platform/offline/control.ts'
import { FIRST, SECOND } from './ticket-sentences.ts'

const OFFERED = new Set([
  'search-docs',
  'classify-ticket',
  'query-tickets',
  'summarize-tickets',
  'list-versions',
  'lookup-evals',
])
/** Names as the tool for questions tells them: labels, fields and their values. */
const NAMES = [
  ...['category', 'billing', 'technical', 'account_access', 'feature_request', 'other'],
  ...['product_name', 'error_code', 'urgency_level', 'low', 'medium', 'high'],
]
const route = (focus: string) =>
  readControl({ focus, context: '' }, OFFERED, Date.parse('2026-11-22T12:00:00Z'), NAMES)?.name ?? 'search-docs'

const DOCUMENTATION = [
  'How many days are tickets kept?',
  'How many days until closed tickets are archived?',
  'How many tickets fit on one page of the list?',
  'What are the top reasons tickets are not assigned automatically?',
  'What are the most common errors when importing tickets?',
  'Show closed tickets in the customer portal',
  'Find tickets by tag in the search bar',
  'tickets by email do not arrive',
  'number of tickets per agent license',
  'Give tickets to another agent',
  'query how many requests per minute does the API allow',
  'Triage workflow: how do I set it up?',
  'How many tickets can I create on the free plan?',
  'How do I create a ticket?',
  'Where do I see my support tickets?',
  'How long until a ticket is answered?',
  'Can I export tickets via the API?',
  'What does a pick ticket show?',
  'show me how to print tickets',
  'list the ticket settings',
  'What is triage?',
  'How do I classify products?',
  'How many users are included in the Growth plan?',
  'Why are my tickets closed after 7 days?',
  'Is there a limit of tickets per day?',
  'How many tickets does the Starter plan include per month?',
  'Do tickets from last month count against my quota?',
  'What happens to tickets of a deleted user?',
  'How many labels can a ticket have?',
  'How many agents work on tickets at the same time?',
  'Which fields can tickets have?',
  'Which plan do I need for tickets by phone?',
  'What are the most common reasons for a rejected import?',
  'What are the top features of the Scale plan?',
  'show the latest orders',
  'list of supported carriers',
  'How many orders per day can I import?',
  'top products report',
  'How do I see the top 5 products this month?',
  'Where is the report of yesterday?',
  'How many warehouses do we have on Growth?',
  'What is the most common cause of ERR-1042?',
  'How many times is a webhook retried?',
  'Find the invoice of last month in the billing page',
  'Who may see tickets of other teams?',
  'Merge two tickets into one',
  'Show tickets from one customer side by side in the app',
  'List all tickets in the sidebar',
  'Number of attachments per ticket',
  'Count of unread tickets is missing in the menu',
  'Are there any ticket templates?',
  'Are there any limits for tickets?',
  'Tickets with large attachments are rejected, why?',
  'tickets with status pending cannot be closed',
  'How many issues of the newsletter are there?',
  'What product has the most integrations?',
  'Which category do batteries belong to?',
  'How many issues can a case link to?',
  'Most common shipping label formats',
  'What are known issues in version 4.2?',
  'Known issues with Shopify this month?',
  'last 10 lines of the log',
  'How many columns may a CSV of tickets have?',
  'Summary of the refund policy',
  'Overview of the ticket lifecycle',
]

const QUERY = [
  'Which product has the most complaints this month?',
  'top 5 products this month',
  'latest 10 tickets with high urgency',
  'Are there any urgent tickets?',
  'tickets about login yesterday',
  'How many billing issues did we get last week?',
  'How many open tickets do we have?',
  'how many of our tickets have problems',
  'how many billing tickets yesterday?',
  'How many tickets did we get last week?',
  'top 5 error codes of tickets this month',
  'show me the latest 10 tickets',
  'tickets by day last week',
  'Which product had the most tickets this month?',
  'how many tickets were there on 2026-11-20?',
  'How many tickets came in today?',
  'Could you tell me how many tickets we had yesterday?',
  'What was the number of technical tickets last month?',
  'Do we have any high urgency tickets?',
  'Did we get any complaints about billing last week?',
  'list billing tickets',
  'Show me all technical tickets from last week',
  'Give me the 5 newest tickets',
  'show the oldest ticket we have',
  'which error code came up most often in tickets?',
  'What category do most tickets fall into?',
  'most common error codes this week',
  'most frequent products in the last 30 days',
  'What are the top 3 categories of tickets?',
  'tickets per category this month',
  'tickets by product',
  'number of tickets per day in the last 7 days',
  'count tickets by urgency',
  'count of feature requests last month',
  'How many feature requests did we get this month?',
  'How many complaints came in yesterday?',
  'how many cases did we have last week',
  'How many tickets contain "refund"?',
  'how many tickets mention PAY-402?',
  'find tickets that mention "invoice" since 2026-11-01',
  'How many customers complained about billing last week?',
  'how many account access tickets between 2026-11-01 and 2026-11-15?',
  'billing tickets last week',
  'high urgency tickets this month',
  'How many tickets about the API did we get last week?',
  'What share of tickets was technical last month?',
]

const SUMMARY = [
  'summary of tickets',
  "Overview of yesterday's tickets",
  "Triage yesterday's tickets",
  'triage all tickets',
  "summarize yesterday's tickets",
  'summarise the tickets of last week',
  'give me an overview of our tickets for the last 7 days',
  'which tickets came in today?',
  'Please sum up the support tickets from this week',
  "what's the digest of tickets for 2026-11?",
  "Show me today's tickets",
  'Can you summarize all tickets of last month?',
  'report on the tickets of last week',
  'How were the tickets yesterday?',
]

const TRIAGE = [
  'triage this thread please',
  'Triage the following ticket',
  'triage this: I was charged twice',
  'Can you please triage this ticket:\nThe App crashes',
  'which category is this ticket: cannot sign in',
  'classify this message for me',
]

const LISTS = { 'search-docs': DOCUMENTATION, 'query-tickets': QUERY, 'summarize-tickets': SUMMARY }
const wrong = (sentences: readonly string[], name: string) =>
  sentences.flatMap((text) => (route(text) === name ? [] : [`${text} -> ${route(text)}`]))

describe('sentences', () => {
  it('are at least 60 of each side, each once', () => {
    const all = [...DOCUMENTATION, ...QUERY, ...SUMMARY, ...TRIAGE]
    expect(new Set(all).size).toBe(all.length)
    expect(DOCUMENTATION.length).toBeGreaterThanOrEqual(60)
    expect(all.length - DOCUMENTATION.length).toBeGreaterThanOrEqual(60)
  })

  it.each(Object.entries(LISTS))('%s', (name, sentences) => {
    expect(wrong(sentences, name)).toEqual([])
  })

  it('classify-ticket', () => {
    expect(wrong(TRIAGE, 'classify-ticket')).toEqual([])
  })
})

describe('sentences that were written after the rules', () => {
  it.each([
    ['first', FIRST, 38],
    ['second', SECOND, 41],
  ])('%s list', (_, { documentation, tickets }, least) => {
    expect(wrong(documentation, 'search-docs')).toEqual([])
    expect(tickets).toHaveLength(42)
    const found = tickets.filter((text) => route(text) !== 'search-docs')
    expect(found.length).toBeGreaterThanOrEqual(least)
  })

  it('takes no longer over text that is made to take long', () => {
    const began = performance.now()
    for (const text of ['how many billing ', 'show tickets of our ', 'top 5 product ', 'billing tickets about '])
      route(text.repeat(3000))
    for (const text of ['how many billing ', 'show tickets of our ', 'top 5 product ', 'billing tickets about '])
      route(text.repeat(Math.floor(400 / text.length)))
    expect(performance.now() - began).toBeLessThan(1000)
  })
})
