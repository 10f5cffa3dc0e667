// What goes to the model of a thread: all that it was given, and a search that fits.
import { expect, it } from 'vitest'
import { toMessages, toSearchQuery } from '../../src/agent/to-messages.ts'
import { MAX_QUERY_CHARS } from '../../src/tools/search-docs.ts'

const user = (text: string) => ({ role: 'user' as const, text })

it('takes every earlier message along, however long, but none that is blank', () => {
  const history = [user('How do I set up SSO?'), user(' '), { role: 'assistant' as const, text: 'x'.repeat(30_000) }]
  expect(toMessages({ text: 'and on Okta?', history })).toHaveLength(3)
  const many = Array.from({ length: 30 }, (_, n) => user(`message ${n}`))
  expect(toMessages({ text: 'and now?', history: many })).toHaveLength(31)
})

it('searches with the question before, as far as both fit one search', () => {
  const long = 'word '.repeat(20_000)
  expect(toSearchQuery({ text: 'and on Okta?', history: [user('How do I set up SSO?')] })).toBe(
    'How do I set up SSO?\nand on Okta?',
  )
  expect(toSearchQuery({ text: 'and?', history: [user(long)] }).length).toBeLessThan(MAX_QUERY_CHARS)
  const wide = 'x'.repeat(MAX_QUERY_CHARS - 3)
  expect(toSearchQuery({ text: wide, history: [user('before')] })).toBe(`be\n${wide}`)
})
