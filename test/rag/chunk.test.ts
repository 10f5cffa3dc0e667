// Chunking: the window cuts as the Python original does; the structure cut keeps blocks whole and loses nothing.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { words } from '../../src/core/text/analyze.ts'
import { chunkDocument } from '../../src/rag/chunk/chunk-document.ts'
import { describeStrategy, parseStrategy, STRATEGIES, STRUCTURE, WINDOW } from '../../src/rag/chunk/strategy.ts'
import { cutWindows } from '../../src/rag/chunk/window.ts'
import { loadDocuments } from '../../src/rag/load/load-documents.ts'
import { parseMarkdown } from '../../src/rag/load/parse-markdown.ts'

function toPage(markdown: string, doc_id = 'page.md') {
  return { doc_id, ...parseMarkdown(markdown) }
}

function cut(markdown: string) {
  return chunkDocument(toPage(markdown))
}

/** Every word of the text, in order, somewhere in the chunks; repeated headers may stand between them. */
function missingWord(body: string, texts: readonly string[]): string | undefined {
  const wanted = words(body)
  let at = 0
  for (const word of words(texts.join('\n'))) if (word === wanted[at]) at++
  return wanted[at]
}

describe('window', () => {
  // Results of the Python function chunk_text(text, chunk_size, overlap) for the same input, counted by len().
  const unit = 'abcdefghij😀é'
  it.each([
    [0, []],
    [1, [1]],
    [511, [511]],
    [512, [512]],
    [513, [512, 65]],
    [575, [512, 127]],
    [576, [512, 128]],
    [577, [512, 129]],
    [960, [512, 512]],
    [961, [512, 512, 65]],
    [1024, [512, 512, 128]],
    [1500, [512, 512, 512, 156]],
    [5000, [512, 512, 512, 512, 512, 512, 512, 512, 512, 512, 512, 72]],
  ])('cuts %i characters as Python does', (length, lengths) => {
    const text = Array.from(unit.repeat(Math.ceil(length / 12))).slice(0, length)
    expect(cutWindows(text.join('')).map((window) => Array.from(window.text).length)).toEqual(lengths)
  })

  it.each([
    ['hello world', 4, 1, ['hell', 'lo w', 'worl', 'ld']],
    ['😀😀😀😀😀', 2, 1, ['😀😀', '😀😀', '😀😀', '😀😀']],
    ['a b c d e f', 3, 0, ['a b', ' c ', 'd e', ' f']],
    ['abcdefg', 7, 3, ['abcdefg']],
    ['abcdefgh', 7, 3, ['abcdefg', 'efgh']],
  ])('cuts "%s" by %i and %i', (text, size, overlap, texts) => {
    expect(cutWindows(text, size, overlap).map((window) => window.text)).toEqual(texts)
  })

  it('refuses an overlap that would never end, drops blank windows, and knows the heading', () => {
    expect(() => cutWindows('abc', 2, 2)).toThrow(RangeError)
    const page = toPage(`# 😀 One\n\n${'word '.repeat(150)}\n\n## Two\n\n${'more '.repeat(150)}`)
    const chunks = chunkDocument(page, WINDOW)
    expect(chunks[0]?.heading_path).toEqual(['😀 One'])
    expect(chunks.at(-1)?.heading_path).toEqual(['😀 One', 'Two'])
    expect(chunkDocument({ doc_id: 'a', body: `${' '.repeat(600)}`, tree: null }, WINDOW)).toEqual([])
  })
})

describe('structure', () => {
  it('follows the headings', () => {
    const long = 'A sentence of some words. '.repeat(30).trim()
    const chunks = cut(`# Top\n\n${long}\n\n## First\n\n${long}\n\n## Second\n\n${long}`)
    expect(chunks.map((chunk) => chunk.heading_path)).toEqual([['Top'], ['Top', 'First'], ['Top', 'Second']])
    expect(chunks[1]?.text.startsWith('## First\n\n')).toBe(true)
  })

  it('joins small sections of one parent', () => {
    const chunks = cut('# Top\n\nIntro.\n\n## A\n\nShort.\n\n## B\n\nShort too.')
    expect(chunks).toHaveLength(1)
    expect(chunks[0]).toMatchObject({ heading_path: ['Top'], ordinal: 0 })
  })

  it('never leaves a heading, or a line that announces a list, without what follows', () => {
    const filler = 'Words fill this paragraph. '.repeat(38).trim()
    const chunks = cut(`# T\n\n${filler}\n\nDo the following:\n\n1. One\n2. Two\n\n## Next\n\n### Deeper\n\n${filler}`)
    expect(chunks.some((chunk) => /:$/.test(chunk.text))).toBe(false)
    expect(chunks.find((chunk) => chunk.text.includes('Do the following:'))?.text).toContain('2. Two')
    expect(chunks.at(-1)?.text).toMatch(/^## Next\n\n### Deeper\n\nWords/)
    expect(chunks.at(-1)?.heading_path).toEqual(['T', 'Next', 'Deeper'])
  })

  it('keeps code and tables whole where they fit', () => {
    const code = `\`\`\`py\n${'x = compute(1)\n'.repeat(100)}\`\`\``
    const filler = 'Words fill this paragraph. '.repeat(30).trim()
    const chunks = cut(`${filler}\n\n${code}\n\n${filler}`)
    expect(chunks.some((chunk) => chunk.text.includes(code))).toBe(true)
  })

  it('cuts a long table by rows under the same header', () => {
    const rows = Array.from({ length: 80 }, (_, at) => `| key-${at} | what the key number ${at} means to you |`)
    const chunks = cut(`# T\n\n| Key | Meaning |\n|---|---|\n${rows.join('\n')}`)
    expect(chunks.length).toBeGreaterThan(2)
    for (const chunk of chunks) expect(chunk.text).toContain('| Key | Meaning |\n| --- | --- |\n| key-')
    expect(chunks.flatMap((chunk) => chunk.text.match(/key-\d+ /g) ?? [])).toHaveLength(80)
  })

  it('cuts long code by lines inside fences of its own', () => {
    const lines = Array.from({ length: 120 }, (_, at) => `const value${at} = read("\`\`\`", ${at})`)
    const chunks = cut(`\`\`\`\`ts title="a.ts"\n${lines.join('\n')}\n\`\`\`\``)
    expect(chunks.length).toBeGreaterThan(2)
    for (const chunk of chunks) {
      expect(chunk.text).toMatch(/^````ts/)
      expect(chunk.text).toMatch(/\n````$/)
    }
    expect(chunks.flatMap((chunk) => chunk.text.match(/const value\d+ = .*/g) ?? [])).toEqual(lines)
  })

  it('does not cut inside a list item', () => {
    const items = Array.from(
      { length: 30 },
      (_, at) => `- Item ${at} begins here and says what has to be done\n  and ends ${at} here.`,
    )
    for (const chunk of cut(items.join('\n'))) {
      const begins = chunk.text.match(/Item \d+/g)?.length
      expect(chunk.text.match(/ends \d+/g)?.length).toBe(begins)
    }
  })

  it('cuts what has no structure at sentences, at words, at characters', () => {
    const chunks = cut(`${'Short sentence here. '.repeat(200)}\n\n${'word '.repeat(800)}\n\n${'x'.repeat(5000)}😀`)
    expect(Math.max(...chunks.map((chunk) => chunk.text.length))).toBeLessThanOrEqual(STRUCTURE.max)
    expect(chunks[0]?.text).toMatch(/here\.$/)
    expect(chunks.map((chunk) => chunk.text.match(/x/g)?.length ?? 0).reduce((a, b) => a + b)).toBe(5000)
    expect(chunks.at(-1)?.text).toMatch(/😀$/u)
  })

  it('loses no word and breaks no limit on random pages', () => {
    const random = createRandom(7)
    for (let round = 0; round < 60; round++) {
      const page = toPage(randomMarkdown(random))
      for (const strategy of STRATEGIES) {
        const chunks = chunkDocument(page, strategy)
        expect(chunks.every((chunk, at) => chunk.text.trim() !== '' && chunk.ordinal === at)).toBe(true)
        if (strategy.name !== 'structure') continue
        expect(
          missingWord(
            page.body,
            chunks.map((chunk) => chunk.text),
          ),
        ).toBeUndefined()
        expect(Math.max(0, ...chunks.map((chunk) => chunk.text.length))).toBeLessThanOrEqual(strategy.max)
      }
    }
  })

  it('loses no word of the sample documentation', async () => {
    const sample = join(import.meta.dirname, '../../examples/tallyport/docs')
    expect(readdirSync(sample).length).toBeGreaterThan(0)
    for await (const page of loadDocuments([sample])) {
      const texts = chunkDocument(page).map((chunk) => chunk.text)
      expect(missingWord(page.body, texts), page.doc_id).toBeUndefined()
    }
  })
})

describe('ids', () => {
  it('are stable, and differ by document, position and strategy', () => {
    const text = `# T\n\n${'Some words here. '.repeat(300)}`
    const first = chunkDocument(toPage(text))
    expect(chunkDocument(toPage(text))).toEqual(first)
    const other = chunkDocument(toPage(text, 'other.md'))
    const window = chunkDocument(toPage(text), WINDOW)
    const ids = [...first, ...other, ...window].map((chunk) => chunk.chunk_id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true)
  })

  it('names the strategies', () => {
    expect(parseStrategy('window')).toBe(WINDOW)
    expect(describeStrategy(STRUCTURE)).toBe('structure@1')
    expect(() => parseStrategy('magic')).toThrow(/structure or window/)
  })
})

function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state % below
  }
}

function randomMarkdown(random: (below: number) => number): string {
  let count = 0
  const some = (most: number) =>
    Array.from({ length: 1 + random(most) }, () => `w${count++}${random(9) === 0 ? '.' : ''}`).join(' ')
  const parts = [
    () => `${'#'.repeat(1 + random(4))} ${some(6)}`,
    () => some(400),
    () => some(30),
    () => Array.from({ length: 1 + random(20) }, () => `- ${some(40)}\n  ${some(5)}\n\n  ${some(3)}`).join('\n'),
    () =>
      Array.from(
        { length: 1 + random(9) },
        (_, at) => `${at + 1}. ${some(9)}\n   - ${some(300)}\n\n     \`\`\`\n     ${some(9)}\n     \`\`\``,
      ).join('\n'),
    () => `\`\`\`js\n${Array.from({ length: 1 + random(60) }, () => some(12)).join('\n')}\n\`\`\``,
    () =>
      `| ${some(3)} | ${some(3)} |\n|---|---|\n${Array.from({ length: 1 + random(40) }, () => `| ${some(20)} | ${some(9)} |`).join('\n')}`,
    () => `> ${some(90)}\n> ${some(90)}`,
    () => `---`,
    () => `    ${some(9)}\n    ${some(9)}`,
  ]
  return Array.from({ length: 1 + random(14) }, () => parts[random(parts.length)]?.() ?? '').join('\n\n')
}
