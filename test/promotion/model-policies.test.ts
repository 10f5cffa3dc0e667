// The policy of several models: each on its own, and files of one model as they were.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { toModelPolicies } from '../../src/promotion/model-policies.ts'
import { DEFAULT_POLICY, parsePolicy, policyDigest } from '../../src/promotion/policy.ts'

const CLASSIFIER = 'ml_catalog.support.ticket_classifier'
const gate = { metrics: { 'accuracy/v1/mean': { floor: 0.5 } } }
const base = {
  model: 'a.b.rag',
  experiment: '/Shared/mine',
  evaluationSet: 'questions.jsonl',
  gate: { metrics: { 'faithfulness/v1/mean': { floor: 3 } } },
  approval: { approvers: ['ana@acme.example'], quorum: 2 },
  rollout: { probe: [{ question: 'How?' }] },
}
const parse = (more: object = {}) => parsePolicy({ ...base, ...more }, 'test')

describe('a file of one model', () => {
  it('has the digest it always had, by which open requests are sealed', () => {
    const sample = JSON.parse(readFileSync(new URL('../../examples/tallyport/policy.json', import.meta.url), 'utf8'))
    const small = { model: 'a.b.c', gate: base.gate, approval: { approvers: ['ana@acme.example'] } }
    expect(policyDigest(DEFAULT_POLICY)).toBe('da2a092f')
    expect(policyDigest(parsePolicy(sample, 'sample'))).toBe('05f478c9')
    expect(policyDigest(parsePolicy(small, 'small'))).toBe('9d454141')
  })

  it('keeps it as the first of several, whatever the others are', () => {
    const alone = policyDigest(parse())
    const [first] = toModelPolicies(parse({ also: [{ model: 'a.b.other', gate }] }), CLASSIFIER)
    expect(first.kind).toBe('chain')
    expect(policyDigest(first)).toBe(alone)
  })

  it('knows the ticket classifier too, by the same approvers and a gate on its accuracy', () => {
    const [, classifier, ...more] = toModelPolicies(parse(), CLASSIFIER)
    expect(more).toEqual([])
    expect(classifier).toMatchObject({
      kind: 'classifier',
      model: CLASSIFIER,
      alias: 'Champion',
      endpoint: 'ticket-classifier',
      experiment: '/Shared/mine',
      gate: { minimumSamples: 10, metrics: { 'accuracy/v1/mean': { maxDrop: 0.02 } } },
      approval: { approvers: ['ana@acme.example'], quorum: 2 },
      rollout: { probe: [], canary: null },
    })
    expect(classifier?.evaluationSet).toBeUndefined()
  })
})

describe('a file of several models', () => {
  it('gives each its own, and what is left out from the top', () => {
    const also = [
      {
        kind: 'classifier',
        model: 'x.y.intents',
        gate,
        endpoint: 'intents',
        approval: { approvers: ['bo@acme.example'] },
      },
      { model: 'x.y.second_rag', gate, alias: 'Live', evaluationSet: 'second.jsonl', experiment: '/Shared/second' },
    ]
    const [, intents, second, ...more] = toModelPolicies(parse({ also }), CLASSIFIER)
    expect(more, 'a file that names a classifier gets no second one').toEqual([])
    expect(intents).toMatchObject({ endpoint: 'intents', approval: { approvers: ['bo@acme.example'], quorum: 1 } })
    expect(second).toMatchObject({ kind: 'chain', alias: 'Live', endpoint: 'second-rag', experiment: '/Shared/second' })
    expect(second?.approval.approvers).toEqual(['ana@acme.example'])
    const digests = toModelPolicies(parse({ also }), CLASSIFIER).map(policyDigest)
    expect(new Set(digests).size).toBe(3)
  })

  it('changes the digest of the one that was changed alone', () => {
    const before = toModelPolicies(
      parse({
        also: [
          { model: 'x.y.a', gate },
          { model: 'x.y.b', gate },
        ],
      }),
      CLASSIFIER,
    )
    const stricter = { metrics: { 'accuracy/v1/mean': { floor: 0.9 } } }
    const after = toModelPolicies(
      parse({
        also: [
          { model: 'x.y.a', gate },
          { model: 'x.y.b', gate: stricter },
        ],
      }),
      CLASSIFIER,
    )
    const same = before.map((policy, at) => policyDigest(policy) === policyDigest(after[at] ?? policy))
    expect(same).toEqual([true, true, false, true])
  })

  it('refuses a model that stands there twice, whatever its case, and what it does not know', () => {
    expect(() => parse({ also: [{ model: 'A.B.Rag', gate }] })).toThrow('also.0.model: this model stands there already')
    expect(() => parse({ also: [{ model: 'x.y.a' }] })).toThrow('also.0.gate')
    expect(() => parse({ also: [{ model: 'x.y.a', gate, people: [] }] })).toThrow('also.0')
    expect(() => parse({ also: [{ model: 'x.y.a', gate, kind: 'tree' }] })).toThrow('also.0.kind')
  })
})
