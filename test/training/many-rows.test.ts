// Large data sets: other people are answered while one is counted, and how long it takes grows with the rows alone.
import { setImmediate as nextLoop } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { checkExamples, MAX_ROWS } from '../../src/training/check-examples.ts'
import { readJsonl } from '../../src/training/read-jsonl.ts'
import { splitExamples } from '../../src/training/split-examples.ts'
import { writeExamples, writeInPieces } from '../../src/training/write-examples.ts'

const bytesOf = (count: number, row: (n: number) => unknown): Uint8Array =>
  new TextEncoder().encode(Array.from({ length: count }, (_, n) => `${JSON.stringify(row(n))}\n`).join(''))

/** Longest that nobody else had a turn, in milliseconds, while it worked. */
async function longestWait(work: () => Promise<unknown>): Promise<number> {
  let [longest, last, isDone] = [0, performance.now(), false]
  const turn = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  const others = (async () => {
    while (!isDone) {
      await nextLoop()
      turn()
    }
  })()
  try {
    await work()
  } finally {
    isDone = true
    await others
  }
  return longest
}

async function count(bytes: Uint8Array): Promise<void> {
  const raw = await readJsonl('many.jsonl', bytes)
  if (typeof raw === 'string') throw new Error(raw)
  const checked = await checkExamples(raw)
  if (typeof checked === 'string') throw new Error(checked)
  const { train } = await splitExamples(checked.examples, 7)
  await writeInPieces(train, 'labelled-jsonl')
}

describe('a large data set', { timeout: 60_000 }, () => {
  it('of one line again and again is counted at once', async () => {
    const before = performance.now()
    const bytes = bytesOf(80_000, (n) => ({ text: n < 40 ? `ticket ${n}` : 'hi', label: n % 2 === 0 ? 'a' : 'b' }))
    await count(bytes)
    expect(performance.now() - before).toBeLessThan(10_000)
  })

  it('lets others have their turn all the while', async () => {
    const bytes = bytesOf(300_000, (n) => ({ text: `ticket number ${n}`, label: `label ${n % 5}` }))
    expect(await longestWait(() => count(bytes))).toBeLessThan(750)
  })

  it('lets them have it while it is written as shards too', async () => {
    const examples = Array.from({ length: 300_000 }, (_, n) => ({
      ...{ kind: 'labelled' as const, text: `ticket number ${n} ${'and more '.repeat(20)}`, label: `label ${n % 5}` },
    }))
    expect(await longestWait(() => writeInPieces(examples, 'mds'))).toBeLessThan(750)
    const few = examples.slice(0, 3_000)
    expect(await writeInPieces(few, 'mds')).toEqual(writeExamples(few, 'mds'))
    expect(await writeInPieces(few, 'labelled-jsonl')).toEqual(
      writeExamples(few, 'labelled-jsonl').map(({ path, bytes }) => ({ path, bytes: Buffer.from(bytes) })),
    )
  })

  it('stops where it is told to', async () => {
    const bytes = bytesOf(100_000, (n) => ({ text: `ticket number ${n}`, label: 'a' }))
    await expect(readJsonl('many.jsonl', bytes, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop')
  })

  it('has a limit of rows, which is said', async () => {
    const bytes = new TextEncoder().encode('{}\n'.repeat(MAX_ROWS + 1))
    expect(await readJsonl('many.jsonl', bytes)).toBe(
      'many.jsonl has more than 500,000 lines, more than are trained on at once. Name a file of a part of it.',
    )
  })
})
