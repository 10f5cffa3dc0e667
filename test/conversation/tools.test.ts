// Commands, typed messages and buttons that call tools: what is a command, who may, and how each ending is told.
import { afterEach, describe, expect, it } from 'vitest'
import { createConversation } from '../../src/conversation/create-conversation.ts'
import type { Reply } from '../../src/core/reply.ts'
import type { Turn } from '../../src/core/turn.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { createApprovalTools, eventually, people } from './approval-tools.ts'
import { action, command, message, recordChannel, recordLog, scriptAgent, toAnswer } from './setup.ts'

const ana = { id: 'ana', tenant: 'acme' }
const ben = { id: 'ben', tenant: 'acme' }
let close = async () => {}
afterEach(() => close())

async function open() {
  const { log, lines } = recordLog()
  const store = openSqliteStore({ file: ':memory:', log })
  const face = recordChannel()
  const { agent, asked } = scriptAgent(async ({ text }) => toAnswer(`Answer to ${text}`))
  const parts = createApprovalTools({ store, log, wake: () => conversation.wake() })
  const conversation = createConversation({
    ...{ store, agent, log, people, tools: parts.tools, approvals: parts.approvals, onWaiting: parts.onWaiting },
    limits: { backoffMs: 5, postEveryMs: 1 },
  })
  conversation.register(face.channel)
  await conversation.start()
  await parts.runner.start()
  close = async () => {
    await parts.runner.drain()
    await conversation.drain(200)
    await store.close()
  }
  const say = async (turn: Turn): Promise<Reply> => {
    const reply = await conversation.handle(turn)
    if (!reply) throw new Error('a duplicate')
    return reply
  }
  return { ...parts, store, conversation, asked, lines, say, shown: face.shown }
}

describe('a command', () => {
  it('calls its tool and says what came of it', async () => {
    const { say } = await open()
    expect(await say(command('versions', ''))).toMatchObject({ text: 'Versions: v1, v2', outcome: 'done' })
    expect(await say(command('VERSIONS', ' '))).toMatchObject({ outcome: 'done' })
  })

  it('that is written wrong is answered privately with what is wrong; alone it gets the usage', async () => {
    const { say } = await open()
    const wrong = await say(command('promote', 'banana', { user: ana }))
    expect(wrong).toMatchObject({ outcome: 'refused', onlyTo: 'ana', text: 'Write a version behind it, such as v3.' })
    const alone = await say(command('promote', '', { user: ana }))
    expect(alone.text).toContain('Usage: `promote` <version>: shows the evidence')
  })

  it('that nobody knows gets the list of all there are, and so does help', async () => {
    const { say, conversation } = await open()
    const unknown = await say(command('pr<omote>', 'v3'))
    expect(unknown).toMatchObject({ outcome: 'refused', onlyTo: 'ann' })
    expect(unknown.text).toMatch(/command `promote`\. These.*`promote` <version>.*`approve` <request>/s)
    expect((await say(command('help', ''))).text).toContain('- `versions` lists them')
    expect(conversation.commands.map(({ name }) => name)).toEqual([
      ...['ask', 'help', 'promote', 'versions', 'approve', 'reject', 'approval', 'approvals'],
    ])
  })

  it('that is refused says why: privately, or with the evidence to all', async () => {
    const { say } = await open()
    const user = ana
    expect(await say(command('promote', 'v9', { user }))).toMatchObject({ outcome: 'refused', onlyTo: 'ana' })
    const shown = await say(command('promote', 'v8', { user }))
    expect(shown).toMatchObject({ outcome: 'refused', text: 'Evidence against v8.' })
    expect(shown.onlyTo).toBeUndefined()
  })

  it('of somebody from outside is refused, on the record, whatever it is', async () => {
    const { say, store, asked } = await open()
    const user = { ...ana, external: true }
    expect(await say(command('promote', 'v3', { user }))).toMatchObject({ outcome: 'refused', onlyTo: 'ana' })
    expect(await say(message('versions', { user }))).toMatchObject({ outcome: 'refused' })
    expect(await say(action('approve', { approval: 'aaaaaa', seal: '0' }, { user }))).toMatchObject({
      outcome: 'refused',
    })
    expect((await store.audit.list({ limit: 9 })).map(({ what, outcome }) => `${what} ${outcome}`)).toEqual([
      'decide-approval refused',
      'list-versions refused',
      'promote-version refused',
    ])
    await say(message('May I ask?', { user }))
    expect(asked[0]).not.toHaveProperty('actor')
  })
})

describe('a message', () => {
  it.each([
    ['versions', 'list-versions'],
    [' Versions ', 'list-versions'],
    ['/versions', 'list-versions'],
    ['promote v3', 'promote-version'],
    ['/promote  V3', 'promote-version'],
  ])('%j is a command', async (text, tool) => {
    const { say, store, asked } = await open()
    await say(message(text, { user: ana }))
    const lines = await store.audit.list({ limit: 1 })
    expect([lines[0]?.what, asked]).toEqual([tool, []])
  })

  it.each([
    'versions of the API, which are supported?',
    'promote banana',
    'promote',
    'Promote v3?',
    '/etc/hosts is empty, why?',
    'help me',
    'constructor',
  ])('%j is a question', async (text) => {
    const { say, asked } = await open()
    const reply = await say(message(text, { user: ana }))
    expect(asked.map((question) => question.text)).toEqual([text])
    expect(reply.outcome).toBeUndefined()
  })

  it('with a slash is a command even where it is written wrong or not known', async () => {
    const { say, asked } = await open()
    expect(await say(message('/promote banana'))).toMatchObject({ outcome: 'refused', onlyTo: 'ann' })
    expect((await say(message('/promte v3'))).text).toContain('do not know the command `promte`')
    expect(asked).toEqual([])
    expect((await say(message('/ask How?'))).text).toBe('Answer to How?')
    expect((await say(message('/ask How?'))).outcome).toBeUndefined()
  })

  it('that is a question tells the agent who asks, linked, and where', async () => {
    const { say, asked } = await open()
    await say(message('How?', { user: ben, thread: 'desk:x' }))
    expect(asked[0]?.actor).toEqual({ principal: 'ben@acme.io', identity: 'desk/acme/ben', name: 'ben' })
    expect(asked[0]?.place).toMatchObject({ channel: 'desk', thread: 'desk:x' })
  })
})

describe('a button', () => {
  it('that is not known, or carries nothing that can be read, does nothing and says so privately', async () => {
    const { say, store } = await open()
    for (const [name, value] of [
      ['constructor', {}],
      ['launch', {}],
      ['promote-again', {}],
    ] as const) {
      expect(await say(action(name, value))).toMatchObject({ outcome: 'refused', onlyTo: 'ann' })
    }
    expect(await store.audit.list({ limit: 1 })).toEqual([])
  })

  it('asks, is decided by another person, and the one card follows to its end', async () => {
    const { say, shown, store, runs } = await open()
    const card = await say(command('promote', 'v3', { user: ana }))
    expect(card).toMatchObject({ outcome: 'waiting', text: expect.stringContaining('open') })
    const value = card.buttons[0]?.value ?? {}
    expect(await say(action('approve', value, { user: ana }))).toMatchObject({ outcome: 'refused', onlyTo: 'ana' })
    const bystander = { id: 'bo', tenant: 'acme' }
    expect(await say(action('approve', value, { user: bystander }))).toMatchObject({ outcome: 'refused', onlyTo: 'bo' })
    expect(await say(action('approve', value, { user: ben }))).toMatchObject({ outcome: 'done', onlyTo: 'ben' })
    const ofCard = () => shown.filter(({ delivery }) => delivery.key === `turn:${card.turn}`)
    const last = await eventually(() => ofCard().find(({ reply }) => reply.outcome === 'done'))
    expect(last.reply).toMatchObject({ text: expect.stringContaining('done'), buttons: [], turn: card.turn })
    expect(last.delivery.refs[0]).toBe('m1')
    expect(runs()).toBe(1)
    expect(await say(action('approve', value, { user: ben }))).toMatchObject({ outcome: 'refused' })
    await eventually(async () => (await store.posts.pending()).length === 0)
  })

  it('behind which something breaks tells whoever pressed it alone, with the code', async () => {
    const { say } = await open()
    await say(command('promote', 'v3', { user: ana }))
    const reply = await say(action('promote-again', { version: '6' }, { user: ben }))
    expect(reply).toMatchObject({ onlyTo: 'ben', text: expect.stringContaining('PLATFORM_UNREACHABLE') })
    expect((await say(command('promote', 'v6', { user: ana }))).onlyTo).toBeUndefined()
  })

  it('that is pressed twice at once decides once', async () => {
    const { say, runs, store } = await open()
    const card = await say(command('promote', 'v3', { user: ana }))
    const value = card.buttons[0]?.value ?? {}
    const replies = await Promise.all(
      [1, 2, 3, 4].map((n) => say(action('approve', value, { user: n % 2 ? ben : { id: 'cy', tenant: 'acme' } }))),
    )
    expect(replies.map(({ outcome }) => outcome).toSorted()).toEqual(['done', 'refused', 'refused', 'refused'])
    await eventually(async () => (await store.approvals.get(value.approval ?? ''))?.state === 'done')
    expect(runs()).toBe(1)
  })
})

it('the card of what the agent asked for is shown beside its answer, and kept current', async () => {
  const { log } = recordLog()
  const store = openSqliteStore({ file: ':memory:', log })
  const face = recordChannel()
  const parts = createApprovalTools({ store, log, wake: () => conversation.wake() })
  const { agent } = scriptAgent(async (question) => {
    if (!question.actor || !question.approvals) throw new Error('nobody asks')
    const plan = {
      ...{ subject: 'model:3', evidence: null, expects: { Champion: 'v2' }, expiresAfterMs: 9e5, remindAfterMs: null },
      rule: { who: { kind: 'listed' as const, principals: ['ben@acme.io'] }, quorum: 1, selfDecides: false },
    }
    const ask = { tool: 'promote-version', input: { version: '3' }, plan, asker: question.actor, place: null }
    const opened = await question.approvals.open({ ...ask, turnId: question.turnId })
    if (opened.kind !== 'opened') throw new Error(opened.kind)
    return toAnswer('I asked for it.', { approvals: [opened.approval.id] })
  })
  const { tools, approvals, onWaiting } = parts
  const conversation = createConversation({ store, agent, log, people, tools, approvals, onWaiting })
  conversation.register(face.channel)
  const asked = message('Promote three, please', { user: ana })
  const reply = await conversation.handle(asked)
  expect(reply).toMatchObject({ text: 'I asked for it.', generated: true })
  const card = await eventually(() => face.shown.find(({ delivery }) => delivery.key.startsWith('card:')))
  expect(card).toMatchObject({ to: asked.address, reply: { text: expect.stringContaining('Promotion of v3') } })
  expect(card.delivery.key).toMatch(new RegExp(`^card:[a-z0-9]{6}:${asked.id}$`))
  await conversation.drain(100)
  await store.close()
})
