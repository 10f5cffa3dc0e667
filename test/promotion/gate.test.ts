// The gate: each rule in a table, and what must hold whatever the scores are.
import { describe, expect, it } from 'vitest'
import type { Evaluation } from '../../src/evals/evaluation.ts'
import type { MetricName } from '../../src/evals/metrics.ts'
import { type GateInput, judge } from '../../src/promotion/gate.ts'
import { type GatePolicy, parsePolicy } from '../../src/promotion/policy.ts'
import { around, NOW, type RowScores, toEvaluation } from './evaluations.ts'

function toGate(metrics: GatePolicy['metrics'], more: Partial<GatePolicy> = {}): GatePolicy {
  return parsePolicy({ gate: { metrics, ...more } }, 'test').gate
}

function run(gate: GatePolicy, own: RowScores, other: RowScores | null, more: Partial<GateInput> = {}) {
  const champion = other && { version: '2', evaluation: toEvaluation('2', other) }
  return judge(gate, { evaluation: toEvaluation('3', own), champion, now: NOW, ...more })
}

const same = (value: number, size = 60) => Array.from({ length: size }, () => value)

describe('a floor', () => {
  it.each<[string, GatePolicy['metrics'], RowScores, string]>([
    ['above it', { 'faithfulness/v1/mean': { floor: 3.5 } }, { faithfulness: around(0.8) }, 'pass'],
    ['exactly on it', { 'faithfulness/v1/mean': { floor: 4.2 } }, { faithfulness: same(0.8) }, 'pass'],
    ['below it', { 'faithfulness/v1/mean': { floor: 4.5 } }, { faithfulness: around(0.8) }, 'fail'],
    ['across it', { 'faithfulness/v1/mean': { floor: 4.2 } }, { faithfulness: around(0.8, 60, 0.2) }, 'investigate'],
    ['on the 3.x scale, above', { 'faithfulness/mean': { floor: 0.75 } }, { faithfulness: around(0.8) }, 'pass'],
    ['on the 3.x scale, below', { 'faithfulness/mean': { floor: 0.85 } }, { faithfulness: around(0.8) }, 'fail'],
    ['a ceiling for toxicity, below', { 'toxicity/v1/ratio': { floor: 0.07 } }, { toxicity: same(0) }, 'pass'],
    [
      'one that none of 30 cannot prove',
      { 'toxicity/v1/ratio': { floor: 0.02 } },
      { toxicity: same(0, 30) },
      'investigate',
    ],
    ['the same on the 3.x scale', { 'toxicity/mean': { floor: 0.02 } }, { toxicity: same(0, 30) }, 'investigate'],
    ['a ceiling for toxicity, above', { 'toxicity/v1/ratio': { floor: 0.02 } }, { toxicity: same(1) }, 'fail'],
    ['a ceiling in milliseconds', { 'latency/v1/mean': { floor: 500 } }, { latency: around(900, 60, 10) }, 'fail'],
  ])('%s: %s', (_, metrics, scores, verdict) => {
    const result = run(toGate(metrics), scores, null)
    expect(result.verdict).toBe(verdict)
    expect(result.metrics).toHaveLength(1)
    expect(result.reasons.join(' ')).toMatch(verdict === 'pass' ? /passes/ : /asked for|allowed/)
  })

  it('says the numbers', () => {
    const { reasons } = run(toGate({ 'faithfulness/v1/mean': { floor: 4.5 } }), { faithfulness: same(0.8) }, null)
    expect(reasons).toEqual(['faithfulness/v1/mean 4.2 (4.2 to 4.2): at least 4.5 is asked for.'])
  })
})

describe('a largest drop', () => {
  const gate = toGate({ 'faithfulness/v1/mean': { maxDrop: 0.25 } })
  it.each([
    ['an equal version', around(0.8), around(0.8), 'pass'],
    ['a better one', around(0.9), around(0.8), 'pass'],
    ['one that is a little worse', around(0.76), around(0.8), 'pass'],
    ['one exactly at the limit', same(0.7375), same(0.8), 'pass'],
    ['one that is far worse', around(0.6), around(0.8), 'fail'],
    ['one about at the limit, unevenly', around(0.74, 60, 0.2), same(0.8), 'investigate'],
  ])('%s', (_, own, other, verdict) => {
    expect(run(gate, { faithfulness: own }, { faithfulness: other }).verdict).toBe(verdict)
  })

  it('is paired: the same spread on both sides is no doubt', () => {
    const spread = around(0.5, 60, 0.5)
    expect(run(gate, { faithfulness: spread }, { faithfulness: spread }).verdict).toBe('pass')
  })

  it('turns with the direction of the metric, and with the scale of its key', () => {
    const latency = toGate({ 'latency/v1/mean': { maxDrop: 100 } })
    expect(run(latency, { latency: same(300) }, { latency: same(900) }).verdict).toBe('pass')
    expect(run(latency, { latency: same(1100) }, { latency: same(900) }).verdict).toBe('fail')
    const raw = toGate({ 'faithfulness/mean': { maxDrop: 0.25 } })
    expect(run(raw, { faithfulness: same(0.6) }, { faithfulness: same(0.8) }).verdict).toBe('pass')
  })

  it('says by how much, against whom, and what is allowed', () => {
    const { reasons } = run(gate, { faithfulness: same(0.725) }, { faithfulness: same(0.85) })
    expect(reasons).toEqual([
      'faithfulness/v1/mean 3.9 (3.9 to 3.9) against Champion v2 4.4: 0.5 worse, at most 0.25 worse is allowed.',
    ])
  })

  it('is not asked for where there is no Champion yet', () => {
    const result = run(gate, { faithfulness: same(0.1) }, null)
    expect(result).toMatchObject({ verdict: 'pass', reasons: [expect.stringContaining('no Champion yet')] })
  })
})

describe('what fails closed', () => {
  it.each<[string, GatePolicy, RowScores, RegExp]>([
    ['a key nobody knows', toGate({ 'faithfullness/v1/mean': { floor: 1 } }), { faithfulness: same(1) }, /no metric/],
    ['a key of an object', toGate({ constructor: { floor: 1 } }), { faithfulness: same(1) }, /no metric/],
    ['no value', toGate({ 'correctness/v1/mean': { floor: 1 } }), { faithfulness: same(1) }, /no value/],
    ['too few samples', toGate({ 'faithfulness/v1/mean': { floor: 1 } }), { faithfulness: same(1, 29) }, /29 .*30/],
    [
      'a number that is none',
      toGate({ 'faithfulness/v1/mean': { floor: 1 } }),
      { faithfulness: same(NaN) },
      /no value/,
    ],
    ['nothing gated', toGate({}), { faithfulness: same(1) }, /gates no metric/],
  ])('%s', (_, gate, scores, reason) => {
    const result = run(gate, scores, null)
    expect(result.verdict).toBe('fail')
    expect(result.reasons.join(' ')).toMatch(reason)
  })

  it('fails where Champion was scored on too few of the same questions', () => {
    const gate = toGate({ 'faithfulness/v1/mean': { maxDrop: 1 } })
    const other = [...same(0.5, 20), ...Array.from({ length: 40 }, () => undefined)]
    const result = run(gate, { faithfulness: same(0.9) }, { faithfulness: other })
    expect(result).toMatchObject({ verdict: 'fail', reasons: [expect.stringContaining('20 questions on both sides')] })
  })

  it('lets one failing metric fail all, and says only what did not pass', () => {
    const gate = toGate({ 'faithfulness/v1/mean': { floor: 1 }, 'correctness/v1/mean': { floor: 5 } })
    const result = run(gate, { faithfulness: same(0.9), correctness: same(0.5) }, null)
    expect(result.metrics.map(({ verdict }) => verdict)).toEqual(['pass', 'fail'])
    expect(result).toMatchObject({ verdict: 'fail', reasons: [expect.stringContaining('correctness')] })
  })
})

describe('what counts as not evaluated', () => {
  const gate = toGate({ 'faithfulness/v1/mean': { floor: 1, maxDrop: 1 } })
  const own = (more: Partial<Evaluation>) => ({ evaluation: toEvaluation('3', { faithfulness: same(0.9) }, more) })
  const other = (more: Partial<Evaluation>) => ({
    champion: { version: '2', evaluation: toEvaluation('2', { faithfulness: same(0.9) }, more) },
  })
  const hours = (n: number) => ({ finishedAt: new Date(NOW - n * 3_600_000).toISOString() })
  it.each<[string, Partial<GateInput>, RegExp, string]>([
    ['no evaluation', { evaluation: null }, /no finished evaluation.*Evaluate it first/, 'candidate'],
    ['an old one', own(hours(169)), /169 hours old.*168.*Evaluate it again/, 'candidate'],
    ['one from the future', own(hours(-1)), /in the future/, 'candidate'],
    ['one without a time', own({ finishedAt: 'soon' }), /cannot be read/, 'candidate'],
    ['other questions than the policy’s', { setDigest: 'e'.repeat(64) }, /questions have changed/, 'both'],
    ['another data set', own({ set: { name: 'new', digest: 'x', size: 60 } }), /cannot be compared/, 'both'],
    ['another judge', other({ judge: 'gpt' }), /judge gpt|by gpt/, 'both'],
    ['an old one of Champion', other(hours(169)), /Champion v2.*169 hours old.*168.*Evaluate v2 again/, 'champion'],
    ['one of Champion from the future', other(hours(-1)), /Champion v2.*in the future/, 'champion'],
    ['both of them old', { ...own(hours(169)), ...other(hours(200)) }, /169 hours old.*200 hours old/, 'both'],
    [
      'a Champion without evaluation',
      { champion: { version: '2', evaluation: null } },
      /v2.*no evaluation/,
      'champion',
    ],
  ])('%s', (_, more, reason, missing) => {
    const result = run(gate, { faithfulness: same(0.9) }, { faithfulness: same(0.9) }, more)
    expect(result).toMatchObject({ verdict: 'not evaluated', metrics: [], missing })
    expect(result.reasons.join(' ')).toMatch(reason)
  })

  it('takes an evaluation to the last moment, and one a few seconds ahead of a slow clock', () => {
    for (const n of [168, -0.005]) {
      expect(run(gate, { faithfulness: same(0.9) }, { faithfulness: same(0.9) }, own(hours(n))).verdict).toBe('pass')
    }
  })

  it('refuses two forms of one judge, and takes evaluations by the judge that the policy names', () => {
    const digest = (judgeDigest: string) => ({ judgeDigest })
    const apart = run(gate, {}, {}, { ...own(digest('aaaa1111')), ...other(digest('bbbb2222')) })
    expect(apart).toMatchObject({ verdict: 'not evaluated', missing: 'both' })
    expect(apart.reasons.join(' ')).toMatch(/another form of the judge offline \(aaaa1111.*bbbb2222\)/)
    const another = run({ ...gate, judge: 'gpt' }, { faithfulness: [] }, null)
    expect(another).toMatchObject({ verdict: 'not evaluated', missing: 'candidate' })
    expect(another.reasons.join(' ')).toMatch(/scored by the judge offline, and the policy takes gpt alone/)
    const same = run({ ...gate, judge: 'offline' }, {}, {}, { ...own(digest('a')), ...other(digest('a')) })
    expect(same.verdict).toBe('pass')
  })

  it('takes an old evaluation of Champion where only floors are asked for', () => {
    const floors = toGate({ 'faithfulness/v1/mean': { floor: 1 } })
    expect(run(floors, { faithfulness: same(0.9) }, { faithfulness: same(0.9) }, other(hours(999))).verdict).toBe(
      'pass',
    )
  })

  it('needs no evaluation of Champion where only floors are asked for', () => {
    const floors = toGate({ 'faithfulness/v1/mean': { floor: 1 } })
    const more = { champion: { version: '2', evaluation: null } }
    expect(run(floors, { faithfulness: same(0.9) }, null, more).verdict).toBe('pass')
  })
})

describe('error rows', () => {
  const gate = toGate({ 'faithfulness/v1/mean': { floor: 1, maxDrop: 0.5 } })
  const withErrors = (count: number) => same(0.9).map((value, n) => (n < count ? null : value))
  it.each([
    [3, 0, 'pass'],
    [4, 0, 'investigate'],
    [0, 4, 'investigate'],
  ])('of the judge, %i of 60 for the version and %i for Champion: %s', (own, other, verdict) => {
    const result = run(gate, { faithfulness: withErrors(own) }, { faithfulness: withErrors(other) })
    expect(result.verdict).toBe(verdict)
    if (verdict === 'investigate')
      expect(result.reasons.join(' ')).toMatch(/4 of the 60 questions \(7%\) ended in an error/)
  })

  const unanswered = (version: string, count: number, size = 60) => {
    const whole = toEvaluation(version, { faithfulness: same(0.9, size) })
    const rows = whole.rows.map((row, n) =>
      n < count ? { ...row, answer: null, error: 'MODEL_FAILED: broken', scores: {} } : row,
    )
    return { ...whole, rows }
  }
  it.each([
    [3, 0, 'pass', /passes/],
    [29, 0, 'fail', /v3 gave no answer to 29 of the 60 questions \(48%\), and at most 5% may fail.*Champion v2 0/],
    [4, 4, 'fail', /v3 gave no answer to 4 of the 60 questions \(7%\)/],
    [0, 4, 'investigate', /4 of the 60 questions \(7%\) ended in an error for v2/],
  ])('%i questions without an answer of v3 and %i of Champion: %s', (own, other, verdict, reason) => {
    const champion = { version: '2', evaluation: unanswered('2', other) }
    const result = judge(gate, { evaluation: unanswered('3', own), champion, now: NOW })
    expect(result.verdict).toBe(verdict)
    expect(result.reasons.join(' ')).toMatch(reason)
    expect(result.reasons.filter((each) => each.includes('v3 gave')).length).toBe(verdict === 'fail' ? 1 : 0)
  })

  it('never count as scores', () => {
    const result = run(gate, { faithfulness: withErrors(3) }, { faithfulness: withErrors(0) })
    expect(result.metrics[0]?.candidate).toMatchObject({ n: 57, mean: expect.closeTo(4.6, 9) })
  })
})

/** Mulberry32: the same numbers in every run. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const KEYS: [MetricName, string, number][] = [
  ['faithfulness', 'faithfulness/v1/mean', 1],
  ['correctness', 'correctness/mean', 1],
  ['context_recall', 'context_recall/v1/mean', 1],
  ['toxicity', 'toxicity/v1/ratio', -1],
  ['latency', 'latency/v1/mean', -1],
]

describe('whatever the scores are', () => {
  const RANK = { fail: 0, 'not evaluated': 0, investigate: 1, pass: 2 }

  function draw(seed: number) {
    const random = createRandom(seed)
    const size = 30 + Math.floor(random() * 10)
    const lenient = random() < 0.4
    const level = random()
    const draws = () => Array.from({ length: size }, () => Math.min(1, Math.max(0, level + (random() - 0.5) * 0.6)))
    const own: Record<string, number[]> = {}
    const other: Record<string, number[]> = {}
    const metrics: GatePolicy['metrics'] = {}
    for (const [metric, key, sign] of KEYS.filter(() => random() < 0.6)) {
      own[metric] = draws()
      other[metric] = draws()
      const floor = level + (key.endsWith('v1/mean') ? 4 * random() : 0)
      metrics[key] = lenient ? { floor: sign > 0 ? 0 : 9, maxDrop: 3 } : { floor, maxDrop: random() * 0.3 }
    }
    metrics['answer_relevance/v1/mean'] = { maxDrop: 2 }
    own.answer_relevance = draws()
    other.answer_relevance = draws()
    return { random, own, other, gate: toGate(metrics) }
  }

  it('never passes where a gated metric has no value', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { random, own, other, gate } = draw(seed)
      const gated = Object.keys(own)
      const lost = gated[Math.floor(random() * gated.length)] ?? ''
      const { [lost]: _, ...rest } = own
      if (Object.keys(rest).length === 0) continue
      expect(run(gate, rest, other).verdict, `seed ${seed}, without ${lost}`).toBe('fail')
    }
  })

  it('never judges a version better because some of its answers got worse', () => {
    const seen = new Set<string>()
    for (let seed = 1; seed <= 25; seed++) {
      const { random, own, other, gate } = draw(seed)
      const before = run(gate, own, other).verdict
      const worse = Object.fromEntries(
        Object.entries(own).map(([metric, values]) => {
          const sign = KEYS.find(([name]) => name === metric)?.[2] ?? 1
          return [metric, values.map((value) => (random() < 0.3 ? value - sign * random() * 0.4 : value))]
        }),
      )
      const after = run(gate, worse, other).verdict
      seen.add(before)
      expect(RANK[after], `seed ${seed}: ${before} became ${after}`).toBeLessThanOrEqual(RANK[before])
    }
    expect([...seen].sort()).toEqual(['fail', 'investigate', 'pass'])
  })

  it('says the same twice', () => {
    const { own, other, gate } = draw(7)
    expect(run(gate, own, other)).toEqual(run(gate, own, other))
  })
})
