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
  })

  it('quote what others read as one word', () => {
    expect(toCommandText('promote', ['v3', '--force', 'a reason'])).toBe('v3 --force "a reason"')
  })
})
