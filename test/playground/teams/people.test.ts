// What people do in the Teams stand-in reaches the real Teams face, and what the face does is what they see.
import { afterEach, describe, expect, it } from 'vitest'
import { createTeamsStandIn, type TeamsExchange } from '../../../src/playground/teams/create-teams-stand-in.ts'
import { createTeamsPeople, type TeamsPeopleOptions } from '../../../src/playground/teams/teams-people.ts'
import { createDesk, FILE, FORM } from '../../bots/desk-tool.ts'
import { citation, type SetupOptions, setup, sleep, toAnswer } from '../../bots/teams/setup.ts'
import { MANIFEST, WORKSPACE } from './workspace.ts'

let close: (() => Promise<void>) | null = null
afterEach(async () => {
  await close?.()
  close = null
})

async function start(options: SetupOptions = {}, more: Partial<TeamsPeopleOptions> = {}) {
  const wire: TeamsExchange[] = []
  const onExchange = (exchange: TeamsExchange) => void wire.push(exchange)
  const rules = { streamIntervalMs: 100 }
  const all = await setup({ ...options, standIn: { workspace: WORKSPACE, manifest: MANIFEST, rules, onExchange } })
  const people = createTeamsPeople(all.teams, { messagesUrl: all.url, retryMs: [50, 100, 200], ...more })
  close = async () => {
    people.close()
    await all.close()
  }
  const done = async () => {
    await people.settled()
    await all.settled()
  }
  const said = (chat: string) => all.teams.view().messages.filter((one) => one.chat === chat && one.from === 'bot')
  return { ...all, people, wire, done, said }
}

const PERSONAL = { as: 'sam', chat: 'a:sam' }
const ask = (text: string) => ({ ...PERSONAL, text, mention: false })

describe('a person', () => {
  it('asks in a one-to-one chat, sees the answer being written, and rates it', async () => {
    const { teams, people, done, said, store } = await start({
      script: async (_, tell) => {
        tell({ kind: 'status', text: 'Searching' })
        await sleep(150)
        tell({ kind: 'text', delta: 'Open **Settings** [1].' })
        await sleep(150)
        return toAnswer('Open **Settings** [1].', { citations: [citation(1)] })
      },
    })
    const seen: string[] = []
    teams.watch((change) => {
      if (change.kind === 'teams-message' && change.message.from === 'bot')
        seen.push(`${change.message.stream}:${change.message.informative ?? change.message.text}`)
    })
    expect(await people.post(ask('How do I reset it?'))).toMatchObject({ ok: true })
    await done()
    expect(seen[0]).toBe('open:Searching')
    expect(seen.at(-1)).toMatch(/^done:Open \*\*Settings\*\* \[1\]/)
    const [answer] = said('a:sam')
    expect(answer).toMatchObject({ stream: 'done', edited: false })
    expect(JSON.stringify(answer?.activity)).toContain('AIGeneratedContent')

    const at = { ...PERSONAL, id: answer?.id ?? '' }
    expect(await people.feedback({ ...at, reaction: 'dislike', text: 'too short' })).toEqual({ ok: true })
    await done()
    const [line] = await store.audit.list({ limit: 1, what: 'give-feedback' })
    expect(line).toMatchObject({ detail: { rating: 'down', reason: 'too short' }, actor: `${teams.tenantId}/aad-sam` })
    expect(said('a:sam')[0]?.ratings).toEqual({ sam: 'dislike' })
  })

  it('stops an answer, and it stays as it was', async () => {
    let aborted = false
    const { people, done, said } = await start({
      script: async ({ signal }, tell) => {
        for (let i = 0; i < 100 && !signal.aborted; i++) {
          tell({ kind: 'text', delta: 'word ' })
          await sleep(30)
        }
        aborted = signal.aborted
        signal.throwIfAborted()
        return toAnswer('never')
      },
    })
    await people.post(ask('A long one'))
    while (said('a:sam')[0]?.text === undefined || said('a:sam')[0]?.text === '') await sleep(20)
    const at = { ...PERSONAL, id: said('a:sam')[0]?.id ?? '' }
    expect(await people.stop(at)).toEqual({ ok: true })
    await done()
    for (let tries = 0; tries < 50 && !aborted; tries++) await sleep(20)
    expect(aborted).toBe(true)
    expect(said('a:sam')).toMatchObject([{ stream: 'stopped' }])
    expect(await people.stop(at)).toEqual({ ok: false, error: 'This answer is complete already.' })
  })

  it('asks in a channel, is answered in its thread, and nobody hears what was not for the bot', async () => {
    const { people, done, said, asked } = await start()
    const chat = '19:general@thread.tacv2'
    const post = await people.post({ as: 'eve', chat, text: 'How is it done?', mention: true })
    await people.post({ as: 'bo', chat, text: 'good question', mention: false, root: post.ok ? post.id : '' })
    await done()
    expect(asked.map(({ text }) => text)).toEqual(['How is it done?'])
    expect(said(chat)).toMatchObject([{ root: post.ok ? post.id : '', text: expect.stringContaining('Answer to') }])
  })

  it('cannot act where they are no member, on what is gone, or on what takes no such thing', async () => {
    const { people } = await start()
    const text = { text: 'x', mention: true }
    expect(await people.post({ as: 'bo', chat: '19:group@thread.v2', ...text })).toEqual({
      ok: false,
      error: 'Bo Carter is no member of On call.',
    })
    expect(await people.post({ as: 'zoe', chat: 'a:sam', ...text })).toMatchObject({ ok: false })
    expect(await people.post({ as: 'eve', chat: '19:general@thread.tacv2', ...text, root: '1' })).toMatchObject({
      error: 'This thread is gone.',
    })
    const own = await people.post(ask('mine'))
    const at = { ...PERSONAL, id: own.ok ? (own.id ?? '') : '' }
    expect(await people.feedback({ ...at, reaction: 'like', text: '' })).toMatchObject({ ok: false })
    expect(await people.consent({ ...at, action: 'accept' })).toMatchObject({ error: 'This message offers no file.' })
    expect(await people.act({ ...at, action: { type: 'Action.Submit' }, data: {} })).toMatchObject({ ok: false })
    expect(await people.extension({ ...at, commandId: 'launch' })).toMatchObject({ ok: false })
  })

  it("uses an entry of a message's menu, and is told what comes", async () => {
    const { people, done, wire } = await start()
    const chat = '19:general@thread.tacv2'
    const post = await people.post({ as: 'eve', chat, text: 'The export <b>crashes</b>\nwith EXP-500', mention: false })
    const told = await people.extension({
      as: 'bo',
      chat,
      id: post.ok ? (post.id ?? '') : '',
      commandId: 'triage_thread',
    })
    expect(told).toMatchObject({ ok: true, told: expect.stringContaining('is reading this message') })
    await done()
    expect(wire.find(({ name }) => name === 'invoke composeExtension/fetchTask')?.request).toContain('&lt;b&gt;crashes')
  })

  it('takes a file that the bot offers, and finds it on the drive', async () => {
    const desk = createDesk(() => [{ kind: 'file', ...FILE, name: 'tickets-of-June.csv' }])
    const { teams, people, done, said } = await start({ tools: desk.tools })
    await people.post(ask('/tickets yesterday'))
    await done()
    const offer = said('a:sam').find(({ activity }) => JSON.stringify(activity).includes('file.consent'))
    const at = { ...PERSONAL, id: offer?.id ?? '' }
    expect(await people.consent({ ...at, action: 'accept' })).toEqual({ ok: true })
    const [file] = teams.view().files
    expect(file).toMatchObject({ name: 'tickets-of-June.csv', mediaType: FILE.mediaType, bytes: FILE.text.length })
    expect(file?.url).toBe(`/files/teams/${encodeURI(file?.id ?? '')}`)
    expect(teams.file(file?.id ?? '')?.bytes.toString()).toBe(FILE.text)
    expect(said('a:sam').map(({ id }) => id)).not.toContain(offer?.id)
    expect(JSON.stringify(said('a:sam').at(-1)?.activity)).toContain('file.info')
  })

  it('presses a button of a card, with what stands in its inputs', async () => {
    const desk = createDesk(() => [{ kind: 'form', ...FORM }])
    const { people, done, said, wire } = await start({ tools: desk.tools })
    await people.post(ask('/tickets yesterday'))
    await done()
    const [card] = said('a:sam')
    const at = { ...PERSONAL, id: card?.id ?? '' }
    const data = { ...FORM.value, action: FORM.action, input_category: 'outage' }
    expect(await people.act({ ...at, action: { type: 'Action.Submit', title: 'Save' }, data })).toEqual({ ok: true })
    await done()
    const sent = wire.filter(({ name, direction }) => direction === 'out' && name === 'message').at(-1)
    expect(JSON.parse(sent?.request ?? '{}')).toMatchObject({ type: 'message', value: data, replyToId: card?.id })
    const back = { type: 'Action.Submit', title: 'Again' }
    const says = { msteams: { type: 'messageBack', text: 'help', displayText: 'Help me', value: { a: 1 } } }
    expect(await people.act({ ...at, action: back, data: says })).toEqual({ ok: true })
    const suggestion = { type: 'imBack', title: 'Yes', value: 'yes, please' }
    expect(await people.act({ ...at, action: suggestion, data: {} })).toMatchObject({ ok: true })
    await done()
    const mine = wire.filter(({ direction, name }) => direction === 'out' && name === 'message').slice(-2)
    expect(mine.map(({ request }) => JSON.parse(request))).toMatchObject([
      { text: 'help', value: { a: 1 } },
      { text: 'yes, please' },
    ])
  })

  it('adds the bot, is greeted once, and then has it where it was not', async () => {
    const { people, done, said, bot } = await start()
    const chat = '19:closed@thread.tacv2'
    expect(await people.install({ as: 'eve', chat })).toEqual({ ok: true })
    await done()
    await bot.close()
    expect(said(chat)).toMatchObject([{ text: expect.stringContaining('I am **Lakedesk**') }])
  })
})

describe('the platform', () => {
  it('delivers twice, and late; the answer comes once', async () => {
    const { teams, people, done, said, wire } = await start()
    teams.setFaults({ twice: true, lateMs: 80 })
    await people.post(ask('Once?'))
    await done()
    expect(said('a:sam')).toHaveLength(1)
    const sent = wire.filter(({ direction }) => direction === 'out')
    expect(sent.map(({ fault }) => fault)).toEqual(['80 ms late', 'second delivery'])
    expect(sent[0]?.request).toBe(sent[1]?.request)
  })

  it('limits calls, and cuts a stream; the answer is whole all the same', async () => {
    const words = 'One two three four five six seven eight nine ten.'
    const { teams, people, done, said, wire } = await start({
      script: async (_, tell) => {
        for (const word of words.match(/\S+\s*/g) ?? []) {
          tell({ kind: 'text', delta: word })
          await sleep(60)
        }
        return toAnswer(words)
      },
    })
    teams.setFaults({ limited: 2, cut: 1 })
    await people.post(ask('Count'))
    await done()
    expect(said('a:sam')).toMatchObject([{ text: expect.stringContaining(words), edited: true }])
    expect(wire.filter(({ fault }) => fault === '429')).toHaveLength(2)
    expect(teams.faults()).toMatchObject({ limited: 0, cut: 0 })
  })

  it('sends again what a bot that was away did not take, and shows a press as failed', async () => {
    const { teams, people, done, said, url } = await start()
    const away = createTeamsPeople(teams, { messagesUrl: url.replace(/:\d+/, ':9'), retryMs: [] })
    await people.post(ask('Are you there?'))
    await done()
    const [answer] = said('a:sam')
    const at = { ...PERSONAL, id: answer?.id ?? '' }
    expect(await away.feedback({ ...at, reaction: 'like', text: '' })).toEqual({
      ok: false,
      error: 'Unable to reach app. Please try again.',
    })
    expect(said('a:sam')[0]?.ratings).toBeUndefined()
    away.close()
  })

  it('tells every exchange both ways, and no secret', async () => {
    const { people, done, wire, teams } = await start()
    await people.post(ask('Hello?'))
    await done()
    const names = new Set(wire.map(({ direction, name }) => `${direction} ${name}`))
    for (const name of ['out message', 'in GET OpenID metadata', 'in POST token', 'in POST activity (message)'])
      expect([...names]).toContain(name)
    const all = JSON.stringify(wire)
    expect(all).not.toContain(teams.appPassword)
    expect(all).not.toMatch(/"access_token\\?":\\?"(?!\*)|eyJ/)
  })

  it('deletes a channel: the bot is told, and refused from then on', async () => {
    const { people, done, teams, wire } = await start()
    const chat = '19:releases@thread.tacv2'
    expect(await people.removeChat({ as: 'eve', chat })).toEqual({ ok: true })
    await done()
    expect(wire.find(({ name }) => name === 'conversationUpdate')?.request).toContain('channelDeleted')
    expect(teams.view().chats.map(({ id }) => id)).not.toContain(chat)
    expect(await people.post({ as: 'eve', chat, text: 'x', mention: true })).toMatchObject({ ok: false })
  })
})

describe('a stand-in that comes back', () => {
  it('has everything it had, and its bot is still trusted', async () => {
    const { people, done, teams, said, url } = await start()
    const chat = '19:general@thread.tacv2'
    await people.post({ as: 'eve', chat, text: 'Before', mention: true })
    await done()
    const snapshot: unknown = JSON.parse(JSON.stringify(teams.snapshot()))
    const port = Number(new URL(teams.serviceUrl).port)
    await teams.close()

    const again = await createTeamsStandIn({ workspace: WORKSPACE, manifest: MANIFEST, port })
    again.restore(snapshot)
    expect(again.view()).toEqual(teams.view())
    const others = createTeamsPeople(again, { messagesUrl: url })
    const root = said(chat)[0]?.root
    await others.post({ as: 'eve', chat, text: 'After', mention: true, root })
    await others.settled()
    await done()
    const texts = again.view().messages.map(({ text }) => text.split('\n')[0])
    expect(texts).toEqual(['Before', 'Answer to Before', 'After', 'Answer to After'])
    expect(again.tokenRequests).toHaveLength(0)
    others.close()
    await again.close()
    expect(() => again.restore({ version: 2 })).toThrow('no snapshot')
  })
})
