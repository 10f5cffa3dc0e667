// The card, by the facts that must stand on it in each state, and by what the faces make of it.
import { describe, expect, it } from 'vitest'
import { renderConsoleText } from '../../src/bots/console/render-console-text.ts'
import { renderSlackReply } from '../../src/bots/slack/render-slack-blocks.ts'
import { renderTeamsCard } from '../../src/bots/teams/teams-card.ts'
import { type Reply, replySchema, type Saying } from '../../src/core/reply.ts'
import { toCard, toPreview } from '../../src/promotion/card.ts'
import type { Evidence } from '../../src/promotion/evidence.ts'
import { APPROVAL_STATES, type ApprovalRecord, type Vote } from '../../src/store/port.ts'
import { toApproval } from '../store/approvals.ts'
import { NOW } from './evaluations.ts'

const estimate = (mean: number, half = 0.1) => ({ mean, low: mean - half, high: mean + half, n: 60 })

function toEvidence(more: Partial<Evidence> = {}): Evidence {
  return {
    kind: 'promotion',
    model: 'ml_catalog.rag_apps.product_docs_rag',
    alias: 'Champion',
    endpoint: 'support-llm-endpoint',
    candidate: '3',
    champion: '2',
    candidateRun: 'run-3',
    championRun: 'run-2',
    set: { name: 'support-60', digest: 'd'.repeat(64), size: 60 },
    judge: 'offline',
    evaluatedAt: '2026-11-22T09:30:00.000Z',
    attempt: { at: 1, of: 1 },
    metrics: [
      {
        key: 'faithfulness/v1/mean',
        unit: '',
        candidate: estimate(4.56789),
        champion: estimate(4.4),
        delta: estimate(0.16789),
        verdict: 'pass',
        reason: 'It passes.',
      },
      {
        key: 'latency/v1/mean',
        unit: 'ms',
        candidate: estimate(1243.4, 10),
        champion: estimate(812, 10),
        delta: estimate(431.4, 10),
        verdict: 'not gated',
        reason: 'The policy asks nothing of it.',
      },
    ],
    verdict: 'pass',
    reasons: ['All 6 gated metrics pass against Champion v2.'],
    notes: [],
    regressions: [1, 2, 3].map((n) => ({
      question: `How do I export report ${n}? ${'Please tell me. '.repeat(40)}`,
      metric: 'context_recall',
      from: 0.9,
      to: 0.3,
      candidateAnswer: `Click *here* <!channel> [x](http://evil.example) ${'and so on '.repeat(60)}`,
      championAnswer: '',
      trace: `tr-${n}`,
    })),
    changes: [
      'alias Champion: v2 -> v3',
      'support-llm-endpoint: product_docs_rag-2 (v2, 100%) -> product_docs_rag-3 (v3, 100%)',
    ],
    approvers: ['ana@acme.example', 'bo@acme.example'],
    quorum: 1,
    policy: '9c71f107',
    ...more,
  }
}

const vote = (name: string, more: Partial<Vote> = {}): Vote => ({
  principal: `${name.toLowerCase()}@acme.example`,
  name,
  identity: `desk/acme/${name}`,
  vote: 'approve',
  at: '2026-11-22T14:00:00.000Z',
  ...more,
})

function toRecord(more: Partial<ApprovalRecord> = {}): ApprovalRecord {
  return toApproval('a7f3k2', {
    seal: '0123456789abcdef'.repeat(4),
    createdAt: '2026-11-22T13:00:00.000Z',
    expiresAt: '2026-11-23T13:00:00.000Z',
    rule: {
      who: { kind: 'listed', principals: ['ana@acme.example', 'bo@acme.example'] },
      quorum: 1,
      selfDecides: false,
    },
    ...more,
  })
}

const toReply = (says: Saying): Reply => ({ turn: 't1', generated: false, blocks: [], buttons: [], ...says })
const shown = (says: Saying) => renderConsoleText(toReply(says), { color: false })
const firstLine = (says: Saying) => says.text.split('\n')[0] ?? ''
const actions = ({ buttons }: Saying) => buttons?.map(({ action }) => action) ?? []

describe('an open card', () => {
  const card = toCard(toRecord(), toEvidence(), NOW)

  it('says in its first line what is asked, by whom, from whom and until when', () => {
    expect(firstLine(card)).toBe(
      '**Promote product_docs_rag v3 to Champion in place of v2?** Asked by Ann (ann@acme.example). One approval is needed by 2026-11-23 13:00 UTC, from ana@acme.example, bo@acme.example.',
    )
  })

  it.each([
    [{ at: 1, of: 1 }, 'the only one of this version on these questions'],
    [{ at: 2, of: 3 }, '2nd of 3 evaluations on these questions'],
    [{ at: 11, of: 23 }, '11th of 23 evaluations on these questions'],
    [{ at: 23, of: 23 }, '23rd of 23 evaluations on these questions'],
  ])('says how often it was evaluated, so that nobody runs it until it passes unseen: %j', (attempt, words) => {
    expect(shown(toCard(toRecord(), toEvidence({ attempt }), NOW))).toContain(words)
  })

  it('says notes after the reasons, as they are', () => {
    const { text } = toCard(toRecord(), toEvidence({ notes: ['No override was needed.'] }), NOW)
    expect(text).toMatch(/Gate: pass.*\n\nNo override was needed\.\n/)
  })

  it('is complete in its text: verdict, changes, regressions, and how to decide without buttons', () => {
    for (const part of [
      '**Gate: pass.** All 6 gated metrics pass against Champion v2.',
      '`alias Champion: v2 -> v3`',
      'product_docs_rag-3 (v3, 100%)',
      '1. “How do I export report 1?',
      'context recall 0.9 -> 0.3 (trace tr-1)',
      'v2: no answer',
      '`approve a7f3k2` or `reject a7f3k2`',
    ]) {
      expect(card.text).toContain(part)
    }
  })

  it('cuts regressions, and takes no formatting, link or mention from answers', () => {
    expect(card.text.length).toBeLessThan(2_600)
    expect(card.text).toContain('Click \\*here\\* <!channel> \\[x\\](evil.example)')
    for (const message of renderSlackReply(toReply(card), 'update')) {
      expect(JSON.stringify(message)).not.toMatch(/<!channel|http:\/\/evil/)
    }
    for (const line of card.text.split('\n')) expect(line.length).toBeLessThan(360)
  })

  it('shows the metrics of both versions side by side, in few digits', () => {
    const table = card.blocks?.find((block) => block.kind === 'table')
    expect(table).toEqual({
      kind: 'table',
      columns: ['Metric', 'v3', 'Champion v2', 'Change (95% interval)', 'Gate'],
      rows: [
        ['faithfulness/v1/mean', '4.57 (4.47 to 4.67, n=60)', '4.4 (n=60)', '+0.168 (+0.0679 to +0.268)', 'pass'],
        ['latency/v1/mean (ms)', '1243 (1233 to 1253, n=60)', '812 (n=60)', '+431 (+421 to +441)', 'not gated'],
      ],
    })
  })

  it('shows the facts it is sealed to, and how far the quorum is', () => {
    const text = shown(toCard(toRecord({ votes: [vote('Ana')] }), toEvidence({ quorum: 2 }), NOW))
    for (const part of [
      'Verdict: pass',
      'support-60, 60 questions, evaluated 2026-11-22 09:30 UTC',
      'offline, run run-3',
      'ana@acme.example, bo@acme.example (1 of 2 so far, never the person who asks)',
      'Expires: 2026-11-23 13:00 UTC',
      'request a7f3k2, seal 01234567, policy 9c71f107',
    ]) {
      expect(text).toContain(part)
    }
  })

  it('has buttons that carry the request and the seal, and asks before it counts', () => {
    const value = { approval: 'a7f3k2', seal: '0123456789abcdef' }
    expect(card.buttons).toMatchObject([
      { action: 'approve', value, style: 'primary', confirm: expect.stringContaining('support-llm-endpoint') },
      { action: 'reject', value, style: 'danger' },
    ])
  })

  it('asks for more approvals by number', () => {
    const rule = { ...toRecord().rule, quorum: 3 }
    expect(firstLine(toCard(toRecord({ rule }), toEvidence(), NOW))).toContain('3 approvals are needed')
    expect(firstLine(toCard(toRecord({ rule, votes: [vote('Ana'), vote('Bo')] }), toEvidence(), NOW))).toContain(
      'One more approval is needed',
    )
  })
})

describe('a gate that does not pass', () => {
  const reasons = [
    'faithfulness/v1/mean 3.9 (3.7 to 4.1) against Champion v2 4.4: 0.5 worse, at most 0.25 worse is allowed.',
  ]

  it.each(['fail', 'not evaluated'] as const)(
    'that says %s gives no way to approve, and says how to in an emergency',
    (verdict) => {
      const card = toCard(toRecord(), toEvidence({ verdict, reasons }), NOW)
      expect(actions(card)).toEqual(['reject'])
      expect(card.text).toContain(`the gate says ${verdict}`)
      expect(card.text).toContain('`promote v3 --force "reason"`')
      expect(card.text).toContain('0.5 worse')
    },
  )

  it('can be approved when forced, and says so for ever', () => {
    const forced = 'the old one *leaks* data'
    for (const state of APPROVAL_STATES) {
      const card = toCard(toRecord({ forced, state }), toEvidence({ verdict: 'fail', reasons }), NOW)
      expect(card.text, state).toContain('**Forced past the gate: “the old one \\*leaks\\* data”**')
      expect(actions(card).includes('approve'), state).toBe(state === 'open')
    }
  })

  it('can be approved in doubt, and the question before it counts says so', () => {
    const card = toCard(toRecord(), toEvidence({ verdict: 'investigate' }), NOW)
    expect(card.buttons?.[0]).toMatchObject({ action: 'approve', confirm: expect.stringContaining('not sure') })
  })
})

describe('a card that is over', () => {
  const again = { action: 'ask-again', value: { version: '3' } }
  const closedAt = '2026-11-22T14:05:00.000Z'

  it.each<[string, Partial<ApprovalRecord>, number, string]>([
    ['expired', { state: 'expired' }, NOW, '**Expired on 2026-11-23 13:00 UTC: Promote'],
    [
      'out of time, noted or not',
      {},
      Date.parse('2026-11-23T13:00:00.000Z'),
      '**Expired on 2026-11-23 13:00 UTC: Promote',
    ],
    [
      'void',
      { state: 'void', outcome: 'Champion moved from v2 to v4.' },
      NOW,
      '**Void: Champion moved from v2 to v4.**',
    ],
    [
      'rejected',
      { state: 'rejected', outcome: 'Rejected by Bo: not now', closedAt },
      NOW,
      '**Rejected on 2026-11-22 14:05 UTC: Promote',
    ],
    [
      'put back',
      { state: 'undone', outcome: 'The probe failed.', closedAt },
      NOW,
      '**Put back on 2026-11-22 14:05 UTC',
    ],
    ['failed', { state: 'failed', outcome: 'Nobody knows.', closedAt }, NOW, '**Failed on 2026-11-22 14:05 UTC'],
  ])('%s says so first, and has only a button to ask again', (_, more, now, first) => {
    const card = toCard(toRecord({ ...more }), toEvidence(), now)
    expect(firstLine(card).startsWith(first)).toBe(true)
    expect(card.buttons).toMatchObject([again])
    expect(card.text).not.toMatch(/What will change|approve a7f3k2/)
  })

  it('done says who asked, who approved and when, and has no button', () => {
    const card = toCard(
      toRecord({ state: 'done', closedAt, outcome: 'v3 is Champion.', votes: [vote('Ana'), vote('Bo')] }),
      toEvidence(),
      NOW,
    )
    expect(firstLine(card)).toContain('**Done on 2026-11-22 14:05 UTC: Promote product_docs_rag v3')
    expect(firstLine(card)).toContain(
      'Asked by Ann (ann@acme.example), approved by Ana (ana@acme.example) on 2026-11-22 14:00 UTC and Bo (bo@acme.example)',
    )
    expect(card.text).toContain('**What changed**')
    expect(actions(card)).toEqual([])
  })
})

it('a running card shows how far it is, in its text too, and cannot be decided', () => {
  const progress = { label: 'Waiting for the endpoint', done: 3, total: 6 }
  const card = toCard(toRecord({ state: 'running', votes: [vote('Ana')], progress }), toEvidence(), NOW)
  expect(card.blocks?.[0]).toEqual({ kind: 'progress', ...progress })
  expect(firstLine(card)).toContain('Waiting for the endpoint (3 of 6).')
  expect(actions(card)).toEqual([])
})

describe('a rollback', () => {
  const evidence = toEvidence({
    kind: 'rollback',
    candidate: '2',
    champion: '3',
    candidateRun: null,
    set: null,
    judge: null,
    evaluatedAt: null,
    metrics: [],
    regressions: [],
    verdict: 'not evaluated',
    reasons: ['One step back: v2 was Champion before v3.'],
    quorum: 0,
  })

  it('says what goes back to what, without a gate', () => {
    const rule = { who: { kind: 'asker' as const }, quorum: 0, selfDecides: true }
    const card = toCard(
      toRecord({ state: 'done', rule, outcome: 'v2 is Champion again.', review: 'pending' }),
      evidence,
      NOW,
    )
    expect(firstLine(card)).toContain('Roll back product_docs_rag from v3 to v2')
    expect(card.text).toContain('v2 was Champion before v3')
    expect(shown(card)).not.toMatch(/Gate|Verdict/)
    expect(shown(card)).toContain('Review: pending')
  })

  it('is open to whoever asks, and says how to ask again once it is over', () => {
    const rule = { ...toRecord().rule, selfDecides: true }
    const open = toCard(toRecord({ rule }), { ...evidence, quorum: 1 }, NOW)
    expect(shown(open)).toContain('(0 of 1 so far, whoever asks among them; reviewed afterwards)')
    expect(actions(open)).toEqual(['approve', 'reject'])
    const over = toCard(toRecord({ rule, state: 'expired' }), { ...evidence, quorum: 1 }, NOW)
    expect(actions(over)).toEqual([])
    expect(over.text).toContain('To ask again write `rollback`.')
  })
})

describe('a preview', () => {
  it('of a dry run says that nothing was stored, and has no buttons', () => {
    const says = toPreview(toEvidence(), null)
    expect(firstLine(says)).toMatch(/^\*\*Dry run: Promote .*Nothing was stored/)
    expect(says.buttons).toBeUndefined()
    expect(shown(says)).not.toMatch(/seal|request/)
  })

  it('of what is blocked says why, once', () => {
    const reasons = ['faithfulness/v1/mean is bad.']
    const says = toPreview(toEvidence({ verdict: 'fail', reasons }), `v3 does not pass the gate. ${reasons[0]}`)
    expect(firstLine(says)).toMatch(/^\*\*Not asked for: Promote .*does not pass the gate/)
    expect(says.text.split('faithfulness/v1/mean is bad').length).toBe(2)
  })
})

describe('on every face', () => {
  const long = toEvidence({
    verdict: 'investigate',
    reasons: Array.from({ length: 9 }, (_, n) => `metric ${n} ${'is somewhere near the line '.repeat(30)}`),
  })

  it.each(APPROVAL_STATES)('a card in state %s is a reply, and one message', (state) => {
    const progress = state === 'running' ? { label: 'Probing', done: 1, total: 2 } : null
    const record = toRecord({ state, progress, outcome: 'An outcome. '.repeat(100), forced: 'a reason '.repeat(100) })
    const reply = toReply(toCard(record, long, NOW))
    expect(replySchema.parse(reply)).toEqual(reply)
    for (const size of ['post', 'update'] as const) expect(renderSlackReply(reply, size)).toHaveLength(1)
    expect(renderTeamsCard(reply)).not.toBeNull()
  })

  it('the same card is the same for every copy', () => {
    expect(toCard(toRecord(), toEvidence(), NOW)).toEqual(toCard(toRecord(), toEvidence(), NOW + 1000))
  })
})
