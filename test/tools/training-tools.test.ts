import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Outcome } from '../../src/core/outcome.ts'
import type { Saying } from '../../src/core/reply.ts'
import { unreachable } from '../training/scripted-training.ts'
import { BEN, MODEL, trainingDesk } from './training-desk.ts'

type Desk = Awaited<ReturnType<typeof trainingDesk>>
let desk: Desk | undefined
const open = async (...options: Parameters<typeof trainingDesk>): Promise<Desk> => {
  desk = await trainingDesk(...options)
  return desk
}
afterEach(async () => {
  await desk?.drain()
  desk = undefined
})

const refused = (outcome: Outcome | string): { why: string; says?: Saying } => {
  if (typeof outcome === 'string' || outcome.kind !== 'refused') throw new Error(JSON.stringify(outcome))
  return outcome
}
const formOf = (saying: Saying | undefined) => {
  const form = saying?.blocks?.find((block) => block.kind === 'form')
  if (form?.kind !== 'form') throw new Error(JSON.stringify(saying))
  return form
}
const ended = async (d: Desk, id: string) =>
  vi.waitFor(async () => {
    const record = await d.record(id)
    if (record.closedAt === null) throw new Error(record.state)
    return record
  })
const started = (d: Desk) => vi.waitFor(() => expect(d.scripted.started).toHaveLength(1))

describe('asking for a training', () => {
  it('opens a form where nothing is said, with base models, proposals and what may be named as data', async () => {
    const d = await open()
    const outcome = await d.say('finetune')
    if (typeof outcome === 'string' || outcome.kind !== 'done') throw new Error(JSON.stringify(outcome))
    const saying = outcome.value as Saying
    const { action, fields } = formOf(saying)
    expect(action).toBe('start-training')
    expect(fields.map(({ id }) => id)).toEqual(['data', 'base_model', 'duration', 'learning_rate', 'register_to'])
    expect(fields[1]?.options).toEqual(['lakedesk/ticket-classifier', 'meta-llama/Llama-3.2-3B-Instruct'])
    expect(fields[4]?.value).toBe(MODEL)
    expect(saying.text).toContain('corrections')
  })

  it('keeps what was typed, with each fault at its field', async () => {
    const d = await open()
    const { says, why } = refused(
      await d.press('start-training', {
        input_data: 'corrections',
        input_duration: '3 weeks',
        input_learning_rate: 'fast',
        input_register_to: 'classifier',
      }),
    )
    const fields = Object.fromEntries(formOf(says).fields.map((field) => [field.id, field]))
    expect(fields.duration).toMatchObject({ value: '3 weeks', label: expect.stringContaining('3ep') })
    expect(fields.learning_rate).toMatchObject({ value: 'fast', label: expect.stringContaining('0.05') })
    expect(fields.register_to?.label).toContain('catalog.schema.model')
    expect(fields.data?.label).toBe('Data')
    expect(why).toContain('3 weeks')
  })

  it('counts the data and estimates the cost on a card that waits for an approver', async () => {
    const d = await open({ corrections: 30 })
    await d.store.labelled.put({
      task: 'category',
      text: 'INVOICE 0 was  charged twice',
      label: 'technical',
      by: 'b',
      at: '2026-11-23T10:00:00Z',
      source: 'x',
    })
    const id = await d.asked(`finetune corrections --epochs 20`)
    const { text, blocks, buttons } = await d.card(id)
    expect(text).toContain(MODEL)
    expect(text).toContain('20ep')
    expect(text).toContain('free of charge')
    expect(text).toContain('2 of texts with two different answers')
    expect(text).toMatch(/23 to train on, 6 held out/)
    expect(blocks).toContainEqual({
      kind: 'table',
      columns: ['Label', 'Examples'],
      rows: [
        ['technical', '20'],
        ['billing', '9'],
      ],
    })
    expect(buttons?.map(({ action }) => action)).toEqual(['approve', 'reject'])
    expect((await d.record(id)).rule).toEqual({
      who: { kind: 'listed', principals: ['ana@acme.io', 'ben@acme.io'] },
      quorum: 1,
      selfDecides: false,
    })
  })

  it('estimates money by tokens, epochs and price where a paid base model learns the labels as prompts', async () => {
    const d = await open()
    const id = await d.asked(
      `finetune corrections --base meta-llama/Llama-3.2-3B-Instruct --duration 2ep --register ml_catalog.llm.support`,
    )
    const { evidence } = await d.record(id)
    expect(evidence).toMatchObject({ task: 'INSTRUCTION_FINETUNE', format: 'instruction-jsonl' })
    const { counts, estimate } = evidence as { counts: { tokens: number }; estimate: { tokens: number; usd: number } }
    expect(estimate.tokens).toBe(counts.tokens * 2)
    expect(estimate.usd).toBeCloseTo((counts.tokens * 2 * 2) / 1e6)
  })

  it.each([
    ['finetune nowhere.jsonl', 'There is no file nowhere.jsonl'],
    ['finetune missing_table', 'missing_table cannot be read'],
    ['finetune answers', 'answers holds no example'],
    ['finetune corrections --base gpt', 'There is no base model gpt'],
    ['finetune corrections --duration 0ep', 'out of bounds'],
    ['finetune corrections --epochs 201', 'out of bounds'],
    ['finetune corrections --duration 100ba', 'whole epochs'],
    ['finetune corrections --learning-rate 7', 'no learning rate'],
  ])('says what is wrong with `%s`', async (line, why) => {
    const d = await open()
    expect(refused(await d.say(line)).why).toContain(why)
  })

  it('names the broken lines of a file by number', async () => {
    const d = await open()
    d.files.set('bad.jsonl', '{"text":"a","label":"b"}\n{oops\n\n{"text":"a"}\n')
    const { why } = refused(await d.say('finetune bad.jsonl'))
    expect(why).toContain('line 2: it is no JSON')
    expect(why).toContain('line 4: it holds text')
  })

  it('lets nobody approve their own training', async () => {
    const d = await open()
    const id = await d.asked('finetune corrections')
    expect(refused(await d.approve(id, 'slack/T0/UANA')).why).toMatch(/own|asked/)
    expect((await d.record(id)).state).toBe('open')
  })

  it('voids the approval where the data changed since it was asked', async () => {
    const d = await open()
    const id = await d.asked('finetune corrections')
    await d.store.labelled.put({
      task: 'category',
      text: 'A new ticket',
      label: 'billing',
      by: 'b',
      at: '2026-11-23T10:00:00Z',
      source: 'new',
    })
    expect(refused(await d.approve(id)).why).toContain('digest')
    expect((await d.record(id)).state).toBe('void')
    expect(d.scripted.started).toHaveLength(0)
  })
})

describe('what an approval of a training rests on', () => {
  it('is the policy too: an approver who was removed since it was asked starts nothing alone', async () => {
    const d = await open()
    const id = await d.asked('finetune corrections')
    Object.assign(d.policy, { approvers: ['ana@acme.io'], quorum: 2 })
    expect(refused(await d.approve(id, BEN)).why).toMatch(/policy moved from \w{8} to \w{8}/)
    expect((await d.record(id)).state).toBe('void')
    expect(d.scripted.started).toHaveLength(0)
  })

  it('is one model whatever the case of its name: two trainings of it are never open beside each other', async () => {
    const d = await open()
    const id = await d.asked('finetune corrections')
    const other = refused(await d.say('finetune corrections --register ML_CATALOG.support.Ticket_Classifier'))
    expect(other.why).toContain(`Request ${id}`)
    await d.say(`reject ${id}`)
    const again = await d.asked('finetune corrections --register ML_CATALOG.support.Ticket_Classifier')
    const { evidence } = await d.record(again)
    expect(evidence).toMatchObject({ registerTo: MODEL })
    const llm = await d.asked(`finetune corrections --register ml_catalog.llm.Support`)
    const twin = refused(await d.say(`finetune corrections --register ml_catalog.LLM.support`))
    expect(twin.why).toContain(`Request ${llm}`)
  })
})

describe('a training that was approved', () => {
  it('is followed to its version, with epochs and losses on its card', async () => {
    const d = await open()
    const id = await d.asked('finetune corrections --epochs 4')
    await d.approve(id)
    await started(d)
    const [spec] = d.scripted.started
    expect(spec).toMatchObject({
      baseModel: 'lakedesk/ticket-classifier',
      duration: '4ep',
      registerTo: MODEL,
      runName: `finetune-${id}`,
    })
    expect(spec?.token).toMatch(/^[A-Za-z0-9-]{1,64}$/)
    expect(d.scripted.uploads.size).toBe(2)
    await vi.waitFor(async () => expect((await d.card(id)).text).toContain('Queued: waits for a GPU'))
    const run = await d.platform.runs.createRun({
      experimentId: await d.platform.runs.ensureExperiment('/x'),
      name: 'r',
    })
    await d.platform.runs.logBatch(run.runId, {
      metrics: [
        { key: 'macro_f1', value: 0.9, timestamp: 1, step: 0 },
        { key: 'base_macro_f1', value: 0.6, timestamp: 1, step: 0 },
      ],
    })
    const losses = [
      { step: 1, epoch: 1, loss: 0.9, evalLoss: 1 },
      { step: 2, epoch: 2, loss: 0.5, evalLoss: 0.7 },
    ]
    d.scripted.move({ state: 'RUNNING', message: '', epochs: { done: 2, of: 4 }, losses })
    await vi.waitFor(async () => expect((await d.card(id)).text).toContain('epoch 2 of 4'))
    const running = await d.card(id)
    expect(running.blocks?.map(({ kind }) => kind)).toEqual(['progress', 'chart'])
    expect(running.blocks?.[1]).toMatchObject({
      labels: ['1', '2'],
      series: [{ values: [0.9, 0.5] }, { values: [1, 0.7] }],
    })
    expect(running.buttons?.map(({ action }) => action)).toEqual(['cancel-training'])
    d.scripted.move({ state: 'COMPLETED', version: '7', runId: run.runId })
    expect(await ended(d, id)).toMatchObject({
      state: 'done',
      outcome: expect.stringContaining('0.900, untrained 0.600'),
    })
    const done = await d.card(id)
    expect(done.buttons?.map(({ action, value }) => [action, value])).toEqual([
      ['evaluate', { version: '7', model: MODEL }],
      ['ask-again', { version: '7', model: MODEL }],
    ])
    expect(done.blocks?.map(({ kind }) => kind)).toEqual(['fields', 'chart'])
  })

  it('goes on after a restart with the same run, also where it registered its version meanwhile', async () => {
    const d = await open()
    const id = await d.asked('finetune corrections')
    await d.approve(id)
    await started(d)
    await d.restart()
    await d.platform.registry.createVersion({ model: MODEL, source: 'runs:/a/classifier', runId: null })
    d.scripted.move({ state: 'COMPLETED', version: '1' })
    expect((await ended(d, id)).state).toBe('done')
    // A driver that trains in its own process takes it up by that.
    expect(d.scripted.script.starts).toBe(2)
    expect(d.scripted.started).toHaveLength(1)
  })

  it('waits for a platform that cannot be reached, however long a training takes', async () => {
    const d = await open()
    const id = await d.asked('finetune corrections')
    await d.approve(id)
    await started(d)
    d.scripted.script.broken = unreachable()
    await vi.waitFor(async () => expect((await d.record(id)).progress?.label).toContain('PLATFORM_UNREACHABLE'))
    d.scripted.script.broken = null
    d.scripted.move({ state: 'COMPLETED', version: '1' })
    expect((await ended(d, id)).state).toBe('done')
  })

  it("says the platform's words where it failed", async () => {
    const d = await open()
    const id = await d.asked('finetune corrections')
    await d.approve(id)
    await started(d)
    d.scripted.move({ state: 'FAILED', message: 'CUDA out of memory' })
    expect(await ended(d, id)).toMatchObject({
      state: 'failed',
      outcome: expect.stringContaining('CUDA out of memory'),
    })
    const again = (await d.card(id)).buttons?.[0]
    expect(again?.action).toBe('start-training')
    expect((await d.press('start-training', again?.value ?? {})).kind).toBe('waiting')
  })

  it('is cancelled by whoever asked and by approvers, and by nobody else', async () => {
    const d = await open()
    const id = await d.asked('finetune corrections')
    expect(refused(await d.say(`cancel-training ${id}`)).why).toContain(`reject ${id}`)
    await d.approve(id)
    await started(d)
    expect(refused(await d.press('cancel-training', { approval: id }, 'slack/T0/UDEE')).why).toContain('approvers')
    expect(d.scripted.cancelled).toEqual([])
    expect((await d.press('cancel-training', { approval: id }, BEN)).kind).toBe('done')
    expect(await ended(d, id)).toMatchObject({ state: 'failed', outcome: expect.stringContaining('cancelled by Ben') })
    expect(d.scripted.cancelled).toHaveLength(1)
  })

  it('is listed by its status', async () => {
    const d = await open()
    const id = await d.asked('finetune corrections')
    const outcome = await d.say('finetune status')
    expect(typeof outcome !== 'string' && outcome.kind === 'done' && (outcome.value as Saying).text).toContain(id)
  })
})
