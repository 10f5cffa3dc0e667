// What the program makes of feedback: who curates, which questions count beside a running server, and what a dataset gets.
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { buildFeedback, curatorsOf } from '../../src/cli/build-feedback.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { silentLog } from '../../src/core/log.ts'
import { curateCase } from '../../src/evals/cases/curate-case.ts'
import { proposeCase } from '../../src/evals/cases/propose-case.ts'
import { createLocalPlatform } from '../../src/platform/local/platform/create-local-platform.ts'
import { parsePolicy, policyDigest } from '../../src/promotion/policy.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { idOf, word } from '../evals/cases/setup.ts'
import { makeFolder } from './run-cli.ts'

const APPROVERS = { approvers: ['bo@acme.example'] }

describe('curators', () => {
  it('are those of the policy, or its approvers, and decide nothing about promotions', () => {
    const policy = parsePolicy({ approval: APPROVERS }, 'test')
    const named = parsePolicy({ approval: APPROVERS, curators: ['dee@acme.example'] }, 'test')
    expect(curatorsOf(policy)).toEqual(['bo@acme.example'])
    expect(curatorsOf(named)).toEqual(['dee@acme.example'])
    expect(curatorsOf(parsePolicy({ approval: APPROVERS, curators: [] }, 'test'))).toEqual([])
    expect(policyDigest(named)).toBe(policyDigest(policy))
  })
})

describe('accepted questions', () => {
  async function open() {
    const folder = makeFolder()
    const settings = readConfig({ LAKEDESK_DATA: folder.path })
    const store = openSqliteStore({ file: join(folder.path, 'store.db'), log: silentLog })
    const platform = createLocalPlatform({
      ...{ file: ':memory:', log: silentLog, grants: [] },
      load: async () => {},
      answer: async () => ({}),
    })
    const policy = parsePolicy({ approval: APPROVERS, evaluationSet: 'dataset:labelled' }, 'test')
    const parts = { settings, policy, built: { platform }, log: silentLog, wake: () => {} }
    const feedback = buildFeedback({ ...parts, store, kind: 'file' })
    onTestFinished(async () => {
      await feedback.close()
      await platform.close()
      await store.close()
      folder.dispose()
    })
    const accept = async () => {
      const cases = store.ledger('cases')
      const record = await proposeCase(word(), idOf(word()), cases)
      const by = { principal: 'bo@acme.example', name: 'Bo' }
      await curateCase({ id: record?.id ?? '', to: 'accepted', by, at: new Date().toISOString(), turn: 'd1' }, cases)
      return record?.id
    }
    return { parts, store, platform, feedback, accept }
  }

  it('count for commands that run beside the server, without its lock', async () => {
    const { parts, accept, feedback, platform, store } = await open()
    const memory = openSqliteStore({ file: ':memory:', log: silentLog })
    const beside = buildFeedback({ ...parts, store: memory, kind: 'memory' })
    onTestFinished(() => beside.close())
    expect(await beside.acceptedCases()).toEqual([])
    const known = { inputs: { question: 'Known?' }, expectations: {}, tags: {} }
    await platform.runs.datasets.write('labelled', [known])
    const id = await accept()
    expect(await beside.acceptedCases()).toMatchObject([{ id, question: 'How do I print?' }])
    const doubled = word({ answer: { question: 'known?' } })
    const other = await proposeCase(doubled, idOf(doubled), store.ledger('cases'))
    const by = { principal: 'bo@acme.example', name: 'Bo' }
    const at = new Date().toISOString()
    await curateCase({ id: other?.id ?? '', to: 'accepted', by, at, turn: 'd2' }, store.ledger('cases'))
    expect(await feedback.newCases(null)).toEqual([{ caseId: id, question: 'How do I print?', by: 'Bo' }])
  })

  it('are written into the dataset at the latest at the next start, once', async () => {
    const { accept, feedback, platform, store } = await open()
    const id = await accept()
    feedback.start()
    await feedback.settle()
    feedback.start()
    await feedback.settle()
    expect(await platform.runs.datasets.read('labelled')).toMatchObject([
      { inputs: { question: 'How do I print?' }, tags: { 'lakedesk.case': id } },
    ])
    expect((await store.ledger('cases').get(id ?? ''))?.record).toMatchObject({ dataset: 'labelled' })
  })
})
