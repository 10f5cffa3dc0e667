// What is cut is one line, never longer than asked for, and every character in it is whole.
import { describe, expect, it } from 'vitest'
import { cutLine, toWords } from '../../src/core/text/cut-line.ts'

describe('a cut line', () => {
  it('is the text itself where that fits, as one line', () => {
    expect(cutLine(' one\n  two\tthree ', 13)).toBe('one two three')
  })

  it('ends in an ellipsis, with no space before it', () => {
    expect(cutLine('one two three', 5)).toBe('one…')
  })

  it('holds no half of a character, wherever it ends', () => {
    const text = 'ab😀c👩‍🚀d'
    for (let most = 2; most <= text.length; most++) {
      const cut = cutLine(text, most)
      expect(cut.length, cut).toBeLessThanOrEqual(most)
      expect(cut.isWellFormed(), cut).toBe(true)
    }
    expect(cutLine(text, 4)).toBe('ab…')
  })
})

describe('the words of Markdown', () => {
  it('come without the marks, for an excerpt', () => {
    const text =
      '# Keys\n\n- Click **Forgot password?** under `Sign in`. [1]\n* Press _Save_\n\n| Area | Name |\n| --- | --- |\n| a | 2 - 1 |'
    expect(cutLine(toWords(text), 200)).toBe(
      'Keys Click Forgot password? under Sign in. [1] Press _Save_ Area Name a 2 - 1',
    )
  })
})
