// Many calls to one engine: concurrency, one rate, retries, faults of one call and of all, and the cost of it.

import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { LakedeskError } from '../../../src/core/errors.ts'
import { type Answering, createAnswering } from '../../../src/platform/ai/answer-all.ts'
import type { AiAnswer, AiCall, AiEngine } from '../../../src/platform/ports/ai-functions.ts'
import { classify, type ModelWorld, startModelWorld, textOf } from './model-world.ts'

let world: ModelWorld | undefined
afterEach(async () => {
  await world?.endpoint.close()
  world = undefined
})

function calls(count: number): AiCall[] {
  return Array.from({ length: count }, (_, i) => classify(`ticket ${i}`))
}

/** An engine that answers every call with its text after some time; `behave` may throw instead. */
function engineOf(
  behave: (texts: string[], at: number) => Promise<void>,
  batch = 1,
): AiEngine & { most: number; asked: string[][] } {
  const engine = {
    batch,
    price: null,
    most: 0,
    asked: [] as string[][],
    modelOf: () => 'm',
    keyPart: () => '',
    refresh: async (): Promise<AiEngine> => engine,
    estimate: () => ({ inputTokens: 0, outputTokens: 0 }),
    async answer(given: readonly AiCall[]) {
      const texts = given.map((call) => (call.function === 'ai_classify' ? call.content : ''))
      engine.asked.push(texts)
      running += 1
      engine.most = Math.max(engine.most, running)
      try {
        await behave(texts, engine.asked.length)
      } finally {
        running -= 1
      }
      return texts.map((value) => ({ value, error: null, usage: { inputTokens: 1, outputTokens: 1 } }))
    },
  }
  let running = 0
  return engine
}

interface Told {
  answers: AiAnswer[]
  passing: boolean[]
}

async function run(
  answering: Answering,
  engine: AiEngine,
  given: AiCall[],
  signal = new AbortController().signal,
): Promise<Told> {
  const told: Told = { answers: [], passing: [] }
  await answering.answerAll(given, engine, {
    signal,
    onAnswer(i, answer, passing) {
      if (told.answers[i]) throw new Error(`answer ${i} came twice`)
      told.answers[i] = answer
      told.passing[i] = passing
    },
  })
  return told
}

const busy = () => new LakedeskError('MODEL_BUSY', 'Too many requests.')

describe('giving calls to an engine', () => {
  it('answers every call once, in batches, never more at once than allowed', async () => {
    const engine = engineOf(() => sleep(5), 7)
    const { answers } = await run(createAnswering({ concurrency: 4 }), engine, calls(100))
    expect(answers.map(({ value }) => value)).toEqual(Array.from({ length: 100 }, (_, i) => `ticket ${i}`))
    expect(engine.asked).toHaveLength(15)
    expect(engine.most).toBe(4)
  })

  it('shares its slots among all users, and a small job passes a large one', async () => {
    const engine = engineOf(() => sleep(5))
    const answering = createAnswering({ concurrency: 4 })
    const ends: string[] = []
    const large = run(answering, engine, calls(200)).then(() => ends.push('large'))
    await sleep(10)
    await run(answering, engine, calls(2)).then(() => ends.push('small'))
    await large
    expect(ends).toEqual(['small', 'large'])
    expect(engine.most).toBe(4)
  })

  it('keeps to one rate for everybody', async () => {
    const engine = engineOf(async () => undefined)
    const answering = createAnswering({ concurrency: 16, perMinute: 1200 })
    const started = performance.now()
    await Promise.all([run(answering, engine, calls(25)), run(answering, engine, calls(25))])
    // 1200 a minute are 20 a second: the third twenty cannot begin before two seconds are over.
    expect(performance.now() - started).toBeGreaterThan(1900)
    expect(engine.asked).toHaveLength(50)
  })

  it('costs little beside the model: 50 ms at concurrency 16', async () => {
    const engine = engineOf(() => sleep(50))
    const started = performance.now()
    await run(createAnswering({ concurrency: 16 }), engine, calls(640))
    const ideal = (640 / 16) * 50
    expect(performance.now() - started).toBeLessThan(ideal * 1.4)
  })
})

describe('faults', () => {
  it('that pass are tried again, after a limit with fewer at once', async () => {
    const engine = engineOf(async (_, at) => {
      await sleep(2)
      if (at <= 8) throw busy()
    })
    const { answers, passing } = await run(createAnswering({ concurrency: 8, firstWaitMs: 5 }), engine, calls(40))
    expect(answers.every(({ error }) => error === null)).toBe(true)
    expect(passing.some(Boolean)).toBe(false)
    expect(engine.asked.length).toBe(48)
  })

  it('that stay become the answer of their call, and are told as passing', async () => {
    const engine = engineOf(async ([text]) => {
      if (text === 'ticket 3') throw busy()
    })
    const { answers, passing } = await run(
      createAnswering({ concurrency: 4, retries: 2, firstWaitMs: 1 }),
      engine,
      calls(10),
    )
    expect(answers[3]).toMatchObject({ value: null, error: 'Too many requests.' })
    expect(passing).toEqual(calls(10).map((_, i) => i === 3))
    expect(engine.asked.filter(([text]) => text === 'ticket 3')).toHaveLength(3)
  })

  it('that no try can mend become the answer at once, and may be remembered', async () => {
    const engine = engineOf(async ([text]) => {
      if (text === 'ticket 1') throw new LakedeskError('MODEL_EMPTY', 'Nothing came.')
    })
    const { answers, passing } = await run(createAnswering({ concurrency: 2 }), engine, calls(3))
    expect(answers.map(({ error }) => error)).toEqual([null, 'Nothing came.', null])
    expect(passing).toEqual([false, false, false])
    expect(engine.asked).toHaveLength(3)
  })

  it.each(['MODEL_UNAUTHORIZED', 'MODEL_NOT_FOUND', 'AI_FUNCTION_FAILED'] as const)(
    '%s stops everything at once',
    async (code) => {
      const engine = engineOf(async (_, at) => {
        await sleep(1)
        if (at === 5) throw new LakedeskError(code, 'No.')
      })
      await expect(run(createAnswering({ concurrency: 4 }), engine, calls(1000))).rejects.toMatchObject({ code })
      expect(engine.asked.length).toBeLessThan(12)
    },
  )

  it('of our own are not hidden', async () => {
    const engine = engineOf(async () => {
      throw new TypeError('a bug')
    })
    await expect(run(createAnswering({ concurrency: 4 }), engine, calls(10))).rejects.toThrow('a bug')
  })

  it('of an endpoint that is down end the job and not each of ten thousand calls', async () => {
    const engine = engineOf(async () => {
      throw new LakedeskError('MODEL_UNREACHABLE', 'Nobody there.', new Error('ECONNREFUSED'))
    })
    const answering = createAnswering({ concurrency: 16, retries: 1, firstWaitMs: 1 })
    await expect(run(answering, engine, calls(10_000))).rejects.toMatchObject({ code: 'MODEL_UNREACHABLE' })
    expect(engine.asked.length).toBeLessThan(100)
  })

  it('of the one who takes the answers stop the job', async () => {
    const engine = engineOf(async () => undefined)
    const signal = new AbortController().signal
    const full = createAnswering({ concurrency: 2 }).answerAll(calls(100), engine, {
      signal,
      onAnswer() {
        throw new LakedeskError('STORE_FULL', 'Full.')
      },
    })
    await expect(full).rejects.toMatchObject({ code: 'STORE_FULL' })
    expect(engine.asked.length).toBeLessThan(6)
  })

  it('an abort ends the wait after a limit at once', async () => {
    const engine = engineOf(async () => {
      throw busy()
    })
    const stop = new AbortController()
    const answering = createAnswering({ concurrency: 2, firstWaitMs: 60_000 })
    setTimeout(() => stop.abort(new Error('stopped')), 50)
    const started = performance.now()
    await expect(run(answering, engine, calls(50), stop.signal)).rejects.toThrow('stopped')
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

describe('over HTTP', () => {
  it('waits as long as Retry-After says, and answers the rest', async () => {
    const times: number[] = []
    world = await startModelWorld((_, at) => {
      times.push(performance.now())
      return at === 1 ? { status: 429, headers: { 'retry-after': '1' } } : { text: '{"labels":["other"],"sure":1}' }
    })
    const { answers } = await run(createAnswering({ concurrency: 1 }), world.engine, calls(3))
    expect(answers.map(({ value }) => value)).toEqual([['other'], ['other'], ['other']])
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(950)
  })

  it('keeps faults in their row: a label outside, broken JSON, nothing, a filter, a hang', async () => {
    const text = '{"labels":["other"],"sure":1}'
    world = await startModelWorld(
      (request) => {
        const asked = textOf(request)
        if (asked.includes('ticket 1\n')) return { text: '{"labels":["made up"]}' }
        if (asked.includes('ticket 2\n')) return { text: '{"labels"' }
        if (asked.includes('ticket 3\n')) return { text: '' }
        if (asked.includes('ticket 4\n'))
          return { status: 400, body: { error: { message: 'content management policy' } } }
        if (asked.includes('ticket 5\n')) return { hang: true }
        if (asked.includes('ticket 6\n')) return { status: 503 }
        return { text }
      },
      { timeoutMs: 300 },
    )
    const { answers, passing } = await run(
      createAnswering({ concurrency: 4, retries: 1, firstWaitMs: 5 }),
      world.engine,
      calls(20),
    )
    const faulty = answers.flatMap(({ error }, i) => (error === null ? [] : [i]))
    expect(faulty).toEqual([1, 2, 3, 4, 5, 6])
    expect(passing.flatMap((is, i) => (is ? [i] : []))).toEqual([5, 6])
    for (const [i, { value }] of answers.entries()) expect(value).toEqual(faulty.includes(i) ? null : ['other'])
  })
})
