// One question, one answer: streamed in a one-to-one chat, one updated message in groups and channel threads.
import { afterEach, describe, expect, it } from 'vitest'
import { citation, type Setup, setup, sleep, toAnswer } from './setup.ts'

let running: Setup | null = null
afterEach(async () => {
  await running?.close()
  running = null
})

const TEXT = 'Open **Settings** and choose Reset [1]. A link is sent to you [2]. It works for one hour [1].'

async function writeSlowly(tell: (event: { kind: 'text'; delta: string }) => void, text: string, ms = 40) {
  for (const word of text.match(/\S+\s*/g) ?? []) {
    tell({ kind: 'text', delta: word })
    await sleep(ms)
  }
}

describe('a one-to-one chat', () => {
  it('streams, and ends as one message with AI label, citations, feedback and footer', async () => {
    running = await setup({
      script: async (_, tell) => {
        tell({ kind: 'status', text: 'Searching the documentation' })
        await sleep(150)
        await writeSlowly(tell, TEXT)
        return toAnswer(TEXT, { citations: [citation(1), citation(2), citation(3)] })
      },
    })
    const { teams, url } = running
    expect(await teams.sendMessage(url, { text: 'How do I reset my password?' })).toEqual({ status: 200, body: null })
    await running.settled()

    const { messages } = teams.conversation('a:user-1')
    expect(messages).toHaveLength(1)
    const [shown] = messages
    expect(shown?.stream).toBe('done')
    expect(shown?.text).toMatch(
      /^Open \*\*Settings\*\* and choose Reset \[1\]\..*\n\n_Quoted from the documentation · turn t[0-9a-f]{12}_$/s,
    )
    expect(shown?.activity.channelData).toMatchObject({ feedbackLoop: { type: 'default' }, streamType: 'final' })
    const entities = shown?.activity.entities as Record<string, unknown>[]
    const roots = entities.filter((entity) => entity.type === 'https://schema.org/Message')
    expect(roots).toHaveLength(1)
    expect(roots[0]).toMatchObject({
      '@type': 'Message',
      additionalType: ['AIGeneratedContent'],
      citation: [
        {
          position: 1,
          appearance: {
            name: 'Page 1',
            url: 'https://docs.example.com/page-1',
            abstract: 'Passage 1 says how it is done.',
          },
        },
        { position: 2 },
      ],
    })
    const calls = teams.calls.filter((call) => call.conversation === 'a:user-1')
    expect(calls.every((call) => call.status === 200)).toBe(true)
    const kinds = calls.map((call) => (call.activity.channelData as { streamType: string }).streamType)
    expect(kinds[0]).toBe('informative')
    expect(kinds.at(-1)).toBe('final')
    expect(kinds.filter((kind) => kind === 'streaming').length).toBeGreaterThan(2)
    expect(running.asked[0]).toMatchObject({
      text: 'How do I reset my password?',
      user: { id: 'aad-user-1', tenant: teams.tenantId },
    })
    expect(running.asked[0]?.user.external).toBeUndefined()
  })

  it('answers without a stream what is no question for the model', async () => {
    running = await setup()
    await running.teams.sendMessage(running.url, { text: '🙂' })
    await running.settled()
    const { messages } = running.teams.conversation('a:user-1')
    expect(messages).toHaveLength(1)
    expect(messages[0]?.text).toContain('I found no words')
    expect(messages[0]?.activity.entities).toBeUndefined()
  })

  it('sends the bot token it got from the login service, and asks for it once', async () => {
    running = await setup()
    const { teams, url } = running
    await teams.sendMessage(url, { text: 'one' })
    await teams.sendMessage(url, { text: 'two', user: 'user-2' })
    await running.settled()
    expect(teams.tokenRequests).toHaveLength(1)
    expect(teams.tokenRequests[0]?.get('scope')).toBe('https://api.botframework.com/.default')
  })

  it('splits an answer of 120,000 characters, each part whole, nothing lost', async () => {
    const paragraph = `${'Some words about the lake and its tables. '.repeat(40)}\n\n`
    const text = Array.from({ length: 70 }, (_, i) => `Paragraph ${i}. ${paragraph}`)
      .join('')
      .trim()
    running = await setup({
      script: async (_, tell) => {
        tell({ kind: 'text', delta: text.slice(0, 40_000) })
        await sleep(250)
        return toAnswer(text)
      },
    })
    await running.teams.sendMessage(running.url, { text: 'Tell me everything' })
    await running.settled()
    const { messages } = running.teams.conversation('a:user-1')
    expect(messages.length).toBeGreaterThan(2)
    const whole = messages.map((message) => message.text).join('\n\n')
    for (let i = 0; i < 70; i++) expect(whole.split(`Paragraph ${i}. `)).toHaveLength(2)
    expect(running.teams.calls.filter((call) => call.status !== 200)).toEqual([])
  })

  it('shows an answer of 30,000 characters in one message', async () => {
    const text = 'A sentence with some words in it. '.repeat(882).trim()
    running = await setup({ script: async () => toAnswer(text) })
    await running.teams.sendMessage(running.url, { text: 'Tell me a lot' })
    await running.settled()
    const { messages } = running.teams.conversation('a:user-1')
    expect(messages).toHaveLength(1)
    expect(messages[0]?.text.startsWith(text)).toBe(true)
  })
})

describe('a group and a channel thread', () => {
  it('types, creates one message, and writes the answer into it', async () => {
    running = await setup({
      script: async (_, tell) => {
        tell({ kind: 'status', text: 'Searching the documentation' })
        await writeSlowly(tell, TEXT, 10)
        return toAnswer(TEXT, { citations: [citation(1), citation(2)] })
      },
    })
    const { teams, url } = running
    const bot = { id: `28:${teams.appId}`, name: 'Renamed Bot' }
    await teams.sendMessage(url, {
      type: 'groupChat',
      text: '<at>Renamed Bot</at>&nbsp;ask <at>Bob B</at> about 1 &lt; 2?',
      more: {
        entities: [
          { type: 'mention', text: '<at>Renamed Bot</at>', mentioned: bot },
          { type: 'mention', text: '<at>Bob B</at>', mentioned: { id: '29:bob', name: 'Bob B' } },
        ],
      },
    })
    await running.settled()
    const { messages, typing } = teams.conversation('19:group@thread.v2')
    expect(typing).toBe(1)
    expect(messages).toHaveLength(1)
    expect(messages[0]).toMatchObject({ edits: 1, stream: 'none' })
    expect(messages[0]?.text).toContain(TEXT)
    expect(running.asked[0]?.text).toBe('ask Bob B about 1 < 2?')
  })

  it('answers inside the thread and keeps threads of one channel apart', async () => {
    running = await setup()
    const { teams, url } = running
    const channel = { type: 'channel' as const, text: 'And on Azure?' }
    await teams.sendMessage(url, { ...channel, conversation: '19:c@thread.tacv2;messageid=1', id: '11' })
    await teams.sendMessage(url, { ...channel, conversation: '19:c@thread.tacv2;messageid=2', id: '12' })
    await running.settled()
    expect(teams.conversation('19:c@thread.tacv2;messageid=1').messages).toHaveLength(1)
    expect(teams.conversation('19:c@thread.tacv2;messageid=2').messages).toHaveLength(1)
    expect(new Set(running.asked.map((question) => question.thread)).size).toBe(2)
  })
})
