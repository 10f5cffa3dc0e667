// Curating in chat, through a conversation: the queue, its cards, decisions, who may, and answers kept for training.
import { describe, expect, it, onTestFinished } from 'vitest'
import { createPeople } from '../../src/approvals/people.ts'
import { silentLog } from '../../src/core/log.ts'
import type { Block, Reply } from '../../src/core/reply.ts'
import { listCases } from '../../src/evals/cases/accepted-cases.ts'
import { createFeedbackDesk } from '../../src/evals/cases/create-feedback-desk.ts'
import { createLocalPlatform } from '../../src/platform/local/platform/create-local-platform.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { createCaseCards } from '../../src/tools/case-cards.ts'
import { createCurateCases } from '../../src/tools/curate-cases.ts'
import { erase } from '../../src/tools/define-tool.ts'
import { createExportPairs } from '../../src/tools/export-pairs.ts'
import { createKeepAnswer } from '../../src/tools/keep-answer.ts'
import { readData } from '../../src/training/read-data.ts'
import { action, command, converse, message, recordChannel, until } from '../conversation/setup.ts'

const entry = (name: string) => ({
  principal: `${name}@acme.example`,
  name: name[0]?.toUpperCase() + name.slice(1),
  identities: [`desk/acme/${name}`],
})
const PEOPLE = createPeople(['ana', 'bo', 'cy'].map(entry))
const as = (id: string, more: { external?: boolean } = {}) => ({ user: { id, tenant: 'acme', ...more } })

function openRoom() {
  const store = openSqliteStore({ file: ':memory:', log: silentLog })
  const platform = createLocalPlatform({
    ...{ file: ':memory:', log: silentLog, grants: [] },
    load: async () => {},
    answer: async () => ({}),
  })
  const desk = createFeedbackDesk({ store, runs: platform.runs, log: silentLog })
  const cases = store.ledger('cases')
  const wake = () => conversation.wake()
  const cards = createCaseCards({ cases, posts: store.posts, wake })
  const curators = ['bo@acme.example', 'cy@acme.example']
  const face = recordChannel()
  const { conversation } = converse({
    ...{ store, people: PEOPLE, channel: face.channel, onFeedback: desk.take },
    tools: [
      erase(createCurateCases({ cases, curators, cards, onDecided: desk.publish })),
      erase(createKeepAnswer({ store })),
      erase(createExportPairs({ store, curators })),
    ],
    onWaiting: (card, turn) => cards.announce(card, turn),
    limits: { backoffMs: 5, postEveryMs: 1 },
  })
  onTestFinished(async () => {
    await conversation.drain(100)
    await desk.drain()
    await platform.close()
  })
  const say = async (turn: Parameters<typeof conversation.handle>[0]): Promise<Reply> => {
    const reply = await conversation.handle(turn)
    if (!reply) throw new Error('a duplicate')
    return reply
  }
  const complain = async (question: string, reason: string, who = 'ana') => {
    const asked = message(question, as(who))
    await say(asked)
    await say(action('feedback', { turn: asked.id, rating: 'down', reason }, as(who)))
    await desk.settle()
    const [newest] = await listCases(cases)
    if (!newest) throw new Error('nothing was proposed')
    return newest.id
  }
  const cardOf = (id: string) => face.shown.findLast(({ reply }) => reply.footer?.startsWith(`${id} `))?.reply
  return { store, cases, say, complain, shown: face.shown, cardOf }
}

const formIn = (reply: Reply | undefined) => {
  const form = reply?.blocks.find((block): block is Extract<Block, { kind: 'form' }> => block.kind === 'form')
  if (!form) throw new Error('no form')
  return form
}
const readButton = (reply: Reply | undefined, name: string) => {
  const button = reply?.buttons.find((each) => each.action === name)
  if (!button) throw new Error(`no button ${name}`)
  return button.value
}

describe('curating', () => {
  it('shows the queue with counts, one card for each proposal under it', async () => {
    const { say, complain, shown, cardOf } = openRoom()
    const first = await complain('How do I print?', 'wrong page')
    const second = await complain('How do I scan?', 'too short')
    const queue = await say(command('cases', '', as('bo')))
    expect(queue.text).toContain('2 proposed, 0 accepted, 0 dropped')
    expect(queue.blocks).toMatchObject([
      { kind: 'table', rows: [[second], [first]].map((row) => expect.arrayContaining(row)) },
    ])
    await until(() => cardOf(first) !== undefined && cardOf(second) !== undefined)
    const card = cardOf(first)
    expect(card?.text).toContain('How do I print?')
    expect(JSON.stringify(card?.blocks)).toContain('Ana: wrong page')
    expect(JSON.stringify(card?.blocks)).toContain('rag@1')
    expect(card?.buttons.map(({ label }) => label)).toEqual(['Accept', 'Drop'])
    expect(shown.filter(({ delivery }) => delivery.key.startsWith('case:'))).toHaveLength(2)
  })

  it('lets one of two curators win, tells the other who, and brings every card up to date', async () => {
    const { say, complain, cardOf, shown } = openRoom()
    const id = await complain('How do I print?', 'wrong page')
    const queue = command('cases', '', as('bo'))
    await say(queue)
    await until(() => cardOf(id) !== undefined)
    const value = readButton(cardOf(id), 'accept-case')
    const replies = await Promise.all([
      say(action('accept-case', value, as('bo'))),
      say(action('drop-case', value, as('cy'))),
    ])
    const [lost] = replies.filter(({ outcome }) => outcome === 'refused')
    const [won] = replies.filter(({ outcome }) => outcome === 'done')
    expect(replies.map(({ onlyTo }) => onlyTo)).toEqual(['bo', 'cy'])
    expect(lost?.text).toMatch(/is (accepted|dropped) already: (Bo|Cy) (accepted|dropped) it at/)
    expect(won?.text).toContain(id)
    await until(() => /(Bo|Cy) (accepted|dropped) it/.test(cardOf(id)?.text ?? ''))
    const queueNow = () => shown.findLast(({ delivery }) => delivery.key === `turn:${queue.id}`)?.reply.text
    await until(() => queueNow()?.includes('0 proposed') === true)
  })

  it('takes the words of the form, accepts, and refuses what contradicts itself', async () => {
    const { say, complain, cases } = openRoom()
    const id = await complain('How do I print?', 'wrong page')
    const form = formIn(await say(command('cases', id, as('bo'))))
    const fill = (fields: Record<string, string>) => action('edit-case', { ...form.value, ...fields }, as('bo'))
    const wrong = await say(fill({ input_facts: 'Hold the key', input_unanswerable: 'no' }))
    expect(wrong).toMatchObject({ outcome: 'refused', text: expect.stringContaining('an unanswerable question') })
    await say(
      fill({
        input_question: 'How do I print a label?',
        input_facts: '- Hold the key\n\n- Wait',
        ...{ input_page: ' print.md ', input_unanswerable: 'yes' },
      }),
    )
    expect(await listCases(cases, 'accepted')).toMatchObject([
      {
        id,
        question: 'How do I print a label?',
        facts: ['Hold the key', 'Wait'],
        page: 'print.md',
        unanswerable: false,
      },
    ])
    const accepted = await say(command('cases', 'accepted', as('cy')))
    expect(accepted.text).toContain('0 proposed, 1 accepted')
    const typed = command('cases', `accept ${id} --facts "One; Two"`, as('cy'))
    expect((await say(typed)).outcome).toBe('done')
    expect((await listCases(cases))[0]).toMatchObject({ facts: ['One', 'Two'], question: 'How do I print a label?' })
    expect((await say(command('cases', `drop ${id}`, as('cy')))).text).toContain('is dropped')
  })

  it('is for curators: others see nothing of what was asked in private', async () => {
    const { say, complain } = openRoom()
    const id = await complain('My secret question?', 'wrong page')
    for (const turn of [
      command('cases', '', as('ana')),
      command('cases', id, as('ana')),
      action('accept-case', { case: id, state: 'proposed', edits: '0' }, as('zoe')),
      action('show-case', { case: id }, as('bo', { external: true })),
    ]) {
      const reply = await say(turn)
      expect(reply.outcome).toBe('refused')
      expect(JSON.stringify(reply)).not.toContain('secret')
    }
    expect(JSON.stringify(await say(command('home', '', as('ana'))))).not.toContain('secret')
  })

  it('shows the queue in short at home, with a button for each, and answers what cannot be read', async () => {
    const { say, complain } = openRoom()
    expect((await say(command('home', '', as('bo')))).text).toMatch(/Nothing waits for you.*What else I can do/s)
    expect((await say(command('home', '', as('ana')))).text).toMatch(/^Ask a question/)
    const id = await complain('How do I print?', 'wrong page')
    const home = await say(command('home', '', as('bo')))
    expect(home).toMatchObject({ buttons: [{ action: 'show-case', value: { case: id } }] })
    expect((await say(action('show-case', readButton(home, 'show-case'), as('bo')))).text).toContain('How do I print?')
    expect((await say(command('cases', 'c-ffffffff', as('bo')))).text).toContain('There is no proposed question')
    expect((await say(command('cases', 'make me laugh', as('bo')))).text).toContain('Write `cases`')
    expect((await say(action('edit-case', { case: id }, as('bo')))).outcome).toBe('refused')
  })
})

describe('an answer kept for training', () => {
  it('comes from the form behind a thumb up, and is data of a training and a file', async () => {
    const { say, store } = openRoom()
    const asked = message('How do I print?', as('ana'))
    await say(asked)
    const form = formIn(await say(action('feedback', { turn: asked.id, rating: 'up' }, as('ana'))))
    const keep = (text: string, who = 'ana') => action(form.action, { ...form.value, input_answer: text }, as(who))
    expect((await say(keep('Not mine', 'bo'))).outcome).toBe('refused')
    expect((await say(keep('Hold the key [1].'))).text).toContain('Kept for training in your words')
    await say(keep('Hold the key, then wait [1].'))
    expect(await store.ledger('pairs').list(9)).toHaveLength(1)
    const files = { where: 'nowhere', read: async () => null, list: async () => [] }
    const sql = { run: () => Promise.reject(new Error('no table was named')) }
    const data = await readData('feedback', { memory: store, files, sql, tables: [] }, new AbortController().signal)
    const messages = [
      { role: 'user', content: 'How do I print?' },
      { role: 'assistant', content: 'Hold the key, then wait.' },
    ]
    expect(data).toMatchObject({ name: 'feedback', examples: [{ kind: 'chat', messages }], broken: [] })
    expect((await say(command('pairs', '', as('ana')))).outcome).toBe('refused')
    const exported = await say(command('pairs', '', as('bo')))
    expect(exported.blocks).toEqual([
      {
        ...{ kind: 'file', name: 'feedback.jsonl', mediaType: 'application/jsonl' },
        text: `${JSON.stringify({ messages })}\n`,
      },
    ])
    await say(action('feedback', { turn: asked.id, rating: 'down' }, as('ana')))
    expect((await say(command('pairs', '', as('bo')))).blocks).toEqual([])
  })
})
