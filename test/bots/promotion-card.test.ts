// The card of a promotion at its largest, in each state, as both faces send it: within their limits, and in a sensible order.
import { describe, expect, test } from 'vitest'
import { renderSlackReply } from '../../src/bots/slack/render-slack-blocks.ts'
import { renderTeamsMessage } from '../../src/bots/teams/render-teams-message.ts'
import { type Reply, replySchema } from '../../src/core/reply.ts'
import { toCard } from '../../src/promotion/card.ts'
import { type Evidence, evidenceSchema } from '../../src/promotion/evidence.ts'
import { APPROVAL_STATES, type ApprovalState, type Vote } from '../../src/store/port.ts'
import { createSlackMethods } from '../stand-ins/slack-methods.ts'
import { createSlackWorld } from '../stand-ins/slack-world.ts'
import { toApproval } from '../store/approvals.ts'

const APPROVERS = Array.from({ length: 12 }, (_, n) => `somebody.with.a.long.name.${n}@acme.example`)
const LONG = 'The answer went on and on, with *marks*, <tags> and [links](https://x.example/y), '.repeat(12)
const METRICS =
  'faithfulness answer_relevance context_precision context_recall answer_correctness refusal_correctness citation_accuracy groundedness latency cost_per_answer'.split(
    ' ',
  )

const evidence: Evidence = evidenceSchema.parse({
  kind: 'promotion',
  model: 'a_long_catalog_name.rag_applications_of_support.product_docs_rag_chain',
  alias: 'Champion',
  endpoint: 'support-llm-endpoint-in-production',
  candidate: '31',
  champion: '30',
  candidateRun: 'f'.repeat(32),
  championRun: 'e'.repeat(32),
  set: { name: 'support-questions-2026', digest: 'd'.repeat(64), size: 600 },
  judge: 'databricks-meta-llama-3-3-70b-instruct',
  evaluatedAt: '2026-11-22T09:30:00.000Z',
  metrics: METRICS.map((name, at) => ({
    key: `${name}/v1/mean`,
    unit: at > 7 ? 'ms' : '',
    candidate: { mean: 1234.567, low: 1200.111, high: 1300.999, n: 600 },
    champion: { mean: 0.123456, low: 0.1, high: 0.2, n: 600 },
    delta: { mean: 1234.44, low: -1200.3, high: 1300.7, n: 600 },
    verdict: 'investigate',
    reason: LONG,
  })),
  verdict: 'investigate',
  reasons: METRICS.map((name) => `${name}: ${LONG}`),
  regressions: [1, 2, 3].map((n) => ({
    question: `${n} ${LONG}`,
    metric: 'context_recall',
    from: 0.987654,
    to: 0.123456,
    candidateAnswer: LONG,
    championAnswer: LONG,
    trace: `tr-${'0'.repeat(32)}`,
  })),
  changes: ['alias Champion: v30 -> v31', `support-llm-endpoint-in-production: ${'chain-30 (v30, 100%), '.repeat(6)}`],
  approvers: APPROVERS,
  quorum: 2,
  policy: '9c71f107',
})

const LIVE = ['open', 'approved', 'running']

function toReply(state: ApprovalState): Reply {
  const vote = (name: string): Vote => {
    const at = '2026-11-22T14:00:00.000Z'
    return { principal: name, name: 'Somebody', identity: `slack/T1/${name}`, vote: 'approve', at }
  }
  const approval = toApproval('a7f3k2', {
    state,
    seal: '0123456789abcdef'.repeat(4),
    expiresAt: '2026-11-23T13:00:00.000Z',
    rule: { who: { kind: 'listed', principals: APPROVERS }, quorum: 2, selfDecides: false },
    votes: state === 'open' ? [] : APPROVERS.slice(0, 2).map(vote),
    forced: LONG.slice(0, 500),
    progress: state === 'running' ? { label: LONG, done: 3, total: 9 } : null,
    outcome: LIVE.includes(state) ? null : LONG,
    closedAt: LIVE.includes(state) ? null : '2026-11-22T15:00:00.000Z',
  })
  const card = toCard(approval, evidence, Date.parse('2026-11-22T15:00:00.000Z'))
  return replySchema.parse({ turn: 't1', generated: false, blocks: [], buttons: [], ...card })
}

describe.each(APPROVAL_STATES)('a card that is %s', (state) => {
  test('is one message that Slack takes and may edit: words, table, facts, buttons', () => {
    const call = createSlackMethods(createSlackWorld(1000), '', '')
    const token = 'Bearer xoxb-test'
    const [posted, ...others] = renderSlackReply(toReply(state), 'post')
    expect(others).toEqual([])
    const answer = call('chat.postMessage', { channel: 'C1', ...posted }, token).body
    expect(answer).toMatchObject({ ok: true })
    const [edited, ...rest] = renderSlackReply(toReply(state), 'edit')
    expect(rest).toEqual([])
    const { ts } = answer as unknown as { ts: string }
    expect(call('chat.update', { channel: 'C1', ts, ...edited }, token).body).toMatchObject({ ok: true })
    const kinds = posted?.blocks.map(({ type }) => type).join(' ')
    expect(kinds).toMatch(/^markdown (?:context )?markdown(?: section)+(?: actions)?$/)
    expect(kinds?.endsWith('actions')).toBe(toReply(state).buttons.length > 0)
  })

  test('is one card that Teams takes: words, table, facts, buttons', () => {
    const [activity, ...others] = renderTeamsMessage(toReply(state))
    expect(others).toEqual([])
    expect(activity).not.toHaveProperty('text')
    // 100 KB of UTF-16 for the whole activity.
    expect(JSON.stringify(activity).length).toBeLessThan(50_000)
    const [attachment] = (activity?.attachments ?? []) as {
      content: { body: { type: string }[]; actions?: unknown[] }
    }[]
    const content = attachment?.content ?? { body: [] }
    const kinds = content.body.map(({ type }) => type).join(' ')
    expect(kinds).toMatch(/^TextBlock(?: TextBlock)* Table FactSet$/)
    expect(content.actions?.length ?? 0).toBe(toReply(state).buttons.length)
    expect(activity?.summary).toContain(state === 'void' ? 'Void: ' : 'product_docs_rag_chain v31')
    expect(activity?.summary).not.toMatch(/\*\*|\\/)
  })
})
