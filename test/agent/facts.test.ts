// Answers that report what tools said: every figure must stand in a result, and the version that answers is the endpoint's.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createServedAgent, pickVersion } from '../../src/agent/create-served-agent.ts'
import { findStrangeNumbers } from '../../src/agent/guard/strange-numbers.ts'
import { silentLog } from '../../src/core/log.ts'
import type { Endpoint } from '../../src/platform/ports/serving.ts'
import { defineTool } from '../../src/tools/define-tool.ts'
import { type OpenAiStandIn, type ScriptedAnswer, startOpenAiStandIn } from '../stand-ins/openai.ts'
import { createAgentUnderTest } from './agent-under-test.ts'

const RESULT =
  'v3 (run 4f0c2b9a77aa41d2) against v2 (run 91be01cc23dd4e7f), 60 questions: faithfulness/v1/mean 4.412 against 4.203, delta 0.209 (95% interval 0.051 to 0.367), 17 wins, 6 losses.'

const compare = defineTool({
  name: 'compare-versions',
  description: 'Compares two versions on their evaluations.',
  input: z.object({ candidate: z.string() }),
  run: async () => RESULT,
  toModelText: String,
  toSaying: (text: string) => ({
    text: `Compared: ${text}`,
    blocks: [{ kind: 'table', columns: ['metric'], rows: [['faithfulness']] }],
  }),
})

describe('the numbers guard', () => {
  it.each([
    ['v3 scores 4.412 against 4.203 for v2.', []],
    ['Rounded, 4.4 against 4.2: 0.21 better, 17 wins of 60.', []],
    ['1. It is better.\n2. By 0.2.', []],
    ['Run 4f0c2b9a77aa41d2 says so.', []],
    ['Run 4f0c2b9a77aa41d3 says so.', ['4f0c2b9a77aa41d3']],
    ['It scores 4.8.', ['4.8']],
    ['It is 12% better, over 1,000 questions.', ['12%', '1,000']],
    ['v4 is better.', ['v4']],
    ['4.4120001 exactly', ['4.4120001']],
  ])('reads %j', (text, strange) => {
    expect(findStrangeNumbers(text, [RESULT])).toEqual(strange)
  })

  it('knows a share and its percentage as one', () => {
    expect(findStrangeNumbers('92% were right', ['refusal_correctness 0.917'])).toEqual([])
    expect(findStrangeNumbers('93% were right', ['refusal_correctness 0.917'])).toEqual(['93%'])
  })
})

describe('an answer from a tool', () => {
  let endpoint: OpenAiStandIn
  beforeEach(async () => {
    endpoint = await startOpenAiStandIn()
  })
  afterEach(() => endpoint.close())

  async function askWith(words: string) {
    const answers: ScriptedAnswer[] = [
      { toolCalls: [{ name: 'compare-versions', arguments: { candidate: 'v3' } }] },
      { text: words },
    ]
    endpoint.script = (_, at) => answers[at - 1] ?? {}
    const { ask } = createAgentUnderTest(endpoint, { parts: { tools: [compare] } })
    return ask('is v3 better than what we run?')
  }

  it('is shown as the model wrote it where every figure is in the result, with the table', async () => {
    const words = 'Yes: faithfulness is 4.41 against 4.20 (run 4f0c2b9a77aa41d2), 17 wins and 6 losses.'
    const { answer, streamed } = await askWith(words)
    expect(answer.text).toBe(words)
    expect(streamed).toBe(words)
    expect(answer).toMatchObject({ refused: false, blocks: [{ kind: 'table' }] })
    expect(findStrangeNumbers(answer.text, [RESULT])).toEqual([])
  })

  it('never shows a figure that no tool gave: the tool speaks instead', async () => {
    const { answer, streamed } = await askWith('Yes: faithfulness is 4.9, a gain of 12%.')
    expect(answer.text).toBe(`Compared: ${RESULT}`)
    expect(streamed).not.toContain('4.9')
  })

  it('counts the tokens of all calls', async () => {
    const { answer } = await askWith('Yes.')
    expect(answer.usage === null || (answer.usage?.inputTokens ?? 0) > 0).toBe(true)
  })
})

const MODEL = 'cat.sch.chain'
function serving(...routes: [string, number][]): Endpoint {
  return {
    name: 'support',
    id: 'e1',
    ready: true,
    update: 'NOT_UPDATING',
    config: {
      entities: routes.map(([version]) => ({ name: `chain-${version}`, model: MODEL, version, settings: {} })),
      routes: routes.map(([version, percentage]) => ({ entity: `chain-${version}`, percentage })),
    },
    pending: null,
    message: '',
  }
}

describe('the served version', () => {
  const question = (thread: string) => ({
    turnId: 't',
    user: { id: 'U', tenant: 'T' },
    thread,
    text: 'hello',
    history: [],
    signal: new AbortController().signal,
  })
  const agentOf = (version: string) => ({
    answer: async () => ({ text: version, citations: [], refused: false, version, footer: version }),
  })

  it('splits threads as the routes say, and keeps a thread with its side', () => {
    const threads = Array.from({ length: 2000 }, (_, i) => `thread-${i}`)
    const split = serving(['2', 90], ['3', 10])
    const picked = threads.map((thread) => pickVersion(split, MODEL, thread))
    const share = picked.filter((version) => version === '3').length / threads.length
    expect(share).toBeGreaterThan(0.07)
    expect(share).toBeLessThan(0.13)
    expect(threads.map((thread) => pickVersion(split, MODEL, thread))).toEqual(picked)
    expect(pickVersion(serving(['2', 0], ['3', 100]), MODEL, 'a')).toBe('3')
    expect(pickVersion(serving(['2', 100]), 'another.model.x', 'a')).toBeNull()
    expect(pickVersion(null, MODEL, 'a')).toBeNull()
  })

  it('follows the endpoint, and goes on with the last known version while it cannot be read', async () => {
    let endpoint: Endpoint | null = null
    let broken = false
    const loads: string[] = []
    const agent = createServedAgent({
      serving: {
        async describe() {
          if (broken) throw new Error('the platform is away')
          return endpoint
        },
      },
      endpoint: 'support',
      model: MODEL,
      async agentFor(version) {
        loads.push(version)
        if (version === '9') throw new Error('no such chain')
        return agentOf(`v${version}`)
      },
      fallback: agentOf('built-in'),
      log: silentLog,
      rememberMs: 0,
    })
    const ask = async () => (await agent.answer(question('thread'), () => {})).version
    expect(await ask()).toBe('built-in')
    endpoint = serving(['2', 100])
    expect([await ask(), await ask()]).toEqual(['v2', 'v2'])
    endpoint = serving(['3', 100])
    expect(await ask()).toBe('v3')
    broken = true
    expect(await ask()).toBe('v3')
    broken = false
    endpoint = serving(['9', 100])
    expect([await ask(), await ask()]).toEqual(['v3', 'v3'])
    expect(loads).toEqual(['2', '3', '9', '9'])
  })

  it('keeps the agents of the last four versions alone, and never one that is in use', async () => {
    let endpoint = serving(['1', 100])
    const loads: string[] = []
    const agent = createServedAgent({
      serving: { describe: async () => endpoint },
      endpoint: 'support',
      model: MODEL,
      async agentFor(version) {
        loads.push(version)
        return agentOf(`v${version}`)
      },
      fallback: agentOf('built-in'),
      log: silentLog,
      rememberMs: 0,
    })
    const ask = async (version: string) => {
      endpoint = serving([version, 100])
      return (await agent.answer(question('thread'), () => {})).version
    }
    for (const version of ['1', '2', '3', '1', '4', '5', '1']) expect(await ask(version)).toBe(`v${version}`)
    expect(loads).toEqual(['1', '2', '3', '4', '5'])
    await ask('2')
    expect(loads).toEqual(['1', '2', '3', '4', '5', '2'])
  })
})
