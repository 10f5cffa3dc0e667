// From a reasoned thumb down to a question of the labelled set: proposed once, decided once, merged once.
import { describe, expect, it } from 'vitest'
import type { Feedback } from '../../../src/core/feedback.ts'
import {
  listCases,
  newCasesSince,
  readAcceptedCases,
  withCases,
  writeToDataset,
} from '../../../src/evals/cases/accepted-cases.ts'
import { caseRecordSchema, toEvalCase } from '../../../src/evals/cases/case-record.ts'
import { type Curation, curateCase } from '../../../src/evals/cases/curate-case.ts'
import { proposeCase } from '../../../src/evals/cases/propose-case.ts'
import { toDatasetRecords } from '../../../src/evals/dataset-record.ts'
import { fromDataset } from '../../../src/evals/eval-set.ts'
import type { DatasetRecord } from '../../../src/platform/ports/runs.ts'
import { idOf, openStore, word } from './setup.ts'

function world() {
  const cases = openStore().ledger('cases')
  const propose = (said: Feedback) => proposeCase(said, idOf(said), cases)
  const proposed = async (said = word()) => {
    const record = await propose(said)
    if (!record) throw new Error('nothing proposed')
    return record
  }
  let turn = 0
  const decide = (id: string, to: Curation['to'], more: Partial<Curation> = {}) =>
    curateCase(
      {
        ...{ id, to, by: { principal: 'bo@acme.example', name: 'Bo' } },
        ...{ at: '2026-11-02T08:00:00.000Z', turn: `d${++turn}`, ...more },
      },
      cases,
    )
  return { cases, propose, proposed, decide }
}

describe('a proposal', () => {
  it('holds question, answer, passages, reason, version and thread', async () => {
    const { proposed } = world()
    const history = [{ role: 'user' as const, text: 'I have a label printer.' }]
    const record = await proposed(word({ answer: { history } }))
    expect(record).toMatchObject({
      ...{ state: 'proposed', question: 'How do I print?', thread: history, version: 'rag v3', cited: ['print.md'] },
      ...{ answer: 'Press the key [1].', words: [{ name: 'Ann', reason: 'wrong page' }] },
      passages: [{ chunk_id: 'k1', doc_id: 'print.md', text: 'Press the key.' }],
    })
    expect(record.id).toMatch(/^c-[0-9a-f]{8}$/)
  })

  it('is one for a question and version, however it is spelled and whoever says it', async () => {
    const { propose, cases } = world()
    await propose(word())
    await propose(word())
    await propose(word({ reason: 'still wrong' }))
    await propose(word({ name: 'Bo', turn: 't2', answer: { question: ' how do i  PRINT? ' }, reason: 'too short' }))
    await propose(word({ name: 'Cy', turn: 't3', answer: { version: 'rag v4' } }))
    const records = await listCases(cases)
    expect(records.map(({ words }) => words.map(({ name, reason }) => `${name}: ${reason}`))).toEqual([
      ['Cy: wrong page'],
      ['Ann: still wrong', 'Bo: too short'],
    ])
  })

  it.each([
    ['a thumb up', { rating: 'up' as const }],
    ['no reason', { reason: null }],
    ['a guest', { teaches: false }],
  ])('is not made by %s', async (_, more) => {
    const { propose, cases } = world()
    expect(await propose(word(more))).toBeNull()
    expect(await listCases(cases)).toEqual([])
  })

  it('goes with the last word it rested on, and comes back with a new one', async () => {
    const { propose, proposed } = world()
    await proposed()
    await propose(word({ name: 'Bo', turn: 't2' }))
    expect(await propose(word({ rating: 'up', reason: null }))).toMatchObject({
      state: 'proposed',
      words: [{ name: 'Bo' }],
    })
    const gone = await propose(word({ name: 'Bo', turn: 't2', rating: 'up', reason: null }))
    expect(gone).toMatchObject({ state: 'dropped', words: [], decided: { turn: null } })
    expect(await proposed()).toMatchObject({ state: 'proposed', decided: null, words: [{ name: 'Ann' }] })
  })

  it('stays decided, whatever is said afterwards', async () => {
    const { proposed, decide } = world()
    const { id } = await proposed()
    await decide(id, 'dropped')
    expect(await proposed(word({ name: 'Cy', turn: 't9' }))).toMatchObject({ state: 'dropped', words: [{}, {}] })
  })
})

describe('a decision', () => {
  it('is made by one of many curators at once, and all others are told who it was', async () => {
    const { proposed, decide, cases } = world()
    const { id } = await proposed()
    const seen = { state: 'proposed' as const, edits: 0 }
    const names = ['Bo', 'Cy', 'Dee', 'Eve']
    const all = await Promise.all(
      names.map((name, at) =>
        decide(id, at % 2 === 0 ? 'accepted' : 'dropped', { seen, by: { principal: name, name } }),
      ),
    )
    const [won] = all.flatMap((one) => (one.kind === 'done' ? [one.record] : []))
    const lost = all.flatMap((one) => (one.kind === 'refused' ? [one.why] : []))
    expect(lost).toHaveLength(3)
    for (const why of lost) expect(why).toContain(`${won?.decided?.name} ${won?.state} it at 2026-11-02 08:00 UTC`)
    expect(caseRecordSchema.parse((await cases.get(id))?.record)).toEqual(won)
  })

  it('is found again by the same press after a crash', async () => {
    const { proposed, decide } = world()
    const { id } = await proposed()
    const press = { turn: 'same', seen: { state: 'proposed' as const, edits: 0 } }
    expect(await decide(id, 'accepted', press)).toEqual(await decide(id, 'accepted', press))
  })

  it('with other words is told to whoever saw the old ones', async () => {
    const { proposed, decide } = world()
    const { id, question } = await proposed()
    const change = { question, facts: ['Hold the key'], page: 'print.md', unanswerable: false }
    expect(await decide(id, 'accepted', { change })).toMatchObject({ kind: 'done', record: { ...change, edits: 1 } })
    const late = await decide(id, 'accepted', { change, seen: { state: 'accepted', edits: 0 } })
    expect(late).toMatchObject({ kind: 'refused', why: expect.stringContaining('Bo changed the words') })
    const other = { ...change, question: 'Quite another question?' }
    expect(await decide(id, 'accepted', { change: other })).toMatchObject({ kind: 'refused' })
  })

  it('never lets in what would spoil the whole set', async () => {
    const { proposed, decide } = world()
    const { id, question } = await proposed()
    const change = { question, facts: ['Hold the key'], page: null, unanswerable: true }
    const refused = await decide(id, 'accepted', { change })
    expect(refused).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('an unanswerable question has none'),
    })
    expect(await decide('c-ffffffff', 'accepted')).toMatchObject({ kind: 'refused' })
  })
})

describe('accepted questions', () => {
  const SET = fromDataset('set', [{ inputs: { question: 'Known?' }, expectations: {}, tags: {} }])

  it('join the set once, which then has another name and digest', async () => {
    const { proposed, decide, cases } = world()
    expect(withCases(SET, await readAcceptedCases(cases))).toBe(SET)
    await decide((await proposed()).id, 'accepted')
    await decide((await proposed(word({ answer: { version: 'rag v4' } }))).id, 'accepted')
    await decide((await proposed(word({ answer: { question: ' KNOWN? ' } }))).id, 'accepted')
    await proposed(word({ answer: { question: 'Only proposed?' } }))
    const merged = withCases(SET, await readAcceptedCases(cases))
    expect(merged.cases.map(({ question }) => question)).toEqual(['Known?', 'How do I print?'])
    expect(merged.name).toBe('set and 1 from users')
    expect(merged.digest).not.toBe(SET.digest)
    expect(withCases(merged, await readAcceptedCases(cases))).toBe(merged)
  })

  it('are told since a time, oldest first and short', async () => {
    const { proposed, decide, cases } = world()
    const first = await proposed()
    const second = await proposed(word({ answer: { question: `Why ${'very '.repeat(40)}slow?` } }))
    await decide(first.id, 'accepted', { at: '2026-11-02T08:00:00.000Z' })
    await decide(second.id, 'accepted', { at: '2026-11-03T08:00:00.000Z' })
    expect(await newCasesSince(cases, null)).toMatchObject([{ caseId: first.id, by: 'Bo' }, { caseId: second.id }])
    const [newest, ...others] = await newCasesSince(cases, '2026-11-02T12:00:00Z')
    expect(others).toEqual([])
    expect(newest?.question.length).toBeLessThanOrEqual(80)
    expect(newest?.question.endsWith('…')).toBe(true)
  })

  it('are written into a dataset once, beside what stands there, and again with other facts', async () => {
    const { proposed, decide, cases } = world()
    const held = new Map<string, DatasetRecord>()
    let writes = 0
    const datasets = {
      read: async () => [...held.values()],
      write: async (_: string, records: readonly DatasetRecord[]) => {
        writes += 1
        for (const record of records) held.set(JSON.stringify(record.inputs), record)
      },
    }
    for (const record of toDatasetRecords(SET)) held.set(JSON.stringify(record.inputs), record)
    const { id, question } = await proposed()
    await decide(id, 'accepted')
    await decide((await proposed(word({ answer: { question: 'known?' } }))).id, 'accepted')
    expect(await writeToDataset('d', cases, { datasets })).toBe(1)
    expect(await writeToDataset('d', cases, { datasets })).toBe(0)
    expect(writes).toBe(1)
    const change = { question, facts: ['Hold the key'], page: null, unanswerable: false }
    await decide(id, 'accepted', { change })
    await writeToDataset('d', cases, { datasets })
    const set = fromDataset('d', [...held.values()])
    expect(set.cases).toMatchObject([{ question: 'Known?' }, { id, facts: ['Hold the key'], tags: ['from-users'] }])
    expect(withCases(set, (await listCases(cases, 'accepted')).map(toEvalCase))).toBe(set)
  })
})
