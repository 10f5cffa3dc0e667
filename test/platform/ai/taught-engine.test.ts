// A statement keeps the labelled rows it began with, whatever others learn meanwhile.
import { describe, expect, it } from 'vitest'
import type { AiCall, AiEngine } from '../../../src/platform/ports/ai-functions.ts'
import { createTaughtEngine } from '../../../src/platform/ports/taught-engine.ts'
import type { TaughtRow } from '../../../src/platform/ports/taught-rows.ts'

const never = new AbortController().signal
const CALL: AiCall = { function: 'ai_gen', prompt: 'x' }

function openEngine(rows: TaughtRow[]) {
  let taught = 0
  const engine: AiEngine = createTaughtEngine(
    async () => [...rows],
    (known) => {
      taught += 1
      return {
        batch: 3,
        price: { input: 1, output: 2 },
        modelOf: () => 'm',
        refresh: (signal) => engine.refresh(signal),
        keyPart: () => known.map(({ label }) => label).join(','),
        answer: async (calls) =>
          calls.map(() => ({ value: known.length, error: null, usage: { inputTokens: 0, outputTokens: 0 } })),
        estimate: () => ({ inputTokens: known.length, outputTokens: 0 }),
      }
    },
  )
  return { engine, taught: () => taught }
}

describe('an engine that is taught', () => {
  it('gives each statement what was known when it began', async () => {
    const rows: TaughtRow[] = [{ task: 'category', text: 'a', label: 'one' }]
    const { engine } = openEngine(rows)
    const first = await engine.refresh(never)
    rows.push({ task: 'category', text: 'b', label: 'two' })
    const second = await engine.refresh(never)
    expect([first.keyPart(CALL), second.keyPart(CALL)]).toEqual(['one', 'one,two'])
    expect((await first.answer([CALL], never))[0]?.value).toBe(1)
    expect([engine.keyPart(CALL), engine.batch, engine.estimate(CALL).inputTokens]).toEqual(['one,two', 3, 2])
  })

  it('learns again only where a row changed', async () => {
    const rows: TaughtRow[] = [{ task: 'category', text: 'a', label: 'one' }]
    const { engine, taught } = openEngine(rows)
    expect(await engine.refresh(never)).toBe(await engine.refresh(never))
    expect(taught()).toBe(1)
    rows[0] = { task: 'category', text: 'a', label: 'two' }
    expect((await engine.refresh(never)).keyPart(CALL)).toBe('two')
    expect(taught()).toBe(2)
  })
})
