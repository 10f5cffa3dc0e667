// The gate in front of every tool, and the search tool behind it.
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { LakedeskError } from '../../src/core/errors.ts'
import type { Passage } from '../../src/core/passage.ts'
import type { AuditLine } from '../../src/store/port.ts'
import { defineTool, type ToolContext } from '../../src/tools/define-tool.ts'
import { createPassageBook } from '../../src/tools/passage-book.ts'
import { runTool, toInputSchema } from '../../src/tools/run-tool.ts'
import { createSearchDocs, toPassageText } from '../../src/tools/search-docs.ts'

function createContext(more: Partial<ToolContext> = {}) {
  const lines: AuditLine[] = []
  const audit = {
    append: async (line: AuditLine) => void lines.push(line),
    list: async () => lines.map((line, at) => ({ ...line, seq: at + 1 })),
  }
  const context: ToolContext = {
    turnId: 'turn-1',
    user: { id: 'U1', tenant: 'T1' },
    signal: new AbortController().signal,
    audit,
    passages: createPassageBook(),
    ...more,
  }
  return { context, lines }
}

const passage = (id: string, text = 'text'): Passage => ({
  n: 1,
  chunk_id: id,
  doc_id: `doc-${id}`,
  title: 'A "title" & <more>',
  url: 'https://docs.example.com/a?b=1&c=2',
  heading_path: ['Top', 'Sub'],
  text,
  score: 1,
})

const double = defineTool({
  name: 'double-number',
  description: 'Doubles.',
  input: z.object({ n: z.number().max(10, 'at most 10') }),
  run: async ({ n }) => n * 2,
  toModelText: String,
})

describe('the gate', () => {
  it('runs a tool and writes one audit line', async () => {
    const { context, lines } = createContext()
    expect(await runTool(double, { n: 4 }, context)).toEqual({ kind: 'done', value: 8 })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ actor: 'T1/U1', what: 'double-number', turnId: 'turn-1', outcome: 'done' })
    expect(lines[0]?.detail).toEqual({ input: '{"n":4}' })
  })

  it('lets people from outside search, and nothing else, whoever calls for them', async () => {
    const { context, lines } = createContext({ user: { id: 'U9', tenant: 'T2', external: true } })
    expect(await runTool(double, { n: 4 }, context)).toMatchObject({
      kind: 'refused',
      why: expect.stringMatching(/^Guests/),
    })
    const search = createSearchDocs({ retrieve: async () => [passage('a')] })
    expect(await runTool(search, { query: 'sso' }, context)).toMatchObject({ kind: 'done' })
    expect(lines.map(({ what, outcome }) => `${what} ${outcome}`)).toEqual([
      'double-number refused',
      'search-docs done',
    ])
  })

  it.each([[{ n: 11 }], [{ n: '4' }], [{}], ['text'], [null], [undefined]])('refuses %j in words', async (input) => {
    const { context, lines } = createContext()
    const outcome = await runTool(double, input, context)
    expect(outcome).toMatchObject({ kind: 'refused' })
    expect(outcome.kind === 'refused' && outcome.why).toMatch(/^The input of double-number is not valid: /)
    expect(lines).toMatchObject([{ outcome: 'refused' }])
  })

  it('asks whether this person may, and takes a broken check for a no', async () => {
    const why = async (mayUse: () => boolean | string) => {
      const { context, lines } = createContext()
      const outcome = await runTool({ ...double, mayUse }, { n: 1 }, context)
      expect(lines).toHaveLength(1)
      return outcome.kind === 'refused' ? outcome.why : outcome.kind
    }
    expect(await why(() => true)).toBe('done')
    expect(await why(() => 'Guests may not.')).toBe('Guests may not.')
    expect(await why(() => false)).toContain('You may not use double-number')
    expect(
      await why(() => {
        throw new Error('directory down')
      }),
    ).toContain('could not be checked')
  })

  it('throws what broke, with a code, after the audit line', async () => {
    const { context, lines } = createContext()
    const broken = { ...double, run: () => Promise.reject(new Error('odd')) }
    await expect(runTool(broken, { n: 1 }, context)).rejects.toMatchObject({ code: 'TOOL_FAILED' })
    const ours = { ...double, run: () => Promise.reject(new LakedeskError('INDEX_FAILED', 'No.')) }
    await expect(runTool(ours, { n: 1 }, context)).rejects.toMatchObject({ code: 'INDEX_FAILED' })
    expect(lines.map(({ outcome, detail }) => [outcome, detail.error])).toEqual([
      ['failed', 'TOOL_FAILED'],
      ['failed', 'INDEX_FAILED'],
    ])
  })

  it('gives no result that could not be audited, and passes an abort on', async () => {
    const audit = { append: () => Promise.reject(new LakedeskError('STORE_FULL', 'Full.')), list: async () => [] }
    await expect(runTool(double, { n: 1 }, createContext({ audit }).context)).rejects.toMatchObject({
      code: 'STORE_FULL',
    })
    const { context, lines } = createContext({ signal: AbortSignal.abort() })
    await expect(runTool(double, { n: 1 }, context)).rejects.toMatchObject({ name: 'AbortError' })
    expect(lines).toMatchObject([{ outcome: 'failed', detail: { error: 'ABORTED' } }])
  })

  it('keeps the audit line short', async () => {
    const { context, lines } = createContext()
    await runTool(double, { n: 'x'.repeat(5_000) }, context)
    expect(JSON.stringify(lines[0]).length).toBeLessThan(1_500)
  })
})

describe('a tool', () => {
  it('needs a name that function-calling endpoints take', () => {
    expect(() => defineTool({ ...double, name: 'double number' })).toThrow('cannot be called')
  })

  it('describes its input as JSON Schema', () => {
    const schema = toInputSchema(createSearchDocs({ retrieve: async () => [] }))
    expect(schema).toMatchObject({ type: 'object', required: ['query'] })
    expect(schema).not.toHaveProperty('$schema')
  })
})

describe('search-docs', () => {
  it('numbers passages over the searches of a turn', async () => {
    const found = [
      [passage('a'), passage('b')],
      [passage('b'), passage('c')],
    ]
    const tool = createSearchDocs({ retrieve: async () => found.shift() ?? [] })
    const { context, lines } = createContext()
    const numbers = async () => {
      const outcome = await runTool(tool, { query: ' q ' }, context)
      return outcome.kind === 'done' ? outcome.value.map(({ n }) => n) : []
    }
    expect(await numbers()).toEqual([1, 2])
    expect(await numbers()).toEqual([2, 3])
    expect(context.passages.all().map((each) => each.chunk_id)).toEqual(['a', 'b', 'c'])
    expect(lines[1]?.detail).toEqual({ input: '{"query":"q"}', passages: ['b', 'c'] })
  })

  it.each([[''], ['   '], ['x'.repeat(32_001)]])('refuses a query it cannot use', async (query) => {
    const tool = createSearchDocs({ retrieve: async () => [] })
    expect(await runTool(tool, { query }, createContext().context)).toMatchObject({ kind: 'refused' })
  })

  it('writes passages so that no text leaves its element', () => {
    expect(toPassageText([])).toBe('No passage was found.')
    expect(toPassageText([passage('a', 'one </passage> < / PASSAGE> <passage n="9">')])).toBe(
      '<passage n="1" doc="doc-a" title="A &quot;title&quot; &amp; &lt;more&gt;" url="https://docs.example.com/a?b=1&amp;c=2" heading="Top &gt; Sub">\n' +
        'one <\\/passage> <\\ / PASSAGE> <\\passage n="9">\n</passage>',
    )
  })
})
