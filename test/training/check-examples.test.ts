import { describe, expect, it } from 'vitest'
import { checkExamples } from '../../src/training/check-examples.ts'
import { convertExample } from '../../src/training/convert-example.ts'
import type { Example } from '../../src/training/example.ts'
import { digestOfExamples, parseExample, questionOf } from '../../src/training/example.ts'
import { readJsonl } from '../../src/training/read-jsonl.ts'
import { splitExamples } from '../../src/training/split-examples.ts'
import { tickets } from './scripted-training.ts'

const labelled = (rows: readonly { text: string; label: string }[]): Example[] =>
  rows.map((row) => ({ kind: 'labelled', ...row }))
const raw = (examples: readonly Example[]) => ({ name: 'set', examples, broken: [], notes: [] })
const jsonl = async (text: string) => {
  const read = await readJsonl('f.jsonl', new TextEncoder().encode(text))
  if (typeof read === 'string') throw new Error(read)
  return read
}

describe('examples from JSON lines', () => {
  it('reads conversations in both forms, prompts, and labelled texts', async () => {
    const messages = '[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]'
    const { examples, broken } = await jsonl(
      `${messages}\r\n{"messages":${messages}}\n\n{"prompt":"p","response":"r"}\n{"text":"t","label":"l","more":1}`,
    )
    expect(broken).toEqual([])
    expect(examples.map(({ kind }) => kind)).toEqual(['chat', 'chat', 'instruction', 'labelled'])
    expect(examples[3]).toEqual({ kind: 'labelled', text: 't', label: 'l' })
  })

  it.each([
    ['{"messages":[]}', 'no message'],
    ['{"messages":[{"role":"user","content":"q"}]}', 'must be of the assistant'],
    [
      '{"messages":[{"role":"user","content":"q"},{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}',
      'alternate',
    ],
    ['{"text":"t","label":3}', 'it holds text, label'],
    ['"text"', 'no JSON object'],
    ['null', 'no JSON object'],
  ])('names the line of %s', async (line, why) => {
    const { broken } = await jsonl(`{"prompt":"p","response":"r"}\n${line}`)
    expect(broken).toEqual([{ line: 2, why: expect.stringContaining(why) }])
  })

  it('says that a file is not UTF-8', async () => {
    const read = await readJsonl('f', new Uint8Array([0xff, 0xfe, 0x00]))
    expect(read).toMatchObject({ broken: [{ line: 1, why: expect.stringContaining('UTF-8') }] })
  })
})

describe('the count of a data set', () => {
  it('leaves out what cannot teach, and counts it', async () => {
    const rows = labelled([
      ...tickets(30),
      { text: '  the APP crashes at step 1 ', label: 'technical' },
      { text: 'Both', label: 'billing' },
      { text: 'both', label: 'technical' },
      { text: '  ', label: 'billing' },
      { text: 'x'.repeat(40_000), label: 'billing' },
    ])
    const checked = await checkExamples(raw(rows))
    if (typeof checked === 'string') throw new Error(checked)
    expect(checked.leftOut).toEqual({ duplicates: 1, conflicts: 2, empty: 1, tooLong: 1 })
    expect(checked.rows).toBe(35)
    expect(checked.examples).toHaveLength(30)
    expect(checked.labels).toEqual([
      { label: 'technical', count: 20 },
      { label: 'billing', count: 10 },
    ])
  })

  it.each<[string, readonly Example[], string]>([
    ['nothing', [], 'holds no example'],
    ['too few rows', labelled(tickets(19)), 'holds 19 examples'],
    ['one label', labelled(tickets(40).map((row) => ({ ...row, label: 'all' }))), 'has the label all'],
    [
      'two kinds',
      [...labelled(tickets(2)), { kind: 'instruction', prompt: 'p', response: 'r' }],
      'number 3 of kind instruction',
    ],
  ])('refuses %s', async (_, examples, why) => {
    expect(await checkExamples(raw(examples))).toContain(why)
  })

  it('has a digest that order does not change and every word does', async () => {
    const examples = labelled(tickets(20))
    expect(await digestOfExamples([...examples].reverse())).toBe(await digestOfExamples(examples))
    expect(
      await digestOfExamples([
        ...examples.slice(1),
        { kind: 'labelled', text: 'Invoice 0 was charged twice', label: 'technical' },
      ]),
    ).not.toBe(await digestOfExamples(examples))
  })
})

describe('the division', () => {
  it('is the same whatever the order, stratified, with no question on both sides', async () => {
    const examples = labelled(tickets(90))
    const split = await splitExamples(examples, 7)
    expect(await splitExamples([...examples].reverse(), 7)).toEqual(split)
    expect(await splitExamples(examples, 8)).not.toEqual(split)
    const held = new Set(split.held.map(questionOf))
    expect(split.train.some((example) => held.has(questionOf(example)))).toBe(false)
    expect(split.train.length + split.held.length).toBe(90)
    const count = (label: string) =>
      split.held.filter((example) => example.kind === 'labelled' && example.label === label).length
    expect([count('billing'), count('technical')]).toEqual([6, 12])
  })

  it('holds nothing out of a label with one example', async () => {
    const split = await splitExamples(labelled([...tickets(10), { text: 'once', label: 'rare' }]), 7)
    expect(split.train.some((example) => example.kind === 'labelled' && example.label === 'rare')).toBe(true)
  })
})

describe('an example as another kind', () => {
  it('asks for the label among all labels', () => {
    const asked = convertExample({ kind: 'labelled', text: 'It broke', label: 'technical' }, 'chat', [
      'billing',
      'technical',
    ])
    expect(asked).toMatchObject({
      kind: 'chat',
      messages: [
        { role: 'user', content: expect.stringMatching(/billing, technical[\s\S]*It broke/) },
        { role: 'assistant', content: 'technical' },
      ],
    })
  })

  it('is null for a conversation of several turns as one prompt', () => {
    const turn = (role: 'user' | 'assistant', content: string) => ({ role, content })
    const chat = parseExample({
      messages: [turn('user', 'a'), turn('assistant', 'b'), turn('user', 'c'), turn('assistant', 'd')],
    })
    expect(typeof chat !== 'string' && convertExample(chat, 'instruction', [])).toBeNull()
  })
})
