// One turn in, one reply out: what people read for each kind of turn and each failure.
import { describe, expect, it } from 'vitest'
import { ERROR_CODES, type ErrorCode, LakedeskError } from '../../src/core/errors.ts'
import { action, command, converse, message, recordChannel, scriptAgent, toAnswer } from './setup.ts'

const citation = { n: 1, doc_id: 'd', title: 'Passwords', url: 'https://docs.example/p', passage: 'Click reset.' }

describe('a question', () => {
  it('is answered through a stream with text, citations and a footer that names the turn', async () => {
    const { agent } = scriptAgent(async (_, onEvent) => {
      onEvent({ kind: 'status', text: 'Searching' })
      onEvent({ kind: 'text', delta: 'Click ' })
      onEvent({ kind: 'text', delta: 'reset [1].' })
      return toAnswer('Click reset [1].', { citations: [citation] })
    })
    const { conversation, shown } = converse({ agent })
    const turn = message('How do I reset my password?')
    const reply = await conversation.handle(turn)
    expect(reply).toEqual({
      basis: expect.objectContaining({ question: 'How do I reset my password?', history: [], passages: [] }),
      text: 'Click reset [1].',
      blocks: [{ kind: 'citations', citations: [citation] }],
      buttons: [],
      footer: `offline · turn ${turn.id}`,
      generated: true,
      refused: false,
      version: 'rag@1',
      turn: turn.id,
    })
    expect(shown).toHaveLength(1)
    expect(shown[0]).toMatchObject({ how: 'stream', written: 'Click reset [1].', to: turn.thread, reply })
    expect(shown[0]?.delivery).toMatchObject({ key: `turn:${turn.id}`, refs: [], retry: false })
  })

  it('keeps the text of a refused answer', async () => {
    const { agent } = scriptAgent(async () => toAnswer('The documentation does not say.', { refused: true }))
    const { conversation } = converse({ agent })
    const reply = await conversation.handle(message('What is the moon made of?'))
    expect(reply).toMatchObject({ text: 'The documentation does not say.', refused: true, blocks: [] })
  })

  it('comes by command too', async () => {
    const { conversation, asked } = converse()
    const reply = await conversation.handle(command('ask', ' How do refunds work? '))
    expect(reply?.text).toBe('Answer to How do refunds work?')
    expect(asked[0]?.text).toBe('How do refunds work?')
  })

  it('remembers question and answer for the next turn of the thread', async () => {
    const { conversation, asked, store } = converse()
    const first = message('How do I set up SSO?')
    await conversation.handle(first)
    await conversation.handle(message('and on Azure?', { thread: first.thread }))
    expect(asked[1]?.history).toEqual([
      { role: 'user', text: 'How do I set up SSO?' },
      { role: 'assistant', text: 'Answer to How do I set up SSO?' },
    ])
    expect(await store.conversations.recent(first.thread, 10)).toHaveLength(4)
    expect(await conversation.knows(first.thread)).toBe(true)
    expect(await conversation.knows('desk:elsewhere')).toBe(false)
  })
})

describe('a turn without a question', () => {
  it.each([
    ['nothing', message(''), 'empty'],
    ['only white space', message(' \n '), 'empty'],
    ['only an emoji', message('👍🏽'), 'no words'],
    ['only emoji names', message(':wave: :thumbsup::skin-tone-3:'), 'no words'],
    ['only a keycap', message('1️⃣'), 'no words'],
    ['only signs', message('?!'), 'no words'],
    ['only a file', message('', { attachments: [{ name: 'log.txt' }] }), 'attached files'],
    ['an empty command', command('ask', '  '), 'no question after the command'],
  ])('says what to do: %s', async (_, turn, part) => {
    const { conversation, asked, shown } = converse()
    const reply = await conversation.handle(turn)
    expect(reply?.text).toContain(part)
    expect(reply?.text).toContain('How do I reset my password?')
    expect(reply).toMatchObject({ generated: false, footer: `turn ${turn.id}` })
    expect(asked).toEqual([])
    expect(shown[0]?.how).toBe('post')
    expect(await conversation.knows(turn.thread)).toBe(true)
  })

  it('asks the agent where there is a word or a number', async () => {
    const { conversation, asked } = converse()
    await conversation.handle(message('SSO 👍'))
    await conversation.handle(message('429?'))
    await conversation.handle(message('密码'))
    expect(asked.map((question) => question.text)).toEqual(['SSO 👍', '429?', '密码'])
  })
})

describe('failures', () => {
  const codes: ErrorCode[] = [
    'MODEL_UNREACHABLE',
    'MODEL_UNAUTHORIZED',
    'MODEL_NOT_FOUND',
    'MODEL_BUSY',
    'MODEL_TIMEOUT',
    'MODEL_FAILED',
    'INDEX_MISSING',
    'INDEX_CORRUPT',
    'EMBEDDINGS_FAILED',
    'TOOL_FAILED',
  ]
  it.each(codes)('%s ends in a reply with the safe message, the code and the turn id, and in the log', async (code) => {
    const cause = new Error('secret detail')
    const { agent } = scriptAgent(async () => {
      throw new LakedeskError(code, `${ERROR_CODES[code]} Try again.`, cause)
    })
    const { conversation, shown, lines, store } = converse({ agent })
    const turn = message('hello there')
    const reply = await conversation.handle(turn)
    expect(reply).toMatchObject({
      text: `${ERROR_CODES[code]} Try again. (${code}, turn ${turn.id})`,
      generated: false,
    })
    expect(shown).toHaveLength(1)
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'error', fields: expect.objectContaining({ code, turn: turn.id }) }),
    )
    expect(await store.inbox.unfinished()).toEqual([])
  })

  it('keeps what was written before the model broke off, and ends an open code fence', async () => {
    const { agent } = scriptAgent(async (_, onEvent) => {
      onEvent({ kind: 'text', delta: 'Run this:\n```sh\nlakedesk' })
      throw new LakedeskError('MODEL_FAILED', 'The model endpoint failed.')
    })
    const { conversation } = converse({ agent })
    const reply = await conversation.handle(message('how?'))
    expect(reply?.text).toMatch(
      /^Run this:\n```sh\nlakedesk\n```\n\nThe model endpoint failed\. \(MODEL_FAILED, turn t\d+\)$/,
    )
    expect(reply?.generated).toBe(true)
  })

  it('hides what is not ours to show', async () => {
    const { agent } = scriptAgent(async () => {
      throw new TypeError('password=hunter2')
    })
    const { conversation } = converse({ agent })
    const reply = await conversation.handle(message('how?'))
    expect(reply?.text).toMatch(/INTERNAL/)
    expect(reply?.text).not.toMatch(/hunter2/)
  })

  it('tells of an empty answer', async () => {
    const { agent } = scriptAgent(async () => toAnswer(' \n'))
    const { conversation } = converse({ agent })
    expect((await conversation.handle(message('how?')))?.text).toMatch(/MODEL_EMPTY/)
  })

  it('gives up an agent that never ends and does not listen', async () => {
    const { agent } = scriptAgent(() => new Promise(() => {}))
    const { conversation } = converse({ agent, limits: { answerTimeoutMs: 20 } })
    expect((await conversation.handle(message('how?')))?.text).toMatch(/MODEL_TIMEOUT/)
  })

  it('says why a question is too long, and keeps the turn', async () => {
    const { conversation, asked, store } = converse()
    const turn = message('word '.repeat(8000))
    const reply = await conversation.handle(turn)
    expect(reply?.text).toMatch(/39,999 characters.*at most 32,000 because.*Send the part.*QUESTION_TOO_LONG/s)
    expect(asked).toEqual([])
    expect((await store.inbox.get(turn.id))?.turn).toEqual(turn)
    await conversation.handle(message('x'.repeat(32_000)))
    expect(asked).toHaveLength(1)
  })

  it('refuses turns of a face that is not running, and malformed ones, and stores nothing', async () => {
    const { conversation, store } = converse()
    await expect(conversation.accept(message('hi', { channel: 'fax' }))).rejects.toMatchObject({
      code: 'CHANNEL_FAILED',
    })
    await expect(conversation.accept(message('hi', { keys: [] }))).rejects.toMatchObject({ code: 'INTERNAL' })
    expect(await store.inbox.unfinished()).toEqual([])
  })
})

describe('commands and actions', () => {
  it('names the known commands where one is unknown', async () => {
    const run = async (turn: { id: string }) => ({
      ...(await import('../../src/core/reply.ts')).toPlainReply(turn.id, 'ran'),
    })
    const { conversation, asked } = converse({ commands: { evaluate: { usage: '<version>: measures it', run } } })
    const reply = await conversation.handle(command('`delete` <!everyone>', 'all'))
    expect(reply?.text).toMatch(/`deleteeveryone`.*`ask` <question>.*`evaluate` <version>/s)
    expect((await conversation.handle(command('Evaluate', 'v3')))?.text).toBe('ran')
    expect(asked).toEqual([])
  })

  it('takes feedback: one audit line, thanks to that person alone', async () => {
    const { conversation, store } = converse()
    const turn = message('How?')
    await conversation.handle(turn)
    const press = action(
      'feedback',
      { rating: 'down', turn: turn.id, reason: 'wrong page' },
      { user: { id: 'bob', tenant: 'acme' } },
    )
    const reply = await conversation.handle(press)
    expect(reply).toMatchObject({ onlyTo: 'bob', generated: false })
    expect(reply?.text).toMatch(/^Thank you/)
    expect(await store.audit.list({ limit: 9, what: 'give-feedback' })).toMatchObject([
      {
        actor: 'acme/bob',
        turnId: press.id,
        outcome: 'done',
        detail: { rating: 'down', turn: turn.id, reason: 'wrong page' },
      },
    ])
  })

  it.each([
    ['an unknown turn', { rating: 'up', turn: 'nope' }],
    ['an unknown rating', { rating: 'sideways', turn: 't1' }],
    ['nothing', {}],
  ])('refuses feedback with %s', async (_, value) => {
    const { conversation, store } = converse()
    const reply = await conversation.handle(action('feedback', value as Record<string, string>))
    expect(reply?.text).toMatch(/could not be taken/)
    expect(await store.audit.list({ limit: 9 })).toMatchObject([{ outcome: 'refused' }])
  })

  it('refuses feedback from another tenant', async () => {
    const { conversation } = converse()
    const turn = message('How?')
    await conversation.handle(turn)
    const press = action('feedback', { rating: 'up', turn: turn.id }, { user: { id: 'eve', tenant: 'other' } })
    expect((await conversation.handle(press))?.text).toMatch(/could not be taken/)
  })

  it('refuses an unknown action', async () => {
    const { conversation } = converse()
    const reply = await conversation.handle(action('launch', {}))
    expect(reply?.text).toMatch(/not known/)
    expect(reply?.onlyTo).toBe('ann')
  })
})

describe('history', () => {
  const at = '2025-12-31T00:00:00.000Z'
  it('comes from the platform where the store knows nothing, without the turn itself', async () => {
    const face = recordChannel({
      history: [
        { role: 'user', text: 'SSO is broken', name: 'Bo', at },
        { role: 'assistant', text: 'Which provider?', at },
        { role: 'user', text: ' ', at },
        { role: 'user', text: 'later', at: '2030-01-01T00:00:00.000Z' },
        { role: 'user', text: 'How do I\nfix it?', at },
      ],
    })
    const { conversation, asked } = converse({ channel: face.channel })
    const turn = message('How do I fix it?')
    await conversation.handle(turn)
    await conversation.handle(message('and now?', { thread: turn.thread }))
    expect(asked[0]?.history).toEqual([
      { role: 'user', text: 'SSO is broken', name: 'Bo' },
      { role: 'assistant', text: 'Which provider?' },
    ])
    expect(asked[1]?.history.map((m) => m.text)).toEqual(['How do I fix it?', 'Answer to How do I fix it?'])
  })

  it('is cut by count and by characters, the newest kept', async () => {
    const history = Array.from({ length: 9 }, (_, n) => ({ role: 'user' as const, text: `message ${n}`, at }))
    const few = converse({ channel: recordChannel({ history }).channel, limits: { historyMessages: 3 } })
    await few.conversation.handle(message('q'))
    expect(few.asked[0]?.history.map((m) => m.text)).toEqual(['message 6', 'message 7', 'message 8'])
    const short = converse({ channel: recordChannel({ history }).channel, limits: { historyChars: 20 } })
    await short.conversation.handle(message('q'))
    expect(short.asked[0]?.history.map((m) => m.text)).toEqual(['message 7', 'message 8'])
    const long = [{ role: 'user' as const, text: `${'x'.repeat(50)}end`, at }]
    const one = converse({ channel: recordChannel({ history: long }).channel, limits: { historyChars: 5 } })
    await one.conversation.handle(message('q'))
    expect(one.asked[0]?.history.map((m) => m.text)).toEqual(['[beginning left out] xxend'])
  })

  it('does without where the platform fails', async () => {
    const face = recordChannel()
    const channel = { ...face.channel, history: () => Promise.reject(new Error('no scope')) }
    const { conversation, lines } = converse({ channel })
    expect((await conversation.handle(message('q')))?.text).toBe('Answer to q')
    expect(lines.some((line) => line.level === 'warn')).toBe(true)
  })
})
