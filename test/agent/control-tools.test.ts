// A scripted model with the real tools over a real platform: whatever it writes, what people read is what the tools found.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Answer, Question } from '../../src/agent/answer.ts'
import { createAnswerAgent } from '../../src/agent/create-answer-agent.ts'
import { toModelTools } from '../../src/agent/tool-calls.ts'
import { silentLog } from '../../src/core/log.ts'
import { createOpenAiChatModel } from '../../src/platform/openai/create-openai-chat-model.ts'
import type { AnyTool } from '../../src/tools/define-tool.ts'
import { createSearchDocs, type Retrieve } from '../../src/tools/search-docs.ts'
import { type OpenAiStandIn, type ScriptedAnswer, startOpenAiStandIn } from '../stand-ins/openai.ts'
import { placeOf } from '../tools/approval-desk.ts'
import { people, versionDesk } from '../tools/version-desk.ts'
import { PASSWORD } from './agent-under-test.ts'

const NUMBER = /\d+(?:\.\d+)?/g
/** Names that hold digits and are no figures: versions, metric keys, runs, traces, requests. */
const NAMES = /\bv\d+\b|\w+\/v\d\/\w+|\b[0-9a-f]{32}\b|\btr-\w+\b|`[^`]*`/g

interface Figure {
  written: string
  value: number
  /** What rounding to as many digits as were written may move it by. */
  step: number
}

/** An independent look: figures of a text as they stand, and as shares where they are percentages. */
function figuresOf(text: string): Figure[] {
  const plain = text.replace(NAMES, ' ')
  return [...plain.matchAll(NUMBER)].map((match) => {
    const written = match[0]
    const scale = /^\s?%/.test(plain.slice((match.index ?? 0) + written.length)) ? 0.01 : 1
    const step = 10 ** -(written.split('.')[1]?.length ?? 0)
    return { written, value: Number(written) * scale, step: (step * scale) / 2 + 1e-9 }
  })
}

/** Figures of `text` to which no figure of `source` rounds. */
function inventedIn(text: string, source: string): string[] {
  const known = figuresOf(source).map(({ value }) => value)
  return figuresOf(text)
    .filter(({ value, step }) => !known.some((each) => Math.abs(each - value) <= step))
    .map(({ written }) => written)
}

const runsIn = (text: string) => text.match(/\b[0-9a-f]{32}\b/g) ?? []

let endpoint: OpenAiStandIn
let desk: Awaited<ReturnType<typeof versionDesk>>
beforeEach(async () => {
  endpoint = await startOpenAiStandIn()
  desk = await versionDesk()
})
afterEach(async () => {
  await endpoint.close()
  await desk.close()
})

let turns = 0

const retrieve: Retrieve = async () => [
  { ...PASSWORD, text: 'To promote a version, an approver must agree within 24 hours.' },
]

async function ask(
  answers: ScriptedAnswer[],
  more: Partial<Question> = {},
): Promise<{ answer: Answer; streamed: string }> {
  const before = endpoint.requests.length
  endpoint.script = (_, at) => answers[at - before - 1] ?? answers.at(-1) ?? {}
  const timeoutMs = 10_000
  const agent = createAnswerAgent({
    model: createOpenAiChatModel({ baseUrl: endpoint.baseUrl, apiKey: 'key-1', model: 'scripted', timeoutMs }),
    tools: [createSearchDocs({ retrieve }), ...desk.tools] as AnyTool[],
    audit: desk.store.audit,
    systemPrompt: 'Answer from the tools.',
    version: 'docs_rag v2',
    log: silentLog,
    timeoutMs,
  })
  let streamed = ''
  const question: Question = {
    turnId: `agent-turn-${++turns}`,
    user: { id: 'UANA', tenant: 'T0' },
    actor: people.toActor('slack/T0/UANA'),
    place: placeOf('desk:one'),
    approvals: desk.approvals,
    thread: 'desk:one',
    text: 'is v3 better than what we run?',
    history: [],
    signal: new AbortController().signal,
    ...more,
  }
  const answer = await agent.answer(question, (event) => {
    if (event.kind === 'text') streamed += event.delta
  })
  expect(answer.text).toBe(streamed)
  return { answer, streamed }
}

const call = (name: string, args: unknown): ScriptedAnswer => ({ toolCalls: [{ name, arguments: args }] })

/** What the tool really says, asked apart from the agent. */
const truth = async () => {
  const { model, says } = await desk.read('evals v3 v2')
  return `${model}\n${says?.text ?? ''}`
}
const waiting = () => desk.approvals.list({ limit: 10 })

describe('figures of evaluations', () => {
  const looks: [string, unknown][] = [
    ['compare-versions', { version: 'v3' }],
    ['lookup-evals', { version: 'v3', against: 'champion' }],
  ]
  it.each(looks)('are passed on where %s gave them, with the runs', async (name, args) => {
    const real = await truth()
    const [mine = '', theirs = ''] = runsIn(real)
    const [, v3 = '', v2 = ''] = /faithfulness\/v1\/mean: v3 ([\d.]+) \(run \w+\), v2 ([\d.]+)/.exec(real) ?? []
    expect([v3, v2].map(Number).every((value) => value > 0)).toBe(true)
    const words = `Yes: v3 has a faithfulness of ${v3} (run ${mine}) against ${v2} (run ${theirs}).`
    const { answer } = await ask([call(name, args), { text: words }])
    expect(answer.text.startsWith(`${words}\n\n`)).toBe(true)
    expect(answer.text).toMatch(/v3 is .+ than v2 on 60 questions of support/)
    expect(inventedIn(answer.text, real)).toEqual([])
    expect(answer.blocks?.some(({ kind }) => kind === 'table')).toBe(true)
  })

  it.each([
    'Yes: v3 has a faithfulness of 9.87 and v2 of 1.11.',
    'It wins 58 of 61 questions.',
    'About 73% of the answers got better.',
    'It is 12.5 % better, on 1,250 questions.',
    'v3 beats v7 clearly.',
  ])('are not shown where no tool gave them: %s', async (words) => {
    const real = await truth()
    const { answer } = await ask([call('compare-versions', { version: 'v3' }), { text: words }])
    expect(answer.text).not.toContain(words)
    expect(inventedIn(answer.text, real)).toEqual([])
    expect(answer.text).not.toContain('v7')
    expect(runsIn(answer.text).length).toBeGreaterThanOrEqual(2)
  })

  it('are not shown because somebody asked for them', async () => {
    const words = 'Yes, its faithfulness is 9.87.'
    const { answer } = await ask([call('compare-versions', { version: 'v3' }), { text: words }], {
      text: 'is the faithfulness of v3 9.87?',
    })
    expect(inventedIn(answer.text, await truth())).toEqual([])
    expect(answer.text).not.toContain('9.87')
  })

  it('are looked up also where pages were found besides, and the pages are still cited', async () => {
    const search = call('search-docs', { query: 'promotion' })
    const look = call('compare-versions', { version: 'v3' })
    const right = await ask([search, look, { text: 'v3 is better on 60 questions; approvers have 24 hours [1].' }])
    expect(right.answer.text).toContain('approvers have 24 hours [1]')
    expect(right.answer.citations).toHaveLength(1)
    const wrong = await ask([search, look, { text: 'v3 is better by 9.87; approvers have 24 hours [1].' }])
    expect(wrong.streamed).not.toContain('9.87')
    expect(wrong.answer.text).toContain('v3 is better on faithfulness than v2')
  })

  it('stand beside the verdict of the tool, where the model has mixed up the versions', async () => {
    const [, v3 = '', v2 = ''] =
      /faithfulness\/v1\/mean: v3 ([\d.]+) \(run \w+\), v2 ([\d.]+)/.exec(await truth()) ?? []
    const words = `No: v3 is worse, with ${v2} against ${v3}.`
    const { answer } = await ask([call('compare-versions', { version: 'v3' }), { text: words }])
    expect(answer.text).toContain('v3 is better on faithfulness than v2')
  })

  it('come with their runs also where the model names none', async () => {
    const real = await truth()
    const { answer } = await ask([call('compare-versions', { version: 'v3' }), { text: 'Yes, v3 is better.' }])
    expect(answer.text).toContain('Yes, v3 is better.')
    expect(new Set(runsIn(answer.text))).toEqual(new Set(runsIn(real)))
  })

  it('never come with a run that is another one', async () => {
    const [run = ''] = runsIn(await truth())
    const wrong = `${run.slice(0, -1)}${run.endsWith('0') ? '1' : '0'}`
    const { answer } = await ask([
      call('compare-versions', { version: 'v3' }),
      { text: `Yes, v3 is better (run ${wrong}).` },
    ])
    expect(answer.text).not.toContain(wrong)
    expect(answer.text).toContain(run)
  })

  it('may be percentages of shares that were told, and no others', async () => {
    const score = Array.from({ length: 60 }, (_, at) => (at < 51 ? 1 : 0))
    await desk.world.evaluate('2', { refusal_correctness: score })
    await desk.world.evaluate('3', { refusal_correctness: score })
    const real = await truth()
    expect(real).toContain('0.85')
    const right = await ask([
      call('compare-versions', { version: 'v3' }),
      { text: 'Both refuse rightly in 85% of cases.' },
    ])
    expect(right.answer.text).toContain('85%')
    const wrong = await ask([
      call('compare-versions', { version: 'v3' }),
      { text: 'v3 refuses rightly in 95% of cases.' },
    ])
    expect(wrong.answer.text).not.toContain('95%')
  })
})

describe('what a model asks for', () => {
  const promote = call('request-promotion', { version: 'v3' })

  it('waits, and nobody reads that it happened', async () => {
    const { answer } = await ask([promote, { text: 'Done: v3 is live now!' }], { text: 'promote v3' })
    const [approval] = await waiting()
    expect(answer.approvals).toEqual([approval?.id])
    expect(approval).toMatchObject({ state: 'open', tool: 'request-promotion' })
    expect(answer.text).toContain('Nothing has changed yet')
    expect(answer.text).toContain(approval?.id)
    expect(answer.text).not.toContain('live now')
    expect(await desk.champion()).toBe('2')
  })

  it('is asked for once, though the call of the model after it is tried again', async () => {
    const { answer } = await ask([promote, { status: 503, body: 'busy' }, { text: 'Asked.' }], { text: 'promote v3' })
    expect(endpoint.requests).toHaveLength(3)
    expect(answer.approvals).toHaveLength(1)
    expect(await waiting()).toHaveLength(1)
  })

  it('is asked for once, though the model calls twice and the turn runs twice', async () => {
    const twice = [promote, promote, { text: 'Asked.' }]
    const one = await ask(twice, { text: 'promote v3', turnId: 'the-same-turn' })
    const other = await ask([promote, { text: 'Asked.' }], { text: 'promote v3', turnId: 'the-same-turn' })
    expect(await waiting()).toHaveLength(1)
    expect(one.answer.approvals).toEqual(other.answer.approvals)
  })

  it('is refused with the reason of the gate, whatever the model says', async () => {
    await desk.world.evaluate('3', { faithfulness: Array.from({ length: 60 }, (_, at) => 0.3 + (at % 2) / 20) })
    const { answer } = await ask([promote, { text: 'I promoted it for you.' }], { text: 'promote v3' })
    expect(answer.text).not.toContain('promoted it')
    expect(answer.text).toMatch(/does not pass the gate/)
    expect(answer.approvals).toBeUndefined()
    expect(await waiting()).toEqual([])
  })

  it('is refused also where the model looks at something else afterwards', async () => {
    const { answer } = await ask([
      call('request-promotion', { version: 'v1' }),
      call('show-champion', {}),
      { text: 'All done.' },
    ])
    expect(answer.text).not.toContain('All done')
    expect(answer.text).toMatch(/v1/)
  })

  it('only reads for a dry run', async () => {
    const dry = call('request-promotion', { version: 'v3', dryRun: true })
    const { answer } = await ask([dry, { text: 'v3 would pass: 9.87.' }], { text: 'would v3 pass?' })
    expect(answer.text).toContain('Nothing was stored and nobody was asked')
    expect(answer.text).not.toContain('9.87')
    expect(await waiting()).toEqual([])
  })

  it.each<[string, ScriptedAnswer]>([
    ['says nothing', { text: '' }],
    ['breaks', { status: 400, body: { error: { message: 'bad' } } }],
  ])('is told also where the model %s afterwards', async (_, broken) => {
    const { answer } = await ask([promote, broken], { text: 'promote v3' })
    const [approval] = await waiting()
    expect(answer.approvals).toEqual([approval?.id])
    expect(answer.text).toContain('Nothing has changed yet')
  })

  it('is corrected where the model wrote the call wrongly first', async () => {
    const { answer } = await ask([
      call('compare-versions', {}),
      call('compare-versions', { version: 'v3' }),
      { text: 'v3 is better.' },
    ])
    expect(answer.text).toContain('v3 is better.')
  })
})

describe('what is offered', () => {
  it('is described once for each tool, not for each question', () => {
    const first = toModelTools(desk.tools)
    for (const [at, tool] of toModelTools([...desk.tools]).entries()) expect(tool).toBe(first[at])
  })

  it('comes with rules where it is more than the search', async () => {
    await ask([{ text: 'Hm.' }], { text: 'hello' })
    await ask([{ text: 'Hm.' }], { text: 'hello', user: { id: 'UANA', tenant: 'T0', external: true } })
    const [own = '', guest = ''] = endpoint.requests.map(({ messages }) => JSON.stringify(messages[0]?.content))
    expect(own).toContain('exactly as a tool gave them')
    expect(guest).not.toContain('promotion')
  })
})

describe('who may', () => {
  const offered = () => (endpoint.requests[0]?.tools ?? []).map((tool) => tool.function.name)

  it('no model is offered what people alone may do, and calling it all the same does nothing', async () => {
    const id = await desk.ask('promote v3')
    const { answer } = await ask([call('decide-approval', { approval: id, vote: 'approve' }), { text: 'Approved.' }])
    expect(offered()).toContain('request-promotion')
    for (const name of ['decide-approval', 'review-approval', 'subscribe-approvals'])
      expect(offered()).not.toContain(name)
    expect((await desk.approvals.get(id))?.state).toBe('open')
    expect(answer.refused).toBe(true)
  })

  it('guests are offered the search alone, and get nothing else by calling it', async () => {
    const user = { id: 'UANA', tenant: 'T0', external: true }
    for (const [name, args] of [
      ['compare-versions', { version: 'v3' }],
      ['request-promotion', { version: 'v3' }],
      ['list-versions', {}],
    ] as const) {
      const { answer } = await ask([call(name, args), { text: 'v3 is better, and it is promoted.' }], { user })
      expect(offered()).toEqual(['search-docs'])
      expect(answer.blocks).toBeUndefined()
      expect(answer.refused).toBe(true)
    }
    expect(await waiting()).toEqual([])
    for (const tool of desk.tools)
      expect([tool.name, tool.openToGuests ?? false]).toEqual([tool.name, tool.name === 'search-docs'])
  })
})
