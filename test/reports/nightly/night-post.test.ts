// What people read of a night: one line where nothing happened, at most twelve where something did, and a file for the browser.
import { describe, expect, it } from 'vitest'
import { blockSchema, buttonSchema, type Saying } from '../../../src/core/reply.ts'
import type { CaseResult, EvalCase } from '../../../src/evals/evaluation.ts'
import { toNightHtml } from '../../../src/reports/nightly/night-html.ts'
import { loadNights, markFalseAlarm, parseNights, readNights } from '../../../src/reports/nightly/night-ledger.ts'
import { toNightPost } from '../../../src/reports/nightly/night-post.ts'
import { MODEL, openRoom, type Plan, toCase, toCases, toResult, toWrong } from './night-room.ts'

const MOST_LINES = 12

/** As they are seen: paragraphs, the chart as one thing, the table with its head, the row of buttons, the small print. */
function countLines({ text, blocks = [], buttons = [], footer }: Saying): number {
  const lines = text.split('\n').filter((line) => line !== '').length
  const shown = blocks.map((block) => (block.kind === 'table' ? block.rows.length + 1 : 1))
  return lines + shown.reduce((sum, each) => sum + each, 0) + (buttons.length > 0 ? 1 : 0) + (footer ? 1 : 0)
}

const halfWrong = (one: EvalCase): CaseResult => (Number(one.id.slice(1)) % 2 === 0 ? toWrong(one) : toResult(one))
const full: Plan = {
  row: halfWrong,
  candidates: ['4', '5'],
  rowOf: (_, one) => toResult(one),
  parts: {
    judgeCandidate: () => 'pass',
    newCases: async () => [
      { caseId: 'q1', question: 'Can I *export* <b>all</b>\nof it?', by: 'Ana' },
      { caseId: 'q2', question: 'Is there a limit?', by: null },
      { caseId: 'q3', question: 'And in Dutch?', by: null },
    ],
  },
}

async function tellAll(...plans: Plan[]) {
  const room = openRoom()
  for (const plan of plans) await room.night(plan)
  const [night, ...earlier] = await room.history()
  if (!night) throw new Error('there is no night')
  return { night, history: [night, ...earlier], room }
}

describe('a quiet night', () => {
  it('is one line: no chart, no table, no button', async () => {
    const { night, history } = await tellAll({}, {}, {})
    expect(toNightPost(night, history)).toEqual({
      post: { text: '**Champion v3 holds**: faithfulness 4.60 (0.00).' },
      thread: [],
    })
  })

  it('shows everything when it is asked for', async () => {
    const { night, history } = await tellAll({}, {}, {})
    const { post } = toNightPost(night, history, { full: true })
    expect(post.blocks?.map(({ kind }) => kind)).toEqual(['chart', 'table'])
    expect(post.footer).toBe(
      '40 questions of questions.jsonl, judge careful · 0.0800 USD · 1 second · no alarm before (last 90 nights)',
    )
  })

  it('while something is still down is one line too, with the way back', async () => {
    const { night, history } = await tellAll({}, {}, { row: halfWrong }, { row: halfWrong })
    const { post, thread } = toNightPost(night, history, { canRollBack: true })
    expect(post.text).toMatch(/^\*\*Champion v3 is still down since 2026-11-03\*\*: correctness 2\.80 \(-1\.40\)/)
    expect(post.text).not.toContain('\n')
    expect(post.blocks).toBeUndefined()
    expect(post.buttons?.map(({ action }) => action)).toEqual(['nightly-again', 'ask-rollback'])
    expect(thread).toEqual([])
  })
})

describe('a night with a regression', () => {
  it('says the verdict first and takes at most twelve lines, with valid blocks and the buttons that make sense', async () => {
    const { night, history } = await tellAll({}, {}, {}, full)
    const { post } = toNightPost(night, history, { canRollBack: true })
    expect(post.text.split('\n')).toEqual([
      '**Champion v3 got worse**: correctness 2.80 (-1.40), 20 new failing questions, 16 about billing, v4 passes the gate, v5 passes the gate, three new questions from users.',
      '',
      'New from users: “Can I \\*export\\* <b>all</b> of it?” (Ana), “Is there a limit?” and 1 more.',
    ])
    expect(countLines(post)).toBeLessThanOrEqual(MOST_LINES)
    for (const block of post.blocks ?? []) blockSchema.parse(block)
    for (const button of post.buttons ?? []) buttonSchema.parse(button)
    expect(post.buttons?.map(({ action, value }) => [action, value])).toEqual([
      ['nightly-again', { model: MODEL, candidates: '4 5' }],
      ['ask-again', { model: MODEL, version: '4' }],
      ['ask-rollback', { model: MODEL }],
    ])
    expect(toNightPost(night, history).post.buttons?.map(({ action }) => action)).toEqual([
      'nightly-again',
      'ask-again',
    ])
  })

  it('charts what fell with the gate as a second series, and tells its numbers in the first row of the table', async () => {
    const { night, history } = await tellAll({}, {}, { date: '2026-11-05' }, { ...full, date: '2026-11-06' })
    const [chart, table] = toNightPost(night, history).post.blocks ?? []
    expect(chart).toMatchObject({
      kind: 'chart',
      type: 'line',
      title: 'Correctness of Champion, last 14 nights',
      labels: ['Nov 1', 'Nov 2', 'Nov 3', 'Nov 4', 'Nov 5', 'Nov 6'],
      series: [
        { name: 'correctness', values: [4.2, 4.2, null, null, 4.2, 2.8] },
        { name: 'Gate', values: [3, 3, 3, 3, 3, 3], dashed: true },
      ],
    })
    expect(table).toMatchObject({
      columns: ['Metric', 'Tonight', 'Before (v3)', 'Change, same questions', 'Gate'],
      rows: [
        ['correctness', '2.80', '4.20', '-1.40, worse', 'at least 3.00, not met'],
        ['faithfulness', '4.60', '4.60', '0.00', 'at least 3.50'],
        ['refusal correctness', '1.00', '1.00', '0.00', 'at least 0.80'],
      ],
    })
  })

  it('has the three worst questions in its thread, each with its trace and its buttons', async () => {
    const { night, history } = await tellAll({}, {}, {}, full)
    const { thread } = toNightPost(night, history, { traceUrl: (id) => `https://traces.example/${id}` })
    expect(thread).toHaveLength(3)
    expect(thread[0]?.text.split('\n')).toEqual([
      '**How does step 10 of SSO work?**',
      '',
      '- correctness: 4.20 before, 1.40 tonight',
      '- Expected: As page 10 says.',
      '- Got: I do not know.',
      '- Why: It names no step.',
      '- [Trace tr-q10](https://traces.example/tr-q10)',
    ])
    const value = { model: MODEL, case: 'q10' }
    expect(thread[0]?.buttons?.map((button) => [button.action, button.value])).toEqual([
      ['assign-case', value],
      ['mute-case', value],
    ])
    expect(toNightPost(night, history).thread[0]?.text).toContain('Trace: `tr-q10`')
  })
})

describe('other nights', () => {
  it('names new failing questions by what they share, and holds otherwise', async () => {
    const { night, history } = await tellAll(
      {},
      {},
      {},
      { row: (one) => (['q10', 'q11'].includes(one.id) ? toWrong(one) : toResult(one)) },
    )
    const { post, thread } = toNightPost(night, history)
    expect(post.text).toBe('**Champion v3 holds**: faithfulness 4.60 (0.00), two new failing questions about SSO.')
    expect(countLines(post)).toBeLessThanOrEqual(MOST_LINES)
    expect(thread).toHaveLength(2)
  })

  it('tells those apart that the documentation does not answer', async () => {
    const cases = toCases(40).map((one, at) =>
      at % 4 === 0 ? toCase(at + 1, { unanswerable: true, page: null, expected: null }) : one,
    )
    const row = (one: EvalCase): CaseResult => {
      const good = toResult(one)
      return one.unanswerable && ['q1', 'q5'].includes(one.id)
        ? { ...good, scores: { ...good.scores, refusal_correctness: { kind: 'score', value: 0 } } }
        : good
    }
    const { night, history } = await tellAll({ cases }, { cases }, { cases }, { cases, row })
    expect(toNightPost(night, history).post.text).toContain('two new failing questions that should have been refused.')
    expect(night.worst[0]).toMatchObject({
      metric: 'refusal_correctness',
      expected: 'a refusal: the documentation holds no answer',
    })
  })

  it('says that the first one is the first, with a chart of one point', async () => {
    const { night, history } = await tellAll({})
    const { post } = toNightPost(night, history)
    expect(post.text).toBe('**Champion v3 is measured for the first time**: faithfulness 4.60.')
    expect(post.blocks?.[0]).toMatchObject({ labels: ['Nov 1'], series: [{ values: [4.6] }, { values: [3.5] }] })
  })

  it('says why nothing was measured', async () => {
    const { night, history } = await tellAll({}, { version: null })
    const { post } = toNightPost(night, history)
    expect(post.text).toBe(
      `**Champion was not measured**: No version of ${MODEL} is Champion yet, so there was nothing to measure. Promote one first.`,
    )
    expect(post.blocks).toEqual([])
    expect(post.buttons?.map(({ action }) => action)).toEqual(['nightly-again'])
  })

  it('says that a judge failed, and not that the version did', async () => {
    const row = (one: EvalCase): CaseResult => {
      const good = toResult(one)
      return { ...good, scores: { ...good.scores, faithfulness: { kind: 'error', why: 'timeout' } } }
    }
    const { night, history } = await tellAll({}, {}, { row })
    expect(toNightPost(night, history).post.text).toBe(
      '**Champion v3 was not measured**: the judge careful failed on 40 of 40 rows of faithfulness, so tonight says nothing of it.',
    )
  })

  it('tells its own record: alarms that were nothing, by the next night or by a person', async () => {
    const { night, history, room } = await tellAll(
      {},
      {},
      { row: halfWrong },
      {},
      {},
      { row: halfWrong },
      { row: halfWrong },
    )
    expect(toNightPost(night, history, { full: true }).post.footer).toContain(
      '1 of 2 earlier alarms was false (last 90 nights)',
    )
    expect(await markFalseAlarm(room.ledger, `${MODEL}:2026-11-06`, 'Ana', '2026-11-08T09:00:00.000Z')).toBe(true)
    expect(await markFalseAlarm(room.ledger, `${MODEL}:2026-11-06`, 'Bo', '2026-11-08T09:00:00.000Z')).toBe(false)
    expect(toNightPost(night, await room.history(), { full: true }).post.footer).toContain(
      '2 of 2 earlier alarms were false',
    )
  })
})

describe('the file for the browser', () => {
  it('stands alone, escapes what others wrote, and tells the chart in words and as a table', async () => {
    const evil = (one: EvalCase): CaseResult => {
      const wrong = toWrong(one)
      return { ...wrong, answer: wrong.answer && { ...wrong.answer, text: '<img src=x onerror=alert(1)>' } }
    }
    const { night, history } = await tellAll(
      {},
      {},
      {},
      { ...full, row: (one) => (halfWrong(one).scores.correctness === undefined ? halfWrong(one) : evil(one)) },
    )
    const html = await toNightHtml(night, history, { traceUrl: () => 'javascript:alert("1")' })
    expect(html).toMatch(/^<!doctype html>/)
    expect(html).not.toMatch(/<script|<img|<b>|src=x"|https?:\/\/(?!www\.w3\.org)/)
    expect(html).not.toContain('href="javascript:')
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;')
    expect(html).toContain('<strong>Champion v3 got worse</strong>')
    expect(html).toMatch(/role="img" aria-label="Correctness of Champion, last 14 nights[^"]*Nov 4, Gate: 3/)
    expect(html).toContain('<td>2026-11-01</td>')
    expect(html).toContain('currentColor')
  })
})

describe('a file of earlier nights', () => {
  it('is loaded with its dates moved, once, and goes on as a baseline', async () => {
    const { history } = await tellAll({}, {}, { row: halfWrong })
    const file = JSON.stringify(history.toReversed())
    const other = openRoom()
    expect(await loadNights(other.ledger, parseNights(file), { endingOn: '2026-12-24' })).toBe(3)
    expect(await loadNights(other.ledger, parseNights(file), { endingOn: '2026-12-24' })).toBe(0)
    const moved = await readNights(other.ledger, MODEL)
    expect(moved.map(({ date, verdict }) => [date, verdict])).toEqual([
      ['2026-12-24', 'regression'],
      ['2026-12-23', 'holds'],
      ['2026-12-22', 'first'],
    ])
    expect(moved[0]?.baseline?.nights).toEqual([`${MODEL}:2026-12-23`, `${MODEL}:2026-12-22`])
    const next = await other.night({ date: '2026-12-25', row: halfWrong })
    expect(next).toMatchObject({ verdict: 'down' })
    expect(next.metrics.find(({ state }) => state === 'down')?.since).toBe('2026-12-24')
  })

  it('that is damaged is refused', () => {
    expect(() => parseNights('{"nights": 3}')).toThrow('The file of earlier nights cannot be read')
  })
})
