// What people said of an answer stands on its trace, once, on every tracking server, and never in the way of a reply.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { LakedeskError } from '../../../src/core/errors.ts'
import { type Feedback, feedbackSchema } from '../../../src/core/feedback.ts'
import { createFeedbackDesk } from '../../../src/evals/cases/create-feedback-desk.ts'
import { ANSWERS_EXPERIMENT, traceFeedback } from '../../../src/evals/cases/trace-feedback.ts'
import type { Runs } from '../../../src/platform/ports/runs.ts'
import { recordLog } from '../../conversation/setup.ts'
import { openWorkspace } from '../../platform/databricks/workspace-under-test.ts'
import { openTestPlatform } from '../../platform/local/platform-under-test.ts'
import { idOf, openStore, word } from './setup.ts'

async function openLocal(): Promise<Runs> {
  const folder = mkdtempSync(join(tmpdir(), 'feedback-'))
  const local = openTestPlatform({ file: join(folder, 'platform.db') })
  onTestFinished(async () => {
    await local.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return local.platform.runs
}

async function openHttp(): Promise<Runs> {
  const workspace = await openWorkspace()
  onTestFinished(() => workspace.close())
  return workspace.platform.runs
}

const traceOf = async (store: ReturnType<typeof openStore>, turn: string) =>
  z.object({ traceId: z.string() }).parse((await store.ledger('feedback').get(`trace:${turn}`))?.record).traceId

describe.each([
  ['the embedded platform', openLocal],
  ['an MLflow server over HTTP', openHttp],
])('on %s', (_, open) => {
  const assessed = async (runs: Runs, id: string) =>
    ((await runs.traces.get(id))?.assessments ?? []).map(({ name, source, value, rationale }) => [
      ...[name, source.type, source.id, value, rationale],
    ])

  it('an answer is one trace in the run of its version, with the newest word of each person', async () => {
    const runs = await open()
    const store = openStore()
    const parts = { ledger: store.ledger('feedback'), runs, experiment: ANSWERS_EXPERIMENT }
    const id = await traceFeedback(word(), parts)
    expect(await assessed(runs, id)).toEqual([['user_feedback', 'HUMAN', 'ann@acme.example', false, 'wrong page']])
    expect(await traceFeedback(word({ name: 'Bo', rating: 'up', reason: null }), parts)).toBe(id)
    expect(await traceFeedback(word({ rating: 'up', reason: null, word: 2 }), parts)).toBe(id)
    const other = await traceFeedback(word({ turn: 't2' }), parts)
    expect(other).not.toBe(id)
    const expected = [
      ['user_feedback', 'HUMAN', 'ann@acme.example', true, undefined],
      ['user_feedback', 'HUMAN', 'bo@acme.example', true, undefined],
    ]
    const found = await assessed(runs, id)
    expect(found).toHaveLength(2)
    expect(found).toEqual(expect.arrayContaining(expected))
    const trace = await runs.traces.get(id)
    expect(trace).toMatchObject({ durationMs: 1200, tags: { 'lakedesk.turn': 't1' } })
    expect(Date.parse(trace?.startedAt ?? '')).toBe(Date.parse('2026-11-01T09:59:00.000Z'))
    expect(trace?.requestPreview).toContain('How do I print?')
    expect(trace?.responsePreview).toContain('print.md')
    const experimentId = await runs.ensureExperiment(ANSWERS_EXPERIMENT)
    expect(await runs.searchRuns({ experimentId })).toMatchObject([
      { name: 'Answers of rag v3', status: 'FINISHED', runId: trace?.runId },
    ])
  })
})

describe('the desk', () => {
  async function desk(runs: Runs) {
    const store = openStore()
    const { log, lines } = recordLog()
    const made = createFeedbackDesk({ store, runs, log })
    onTestFinished(() => made.drain())
    const keep = async (said: Feedback) => {
      await store.ledger('feedback').create(idOf(said), said)
      made.take(idOf(said))
      await made.settle()
    }
    const kept = async (said: Feedback) =>
      feedbackSchema.parse((await store.ledger('feedback').get(idOf(said)))?.record)
    return { store, made, keep, kept, lines }
  }

  it('takes a word to the proposals and onto the trace, once however often it is told', async () => {
    const runs = await openLocal()
    const { store, made, keep, kept } = await desk(runs)
    const said = word()
    await keep(said)
    made.take(idOf(said))
    made.start()
    await made.settle()
    expect(await kept(said)).toMatchObject({ done: { case: 1, trace: 1 } })
    expect(await store.ledger('cases').list(9)).toHaveLength(1)
    expect((await runs.traces.get(await traceOf(store, said.turn)))?.assessments).toHaveLength(1)
  })

  it('keeps what a platform out of reach did not take, and writes it at the next start', async () => {
    const runs = await openLocal()
    let down = true
    const flaky: Runs = {
      ...runs,
      async ensureExperiment(name) {
        if (down) throw new LakedeskError('PLATFORM_UNREACHABLE', 'It does not answer.')
        return runs.ensureExperiment(name)
      },
    }
    const { store, made, keep, kept, lines } = await desk(flaky)
    const said = word()
    await keep(said)
    expect(await kept(said)).toMatchObject({ done: { case: 1, trace: 0 } })
    expect(lines).toMatchObject([{ level: 'error', fields: { what: expect.stringContaining('assessment') } }])
    down = false
    made.start()
    await made.settle()
    expect(await kept(said)).toMatchObject({ done: { case: 1, trace: 1 } })
    expect((await runs.traces.get(await traceOf(store, said.turn)))?.assessments).toHaveLength(1)
  })
})
