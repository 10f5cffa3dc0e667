// Reads passages and their blocks: what is well formed, and what only looks like it.
import { describe, expect, it } from 'vitest'
import { missingName, namesIn } from '../../../src/platform/offline/names.ts'
import { parsePassages } from '../../../src/platform/offline/passages.ts'
import { toPlain, toRowText } from '../../../src/platform/offline/plain-text.ts'
import { isMisspelt, rarity } from '../../../src/platform/offline/rarity.ts'
import { sentences, splitBlocks } from '../../../src/platform/offline/units.ts'

describe('parsePassages', () => {
  it('reads attributes, and a closing tag that was written inside a text', () => {
    const text =
      '<passage n="3" doc="a.md" title="Q &amp; A" url="https://x.example/a" heading="A &gt; B">\nOne <\\/passage> two\n</passage>'
    expect(parsePassages(text)).toEqual([
      {
        n: 3,
        doc: 'a.md',
        title: 'Q & A',
        url: 'https://x.example/a',
        headings: ['A', 'B'],
        text: 'One </passage> two',
      },
    ])
  })

  it.each([
    '',
    'No passage was found.',
    '<passage n="1">never closed',
    '<passage n="x">\nno number\n</passage>',
    '<passage n="1">\n\n</passage>',
  ])('finds none in %j', (text) => {
    expect(parsePassages(text)).toEqual([])
  })
})

describe('splitBlocks', () => {
  it('tells paragraphs, steps, lists, tables and code apart, under their headings', () => {
    const text =
      '## Set up\n\nDo e.g. this. Then that.\n1. One\n   more\n\n2. Two\n\n- a\n- b\n\n| A | B |\n| --- | --- |\n| 1 | 2 |\n\n```sh\n# no heading\n1. no step\n```'
    const blocks = splitBlocks(text)
    expect(blocks.map(({ kind, units }) => [kind, units])).toEqual([
      ['heading', ['Set up']],
      ['paragraph', ['Do e.g. this.', 'Then that.']],
      ['steps', ['1. One\n   more', '2. Two']],
      ['list', ['- a', '- b']],
      ['table', ['| 1 | 2 |']],
      ['code', ['```sh\n# no heading\n1. no step\n```']],
    ])
    expect(new Set(blocks.map(({ heading }) => heading))).toEqual(new Set(['Set up']))
    expect(blocks[4]?.header).toBe('| A | B |')
  })

  it('keeps code inside a step, and survives a fence that never ends', () => {
    expect(splitBlocks('1. Run\n   ```sh\n   go\n   ```\n2. Done').map(({ units }) => units)).toEqual([
      ['1. Run\n   ```sh\n   go\n   ```', '2. Done'],
    ])
    expect(splitBlocks('```\nopen').map(({ kind }) => kind)).toEqual(['code'])
  })

  it('does not cut at abbreviations and versions', () => {
    expect(sentences('Use v1.2 or St. Louis. It works.')).toEqual(['Use v1.2 or St. Louis.', 'It works.'])
  })
})

describe('words', () => {
  it('strips Markdown, and names the columns of a row', () => {
    expect(toPlain('**Bold** [link](https://x.example) `code`')).toBe('Bold link code')
    expect(toRowText('| Plan | Limit |', '| Growth | 25 |')).toBe('Plan Growth, Limit 25')
  })

  it('knows names by their looks, and finds them misspelt or inside words', () => {
    expect(namesIn('Does OneLogin work with error 404?')).toEqual(
      new Map([
        ['onelogin', 1],
        ['404', 0.7],
      ]),
    )
    expect(namesIn('DOES IT WORK')).toEqual(new Map())
    expect(missingName('Does it print on a zebrra?', 'A Zebra printer')).toBe(0)
    expect(missingName('same for Woo?', 'Connect WooCommerce')).toBe(0)
    expect(missingName('How do I use Graphwidgetizer?', 'The REST interface')).toBe(1)
  })

  it('ranks words by how common they are', () => {
    expect(rarity('the')).toBeLessThan(rarity('hous'))
    expect(rarity('kubernet')).toBe(1)
    expect([isMisspelt('sombody'), isMisspelt('kubernetes'), isMisspelt('pw')]).toEqual([true, false, false])
  })
})
