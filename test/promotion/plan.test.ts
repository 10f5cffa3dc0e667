// Plans of promotions and rollbacks over the embedded platform: every bad input is a sentence, and nothing moves.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LakedeskError } from '../../src/core/errors.ts'
import type { ModelVersion, Registry } from '../../src/platform/ports/registry.ts'
import type { EndpointConfig } from '../../src/platform/ports/serving.ts'
import { evidenceSchema } from '../../src/promotion/evidence.ts'
import { createPromotionPlanner, type PromotionPlan } from '../../src/promotion/plan-promotion.ts'
import { createRollbackPlanner } from '../../src/promotion/plan-rollback.ts'
import type { Policy } from '../../src/promotion/policy.ts'
import { around } from './evaluations.ts'
import { createWorld, ENDPOINT, MODEL, serve, toPolicy, type World } from './world.ts'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

/** The endpoint of v2 with a part of the traffic for v1. */
function shared(percentage: number): EndpointConfig {
  const [own, other] = [serve('2'), serve('1')]
  const routes = [
    { entity: 'docs_rag-2', percentage },
    { entity: 'docs_rag-1', percentage: 100 - percentage },
  ]
  return { entities: [...own.entities, ...other.entities], routes }
}

interface Swaps {
  policy?: Policy
  registry?: Registry
  currentSet?: () => Promise<{ digest: string } | null>
}

function plan(version: string, force?: string, swaps: Swaps = {}): Promise<PromotionPlan> {
  const planner = createPromotionPlanner({ ...world, policy: toPolicy(), now: () => world.clock.now, ...swaps })
  return planner.plan({ version, ...(force === undefined ? {} : { force }) })
}

async function planned(...request: Parameters<typeof plan>) {
  const made = await plan(...request)
  if (made.kind === 'plan') return made
  throw new Error(`It was refused: ${made.why}`)
}

async function refused(...request: Parameters<typeof plan>) {
  const made = await plan(...request)
  if (made.kind === 'refused') return made
  throw new Error('It should have been refused.')
}

const see = async () => ({
  alias: await world.registry.getAlias(MODEL, 'Champion'),
  endpoint: await world.serving.describe(ENDPOINT),
})

describe('a plan to promote v3', () => {
  it('shows the evidence, what would change, and the move itself; and moves nothing', async () => {
    const before = await see()
    const { evidence, move, blocked, forced } = await planned('v3')
    expect(evidenceSchema.parse(evidence)).toEqual(evidence)
    expect(evidence).toMatchObject({
      kind: 'promotion',
      candidate: '3',
      champion: '2',
      verdict: 'pass',
      judge: 'offline',
      set: { name: 'support', size: 60 },
      quorum: 1,
      approvers: ['ana@acme.example', 'bo@acme.example'],
    })
    expect(evidence.metrics[0]).toMatchObject({
      key: 'faithfulness/v1/mean',
      verdict: 'pass',
      candidate: { mean: expect.closeTo(4.6, 9), n: 60 },
      champion: { mean: expect.closeTo(4.2, 9) },
      delta: { mean: expect.closeTo(0.4, 9) },
    })
    expect(evidence.changes).toEqual([
      'alias Champion: v2 -> v3',
      `${ENDPOINT}: docs_rag-2 (v2, 100%) -> docs_rag-3 (v3, 100%)`,
    ])
    expect(move).toMatchObject({
      kind: 'promotion',
      from: '2',
      to: '3',
      before: serve('2'),
      after: serve('3'),
      canary: null,
    })
    expect({ blocked, forced }).toEqual({ blocked: null, forced: null })
    expect(await see()).toEqual(before)
    expect(await world.store.approvals.list({ limit: 9 })).toEqual([])
  })

  it.each(['3', 'V3', ' v3 ', 'v003'])('takes %j for v3', async (text) => {
    expect((await planned(text)).evidence.candidate).toBe('3')
  })

  it('expects the same of an unchanged world, whatever the time', async () => {
    const first = (await planned('v3')).expects
    world.clock.now += 3_600_000
    expect((await planned('3')).expects).toEqual(first)
    expect(first).toMatchObject({
      version: 'v3, READY, chain:3, run train-3',
      'alias Champion': 'v2',
      verdict: 'pass',
      'data set': expect.stringMatching(/^support, 60 questions, [0-9a-f]{8}$/),
      endpoint: expect.stringContaining('docs_rag-2 (v2, 100%), ready, no update running'),
    })
  })

  it('takes the newest evaluation on the questions of today', async () => {
    const today = { name: 'support', digest: 'd1'.repeat(32), size: 60 }
    await world.evaluate('3', { faithfulness: around(0.1) }, { set: { ...today, digest: 'e'.repeat(64) } })
    expect((await refused('v3')).why).toMatch(/cannot be compared/)
    const { evidence } = await planned('v3', undefined, { currentSet: async () => today })
    expect(evidence).toMatchObject({ verdict: 'pass', set: { digest: today.digest } })
  })

  it('draws its intervals once for many clicks, and anew for other rows', async () => {
    const planner = createPromotionPlanner({ ...world, policy: toPolicy(), now: () => world.clock.now })
    const request = { version: 'v3' }
    const first = await planner.plan(request)
    for (const again of await Promise.all([1, 2, 3].map(() => planner.plan(request)))) expect(again).toEqual(first)
    await world.evaluate('3', { faithfulness: around(0.2) })
    expect(await planner.plan(request)).toMatchObject({ evidence: { verdict: 'fail' } })
  })

  it.each<[string, string[], (world: World) => Promise<unknown>, Policy?]>([
    [
      'Champion',
      ['alias Champion', 'evaluation of Champion', 'endpoint'],
      async (w) => {
        await w.registry.setAlias(MODEL, 'Champion', '1')
        await w.serving.updateConfig(ENDPOINT, serve('1'))
        await w.settle()
        await w.evaluate('1', { faithfulness: around(0.8) })
      },
    ],
    ['the evaluation', ['evaluation'], (w) => w.evaluate('3', { faithfulness: around(0.95) })],
    ['the verdict', ['evaluation', 'verdict'], (w) => w.evaluate('3', { faithfulness: around(0.2) })],
    [
      'the endpoint',
      ['endpoint'],
      async (w) => {
        await w.serving.updateConfig(ENDPOINT, shared(90))
        await w.settle()
      },
    ],
    [
      'the settings of the endpoint',
      ['endpoint'],
      async (w) => {
        const { entities, routes } = serve('2')
        await w.serving.updateConfig(ENDPOINT, {
          entities: entities.map((e) => ({ ...e, settings: { workload_size: 'Large' } })),
          routes,
        })
        await w.settle()
      },
    ],
    ['the policy', ['policy'], async () => {}, toPolicy({ rollout: { waitMinutes: 3 } })],
  ])('expects something else once %s moved', async (_, fields, act, policy) => {
    const before = (await planned('v3')).expects
    await act(world)
    const after = (await planned('v3', undefined, policy ? { policy } : {})).expects
    expect(
      Object.keys(after)
        .filter((field) => after[field] !== before[field])
        .sort(),
    ).toEqual(fields.sort())
  })

  it('compares with the newest evaluation of Champion on the same questions and judge', async () => {
    const run = (await planned('v3')).evidence.championRun
    await world.evaluate('2', { faithfulness: around(0.1) }, { judge: 'gpt' })
    expect((await planned('v3')).evidence.championRun).toBe(run)
  })

  it('judges by floors alone where there is no Champion yet', async () => {
    await world.registry.deleteAlias(MODEL, 'Champion')
    const { evidence, move } = await planned('v3')
    expect(evidence).toMatchObject({ champion: null, verdict: 'pass', metrics: [{ champion: null, delta: null }] })
    expect(evidence.changes[0]).toBe('alias Champion: none -> v3')
    expect(move.from).toBeNull()
  })

  it('plans the canary that the policy asks for', async () => {
    const policy = toPolicy({ rollout: { canary: { percentage: 10, observeSeconds: 300 } } })
    const { evidence, move } = await planned('v3', undefined, { policy })
    expect(move.canary).toMatchObject({
      percentage: 10,
      observeSeconds: 300,
      config: {
        routes: [
          { entity: 'docs_rag-2', percentage: 90 },
          { entity: 'docs_rag-3', percentage: 10 },
        ],
      },
    })
    expect(evidence.changes[0]).toContain(
      'first for 300 s: docs_rag-2 (v2, 100%) -> docs_rag-2 (v2, 90%) + docs_rag-3 (v3, 10%)',
    )
  })

  it('tells the worst regressions, three at most', async () => {
    await world.evaluate('3', { faithfulness: around(0.85).map((value, n) => (n < 5 ? 0.2 + n / 100 : value + 0.1)) })
    const { evidence } = await planned('v3')
    expect(evidence.regressions).toHaveLength(3)
    expect(evidence.regressions[0]).toMatchObject({
      metric: 'faithfulness',
      question: expect.stringContaining('thing 0?'),
    })
  })
})

describe('a gate that does not pass', () => {
  beforeEach(() => world.evaluate('3', { faithfulness: around(0.3) }))

  it('blocks, with the reasons and the way past it', async () => {
    const { blocked, evidence } = await planned('v3')
    expect(evidence.verdict).toBe('fail')
    expect(blocked).toMatch(/^v3 does not pass the gate.*2 worse, at most 0.25 worse.*promote v3 --force "reason"/)
  })

  it('is passed by force with a reason and two people', async () => {
    const { blocked, forced, evidence, expects } = await planned('v3', '  the old one leaks data ')
    expect({ blocked, forced, quorum: evidence.quorum }).toEqual({
      blocked: null,
      forced: 'the old one leaks data',
      quorum: 2,
    })
    expect(expects.verdict).toBe('fail')
    expect((await refused('v3', '  ')).why).toMatch(/needs a reason/)
  })

  it('stays shut where fewer may approve than must', async () => {
    const policy = toPolicy({ approval: { approvers: ['ana@acme.example'] } })
    expect((await planned('v3', 'urgent', { policy })).blocked).toMatch(/2 people must approve.*names 1/)
  })
})

it.each([0.9, 0.735])(
  'force is no force where the gate does not fail, and it says so (scores about %d)',
  async (mean) => {
    await world.evaluate('3', { faithfulness: around(mean, 60, 0.2) })
    const { forced, evidence } = await planned('v3', 'just in case')
    expect({ forced, quorum: evidence.quorum }).toEqual({ forced: null, quorum: 1 })
    expect(evidence.verdict).toBe(mean === 0.9 ? 'pass' : 'investigate')
    expect(evidence.notes).toEqual([
      `No override was needed, so this is not forced: the gate says ${evidence.verdict}, and the usual approvals decide.`,
    ])
    expect((await planned('v3')).evidence.notes).toEqual([])
  },
)

it.each(['version', 'endpoint', 'policy', 'verdict', 'evaluation'])(
  'an alias that is called %s hides no fact that an approval rests on',
  async (alias) => {
    const usual = (await planned('v3')).expects
    const policy = toPolicy({ alias })
    await world.registry.setAlias(MODEL, alias, '2')
    const { expects } = await planned('v3', undefined, { policy })
    expect(expects[`alias ${alias}`]).toBe('v2')
    for (const field of ['version', 'endpoint', 'verdict', 'evaluation', 'data set']) {
      expect(expects[field], field).toBe(usual[field])
    }
    const rollback = await createRollbackPlanner({ ...world, policy }).plan()
    expect(rollback).toMatchObject({ facts: { [`alias ${alias}`]: 'v2', policy: expects.policy } })
  },
)

describe('how often it was evaluated', () => {
  it('is told: which of the finished evaluations of this version on these questions it is', async () => {
    expect((await planned('v3')).evidence.attempt).toEqual({ at: 1, of: 1 })
    await world.evaluate('3', { faithfulness: around(0.2) })
    await world.evaluate('3', { faithfulness: around(0.85) })
    const other = { set: { name: 'other', digest: 'e'.repeat(64), size: 60 } }
    await world.evaluate('3', { faithfulness: around(0.9) }, other)
    const currentSet = async () => ({ digest: 'd1'.repeat(32) })
    expect((await planned('v3', undefined, { currentSet })).evidence.attempt).toEqual({ at: 3, of: 3 })
    expect((await refused('v1')).evidence?.attempt).toBeNull()
  })
})

it('counts evaluations by the judge of the policy alone, although others were later', async () => {
  const run = (await planned('v3')).evidence.candidateRun
  await world.evaluate('3', { faithfulness: around(0.95) }, { judge: 'gpt' })
  const gate = { judge: 'offline', metrics: { 'faithfulness/v1/mean': { floor: 3.5, maxDrop: 0.25 } } }
  expect((await planned('v3', undefined, { policy: toPolicy({ gate }) })).evidence.candidateRun).toBe(run)
  const other = await refused('v3', undefined, { policy: toPolicy({ gate: { ...gate, judge: 'sonnet' } }) })
  expect(other.why).toMatch(/scored by the judge gpt, and the policy takes sonnet alone/)
})

it('an empty list of approvers means nobody, said at once', async () => {
  const { blocked } = await planned('v3', undefined, { policy: toPolicy({ approval: {} }) })
  expect(blocked).toMatch(/names nobody.*administrator/)
})

describe('what is refused with a sentence', () => {
  const changed = (more: Partial<ModelVersion>): Registry => ({
    ...world.registry,
    getVersion: async (model, version) => {
      const found = await world.registry.getVersion(model, version)
      return found && { ...found, ...more }
    },
  })

  it.each<[string, string, RegExp]>([
    ['no version', '', /Which version\? Write `promote v3`.*v3, v2 \(Champion\), v1/],
    ['a word', 'banana', /“banana” is no version.*promote v3.*v2 \(Champion\)/],
    ['formatting in a word', '*x* [y](https://z)', /“\\\*x\\\* \\\[y\\\]\(z\)” is no version/],
    ['a version that is not there', 'v99', /no version v99 of ml\.rag\.docs_rag.*There are v3, v2 \(Champion\), v1\./],
    ['zero', 'v0', /no version v0/],
    ['the Champion itself', 'v2', /v2 is Champion .*already and support-llm-endpoint answers with it/],
  ])('%s', async (_, text, why) => {
    const before = await see()
    expect((await refused(text)).why).toMatch(why)
    expect(await see()).toEqual(before)
  })

  it('a version that is not ready', async () => {
    const pending = await refused('v3', undefined, { registry: changed({ status: 'PENDING' }) })
    expect(pending.why).toMatch(/v3 .*is PENDING, so it cannot answer anyone\. Wait/)
    const registry = changed({ status: 'FAILED', statusMessage: 'files are missing' })
    expect((await refused('v3', undefined, { registry })).why).toMatch(
      /FAILED \(files are missing\).*Register it again/,
    )
  })

  it('a version without evaluation, with the offer to run one', async () => {
    expect(await refused('v1')).toMatchObject({
      why: expect.stringMatching(/v1 cannot be judged.*no finished evaluation.*Evaluate it first/),
      offer: 'evaluate',
      versions: ['1'],
      evidence: { verdict: 'not evaluated', candidateRun: null },
    })
  })

  it('a stale evaluation, and one on questions that changed since', async () => {
    expect(await refused('v3', undefined, { currentSet: async () => ({ digest: 'e'.repeat(64) }) })).toMatchObject({
      why: expect.stringContaining('questions have changed'),
      offer: 'evaluate',
    })
    world.clock.now += 8 * 24 * 3_600_000
    expect(await refused('v3')).toMatchObject({ why: expect.stringContaining('192 hours old'), versions: ['3', '2'] })
    await world.evaluate('3', { faithfulness: around(0.9) })
    expect(await refused('v3')).toMatchObject({
      why: expect.stringMatching(/evaluation of Champion v2 is 192 hours old.*Evaluate v2 again/),
      offer: 'evaluate',
      versions: ['2'],
    })
  })

  it('evaluations that cannot be compared, with whose to run again', async () => {
    await world.evaluate('3', { faithfulness: around(0.9) }, { judge: 'gpt' })
    expect(await refused('v3')).toMatchObject({ why: expect.stringContaining('judge gpt'), versions: ['3', '2'] })
    await world.registry.setAlias(MODEL, 'Champion', '1')
    await world.serving.updateConfig(ENDPOINT, serve('1'))
    await world.settle()
    expect(await refused('v3')).toMatchObject({
      why: expect.stringContaining('Champion v1 has no evaluation'),
      versions: ['1'],
    })
  })

  it('a missing evaluation may be forced past as well, and is marked', async () => {
    expect(await planned('v1', 'urgent')).toMatchObject({
      forced: 'urgent',
      evidence: { verdict: 'not evaluated', quorum: 2 },
    })
  })

  it('an endpoint that is missing, busy, or of another model', async () => {
    const policy = toPolicy({ endpoint: 'nothing-there' })
    expect((await refused('v3', undefined, { policy })).why).toMatch(/no endpoint nothing-there.*Create it/)
    await world.serving.updateConfig(ENDPOINT, serve('1'))
    expect((await refused('v3')).why).toMatch(/being updated to docs_rag-1 \(v1, 100%\).*Wait/)
    await world.settle()
    await world.registry.setAlias(MODEL, 'Champion', '1')
    await world.evaluate('1', { faithfulness: around(0.8) })
    expect((await planned('v3')).expects.endpoint).toContain('v1')
    await world.registry.createVersion({ model: 'ml.rag.other', source: 'chain:1', runId: null })
    const entity = { name: 'other-1', model: 'ml.rag.other', version: '1', settings: {} }
    await world.serving.updateConfig(ENDPOINT, { entities: [entity], routes: [{ entity: 'other-1', percentage: 100 }] })
    await world.settle()
    expect((await refused('v3')).why).toMatch(/serves no version of ml\.rag\.docs_rag but other-1/)
  })

  it('a Champion that the endpoint does not serve', async () => {
    await world.registry.setAlias(MODEL, 'Champion', '3')
    expect((await refused('v3')).why).toMatch(/v3 is Champion .*answers with docs_rag-2 .*outside Lakedesk/)
  })

  it('another version, where alias and endpoint disagree already', async () => {
    await world.registry.setAlias(MODEL, 'Champion', '1')
    await world.evaluate('1', { faithfulness: around(0.8) })
    const { why, offer, facts } = await refused('v3')
    expect(why).toMatch(
      /Champion of ml\.rag\.docs_rag is v1, but support-llm-endpoint answers with docs_rag-2 \(v2, 100%\).*nobody uses.*Set the alias to v2, or.*serve v1/,
    )
    expect({ offer, alias: facts?.['alias Champion'] }).toEqual({ offer: undefined, alias: 'v1' })
    expect((await refused('v3', 'urgent')).why).toContain('nobody uses')
  })

  it('not an endpoint that gives Champion the most of its traffic, nor one that serves nothing yet', async () => {
    await world.serving.updateConfig(ENDPOINT, shared(90))
    await world.settle()
    expect((await planned('v3')).blocked).toBeNull()
    await world.serving.updateConfig(ENDPOINT, shared(10))
    await world.settle()
    expect((await refused('v3')).why).toMatch(
      /is v2, but .* answers with docs_rag-1 \(v1, 90%\) \+ docs_rag-2 \(v2, 10%\)/,
    )
    const describeEmpty = async (name: string) => {
      const found = await world.serving.describe(name)
      return found && { ...found, config: null }
    }
    const serving = { ...world.serving, describe: describeEmpty }
    const planner = createPromotionPlanner({ ...world, serving, policy: toPolicy(), now: () => world.clock.now })
    expect((await planner.plan({ version: 'v3' })).kind).toBe('plan')
  })

  it('a registry that is down: it is thrown through, and nothing moved', async () => {
    const down = () => Promise.reject(new LakedeskError('PLATFORM_UNREACHABLE', 'The registry does not answer.'))
    const registry: Registry = { ...world.registry, getVersion: down, listVersions: down }
    for (const text of ['v3', 'banana']) {
      await expect(plan(text, undefined, { registry })).rejects.toMatchObject({ code: 'PLATFORM_UNREACHABLE' })
    }
    expect((await see()).alias).toBe('2')
  })
})

describe('a refusal tells the facts it read', () => {
  it('so that an approval that cannot be planned again can name what moved', async () => {
    const { expects } = await planned('v3')
    const moved = (facts: Record<string, string> = {}) =>
      Object.keys(facts).filter((field) => facts[field] !== expects[field])
    await world.registry.setAlias(MODEL, 'Champion', '3')
    const champion = await refused('v3')
    expect(moved(champion.facts)).toEqual(['alias Champion'])
    expect(champion.facts?.['alias Champion']).toBe('v3')
    await world.registry.setAlias(MODEL, 'Champion', '2')
    await world.serving.updateConfig(ENDPOINT, serve('1'))
    const busy = await refused('v3')
    expect(moved(busy.facts)).toEqual(['endpoint'])
    expect(busy.facts?.endpoint).toContain('updating to docs_rag-1 (v1, 100%)')
    await world.settle()
    await world.serving.updateConfig(ENDPOINT, serve('2'))
    await world.settle()
    world.clock.now += 8 * 24 * 3_600_000
    expect(moved((await refused('v3')).facts)).toContain('verdict')
    expect((await refused('v3', undefined, { policy: toPolicy({ endpoint: 'gone' }) })).facts?.endpoint).toBe('missing')
    expect((await refused('banana')).facts).toBeUndefined()
  })
})

describe('a plan to roll back', () => {
  const rollback = (policy = toPolicy()) => createRollbackPlanner({ ...world, policy }).plan()

  /** The audit line that a finished move leaves, and what it did. */
  async function moved(from: string | null, to: string): Promise<void> {
    const asker = { principal: 'ana@acme.example', identity: 'console/local/ana' }
    world.clock.now += 60_000
    const at = new Date(world.clock.now).toISOString()
    const detail = {
      kind: 'promotion',
      model: MODEL,
      alias: 'Champion',
      endpoint: ENDPOINT,
      from,
      to,
      asker,
      approvers: [],
    }
    await world.store.audit.append({
      at,
      actor: 'local/ana',
      what: 'move-champion',
      turnId: 'x',
      outcome: 'done',
      detail,
    })
    await world.registry.setAlias(MODEL, 'Champion', to)
    await world.serving.updateConfig(ENDPOINT, serve(to))
    await world.settle()
  }

  it('goes one step back, with what would change', async () => {
    await moved('1', '2')
    await moved('2', '3')
    const before = await see()
    const made = await rollback()
    expect(made).toMatchObject({
      kind: 'plan',
      move: { kind: 'rollback', from: '3', to: '2', after: serve('2'), canary: null },
      evidence: { kind: 'rollback', candidate: '2', champion: '3', quorum: 0 },
      expects: { 'alias Champion': 'v3', endpoint: expect.stringContaining('v3') },
    })
    if (made.kind === 'plan') {
      expect(evidenceSchema.parse(made.evidence)).toEqual(made.evidence)
      expect(made.evidence.changes).toEqual([
        'alias Champion: v3 -> v2',
        `${ENDPOINT}: docs_rag-3 (v3, 100%) -> docs_rag-2 (v2, 100%)`,
      ])
    }
    expect(await rollback()).toEqual(made)
    expect(await see()).toEqual(before)
  })

  it('is refused where nothing came before, or there is no Champion', async () => {
    expect(await rollback()).toMatchObject({ kind: 'refused', why: expect.stringMatching(/v2 is the first Champion/) })
    await world.registry.deleteAlias(MODEL, 'Champion')
    expect(await rollback()).toMatchObject({ kind: 'refused', why: expect.stringMatching(/has no Champion/) })
  })

  it('is refused where somebody else moved the alias', async () => {
    await moved('2', '3')
    await world.registry.setAlias(MODEL, 'Champion', '1')
    world.clock.now += 60_000
    const made = await rollback()
    expect(made).toMatchObject({
      kind: 'refused',
      why: expect.stringMatching(/moved outside Lakedesk from v3 to v1/),
      facts: { 'alias Champion': 'v1' },
    })
  })
})
