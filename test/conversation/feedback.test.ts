// What becomes of a thumb: kept once a person and answer, with what the answer rested on, and what can be done next.
import { describe, expect, it } from 'vitest'
import { createPeople } from '../../src/approvals/people.ts'
import { feedbackSchema } from '../../src/core/feedback.ts'
import { action, converse, message, recordChannel, scriptAgent, toAnswer } from './setup.ts'

const passage = (n: number) => ({
  ...{ n, chunk_id: `c${n}`, doc_id: `page-${n}.md`, title: `Page ${n}`, url: '', heading_path: [] },
  ...{ text: `Text ${n}`, score: 1 },
})
const PEOPLE = createPeople([
  { principal: 'ann@acme.example', identities: ['desk/acme/ann', 'desk/acme/ann2'] },
  { principal: 'bob@acme.example', name: 'Bob', identities: ['desk/acme/bob'] },
])
const as = (id: string, more: { external?: boolean } = {}) => ({ user: { id, tenant: 'acme', ...more } })

async function answered(more: Parameters<typeof converse>[0] = {}) {
  const { agent } = scriptAgent(async ({ text }) =>
    toAnswer(`Answer to ${text} [1]`, {
      passages: [passage(1), { ...passage(2), text: 'long '.repeat(2_000) }],
      citations: [{ n: 1, doc_id: 'page-1.md', title: 'Page 1', url: '', passage: 'Text 1' }],
    }),
  )
  const told: string[] = []
  const desk = converse({ agent, people: PEOPLE, onFeedback: (id) => told.push(id), ...more })
  const first = message('How do I print?')
  await desk.conversation.handle(first)
  const turn = message('And on Linux?', { thread: first.thread })
  await desk.conversation.handle(turn)
  const rate = (value: Record<string, string>, who = as('ann'), press = {}) =>
    desk.conversation.handle(action('feedback', { turn: turn.id, ...value }, { ...who, ...press }))
  const kept = async () =>
    (await desk.store.ledger('feedback').list(9)).map(({ record }) => feedbackSchema.parse(record))
  return { ...desk, turn, told, rate, kept }
}

describe('feedback', () => {
  it('keeps question, thread, answer, all passages, version, reason and person, and hands it on', async () => {
    const { rate, kept, told, turn } = await answered()
    await rate({ rating: 'down', reason: 'wrong printer' }, as('bob'))
    const [one] = await kept()
    expect(one).toMatchObject({
      ...{ turn: turn.id, rating: 'down', reason: 'wrong printer', teaches: true, word: 1 },
      by: { principal: 'bob@acme.example', identity: 'desk/acme/bob', name: 'Bob' },
      place: { channel: 'desk' },
      answer: {
        ...{ question: 'And on Linux?', text: 'Answer to And on Linux? [1]', version: 'rag@1', refused: false },
        cited: ['page-1.md'],
        history: [
          { role: 'user', text: 'How do I print?' },
          { role: 'assistant', text: 'Answer to How do I print? [1]' },
        ],
        passages: [
          { chunk_id: 'c1', doc_id: 'page-1.md', title: 'Page 1', text: 'Text 1' },
          { chunk_id: 'c2', doc_id: 'page-2.md' },
        ],
      },
    })
    expect(one?.answer.passages[1]?.text).toHaveLength(4_000)
    expect(one?.answer.durationMs).toBeGreaterThanOrEqual(0)
    expect(told).toEqual([`${turn.id}/bob@acme.example`])
  })

  it('counts a double click, a redelivery and two accounts of one person once', async () => {
    const { conversation, rate, kept, turn } = await answered()
    const press = action('feedback', { turn: turn.id, rating: 'down', reason: 'old page' }, as('ann'))
    await conversation.handle(press)
    await conversation.handle(press)
    await rate({ rating: 'down' })
    await rate({ rating: 'down', reason: 'old page' }, as('ann2'))
    expect(await kept()).toMatchObject([{ word: 1, reason: 'old page' }])
  })

  it('takes the newest word of a person, and each person by themselves', async () => {
    const { rate, kept } = await answered()
    await rate({ rating: 'down' })
    await rate({ rating: 'down', reason: 'old page' })
    expect(await kept()).toMatchObject([{ word: 2, rating: 'down', reason: 'old page' }])
    await rate({ rating: 'up' })
    await rate({ rating: 'down', reason: 'late' }, as('ann'), { at: '2020-01-01T00:00:00.000Z' })
    await rate({ rating: 'up' }, as('bob'))
    expect(await kept()).toMatchObject([
      { by: { name: 'Bob' }, rating: 'up', word: 1 },
      { word: 3, rating: 'up', reason: null },
    ])
  })

  it('lets guests and unlinked strangers rate, and teaches nothing by it', async () => {
    const { rate, kept } = await answered()
    const guest = await rate({ rating: 'up' }, as('ann', { external: true }))
    const stranger = await rate({ rating: 'up' }, as('zoe'))
    expect((await kept()).map(({ teaches }) => teaches)).toEqual([false, false])
    expect([guest?.blocks, stranger?.blocks]).toEqual([[], []])
  })

  it('asks for the reason by a private form, whose answer is taken, and not where the face asks', async () => {
    const { rate, kept, turn } = await answered()
    const reply = await rate({ rating: 'down' })
    expect(reply).toMatchObject({ onlyTo: 'ann', blocks: [{ kind: 'form', action: 'feedback' }] })
    const form = reply?.blocks[0]
    const value = form?.kind === 'form' ? form.value : {}
    const thanks = await rate({ ...value, input_reason: ' the page is gone ' })
    expect(thanks?.blocks).toEqual([])
    expect(await kept()).toMatchObject([{ turn: turn.id, rating: 'down', reason: 'the page is gone' }])
    const { channel } = recordChannel()
    const asking = await answered({ channel: { ...channel, can: { ...channel.can, asksReason: true } } })
    expect((await asking.rate({ rating: 'down' }))?.blocks).toEqual([])
  })

  it('offers to word a good answer better, filled in, to those who may teach', async () => {
    const { rate, turn } = await answered()
    const reply = await rate({ rating: 'up' })
    expect(reply?.blocks).toMatchObject([
      {
        ...{ kind: 'form', action: 'keep-answer', submit: 'Keep for training', value: { turn: turn.id } },
        fields: [{ id: 'answer', value: 'Answer to And on Linux? [1]', multiline: true }],
      },
    ])
  })
})
