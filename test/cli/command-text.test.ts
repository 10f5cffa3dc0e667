// What a shell hands over, as the command in chat would have been.
import { describe, expect, it } from 'vitest'
import { toCommandText } from '../../src/cli/command-text.ts'
import { readCorrection } from '../../src/tools/correct-ticket.ts'

describe('the words of a shell', () => {
  it.each(['triage', 'query', 'tickets'])('are the text of %s as it is, quoted for the shell or not', (name) => {
    expect(toCommandText(name, ['last 7 days'])).toBe('last 7 days')
    expect(toCommandText(name, ['last', '7', 'days'])).toBe('last 7 days')
    expect(toCommandText(name, ['two\nlines with "quotes"'])).toBe('two\nlines with "quotes"')
  })

  it('keep the values of a correction together', () => {
    const text = toCommandText('correct', [
      't-1a2b3c',
      'category=billing',
      'product_name=Label printing',
      'error_code=',
    ])
    expect(readCorrection(text)).toEqual({
      input: {
        triage: 't-1a2b3c',
        changes: { category: 'billing', product_name: 'Label printing', error_code: '' },
      },
    })
    expect(toCommandText('correct', ['t-1 product_name="Label printing"'])).toBe('t-1 product_name="Label printing"')
    for (const [word, value] of [
      ['product_name="Label printing"', 'Label printing'],
      ['product_name=""', ''],
      ['product_name=', ''],
    ] as const) {
      expect(readCorrection(toCommandText('correct', ['t-1a2b3c', word]))).toEqual({
        input: { triage: 't-1a2b3c', changes: { product_name: value } },
      })
    }
  })

  it.each([
    ['urgency_level=', { urgency_level: '' }],
    ['urgency_level=""', { urgency_level: '' }],
    ["urgency_level=''", { urgency_level: '' }],
    ['urgency_level= error_code=', { urgency_level: '', error_code: '' }],
    ['urgency_level= product_name = "Label printing"', { urgency_level: '', product_name: 'Label printing' }],
    ['urgency_level = high error_code=a=b', { urgency_level: 'high', error_code: 'a=b' }],
  ])('of a correction may leave a value empty: %s', (text, changes) => {
    expect(readCorrection(`t-1a2b3c ${text}`)).toEqual({ input: { triage: 't-1a2b3c', changes } })
  })

  it.each([
    'urgency_level',
    'urgency_level= high low',
    'urgency_level=, and more',
    '= high',
    'product_name="Label printing',
  ])('of a correction are refused where they are unclear: %s', (text) => {
    expect(readCorrection(`t-1a2b3c ${text}`)).toContain('I cannot read what to correct')
  })

  it('quote what others read as one word', () => {
    expect(toCommandText('promote', ['v3', '--force', 'a reason'])).toBe('v3 --force "a reason"')
  })
})
