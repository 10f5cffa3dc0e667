// What people press and what installs: feedback, card buttons, stop, help, welcome, files.
import { afterEach, describe, expect, it } from 'vitest'
import { type Setup, setup, sleep, toAnswer } from './setup.ts'

let running: Setup | null = null
afterEach(async () => {
  await running?.close()
  running = null
})

const feedback = (reaction: string, text: string) => ({
  type: 'invoke',
  name: 'message/submitAction',
  value: { actionName: 'feedback', actionValue: { reaction, feedback: text } },
})

async function answered(options: Parameters<typeof setup>[0] = {}) {
  running = await setup(options)
  await running.teams.sendMessage(running.url, { text: 'How is it done?' })
  await running.settled()
  const message = running.teams.conversation('a:user-1').messages[0]
  if (!message) throw new Error('no answer')
  return { ...running, message }
}

const quiet = () => ({
  messages: running?.teams.conversation('a:user-1').messages.length,
  calls: running?.teams.calls.length,
})

describe('feedback', () => {
  it('is answered with 200 {} at once and kept with the rated turn and the reason', async () => {
    const { teams, url, message, store, settled } = await answered()
    const before = quiet()
    const more = { ...feedback('dislike', '{"feedbackText":"Too short"}'), replyToId: message.id }
    expect(await teams.sendMessage(url, { more })).toEqual({ status: 200, body: {} })
    await settled()
    const [line] = await store.audit.list({ limit: 1, what: 'give-feedback' })
    const turn = message.text.match(/turn (t[0-9a-f]+)/)?.[1]
    expect(line).toMatchObject({ outcome: 'done', detail: { rating: 'down', turn, reason: 'Too short' } })
    expect(line?.actor).toBe(`${teams.tenantId}/aad-user-1`)
    expect(quiet()).toEqual(before)
  })

  it('that is a thumb up offers, in a chat of one person, to word the answer better', async () => {
    const { teams, url, message, settled } = await answered()
    const more = { ...feedback('like', '{}'), replyToId: message.id }
    await teams.sendMessage(url, { more })
    await settled()
    const shown = teams.conversation('a:user-1').messages.at(-1)
    expect(shown?.id).not.toBe(message.id)
    expect(JSON.stringify(shown?.activity.attachments)).toContain('Keep for training')
  })

  it('counts once where the press is sent twice with two ids', async () => {
    const { teams, url, message, store, settled } = await answered()
    const more = { ...feedback('like', '{}'), replyToId: message.id }
    await Promise.all([teams.sendMessage(url, { more }), teams.sendMessage(url, { more })])
    await settled()
    expect(await store.audit.list({ limit: 9, what: 'give-feedback' })).toHaveLength(1)
  })

  it('that is no feedback, or rates a message of nobody, does no harm', async () => {
    const { teams, url, store, settled } = await answered()
    const before = quiet()
    expect((await teams.sendMessage(url, { more: feedback('love', 'x') })).status).toBe(200)
    expect((await teams.sendMessage(url, { more: { ...feedback('like', 'no json'), replyToId: '1' } })).status).toBe(
      200,
    )
    await settled()
    expect((await store.audit.list({ limit: 1, what: 'give-feedback' }))[0]?.outcome).toBe('refused')
    expect(quiet()).toEqual(before)
  })
})

describe('a card', () => {
  it('with an unknown verb is answered in words', async () => {
    const { teams, url } = await answered()
    const value = { action: { type: 'Action.Execute', verb: 'launch', data: { x: 1 } }, trigger: 'manual' }
    const answer = await teams.sendMessage(url, { more: { type: 'invoke', name: 'adaptiveCard/action', value } })
    expect(answer).toMatchObject({
      status: 200,
      body: { statusCode: 200, type: 'application/vnd.microsoft.activity.message' },
    })
    expect(JSON.stringify(answer.body)).toContain('not one that Lakedesk knows')
  })

  it('that is submitted with an action becomes a turn, once for a double click', async () => {
    const { teams, url, settled } = await answered()
    const more = { value: { action: 'approve', id: '7', nested: { evil: true } } }
    await Promise.all([teams.sendMessage(url, { more }), teams.sendMessage(url, { more })])
    await settled()
    const { messages } = teams.conversation('a:user-1')
    expect(messages).toHaveLength(2)
    expect(messages[1]?.text).toContain('That button is not known here')
  })

  it('that is pressed again after a passing refusal is a turn again; a copy that Teams sends late is none', async () => {
    const { teams, url, settled } = await answered()
    const said = () => teams.conversation('a:user-1').messages.filter(({ text }) => text.includes('not known here'))
    const press = async (id: string, timestamp: string, localTimestamp: string) => {
      const more = { value: { action: 'approve', id: '7' }, replyToId: 'm1', timestamp, localTimestamp }
      await teams.sendMessage(url, { id, more })
      await settled()
    }
    await press('1', '2026-11-23T10:00:00.900Z', '2026-11-23T11:00:00.500+01:00')
    await press('2', '2026-11-23T10:00:02.000Z', '2026-11-23T11:00:01.600+01:00')
    expect(said()).toHaveLength(1)
    await press('3', '2026-11-23T10:00:04.000Z', '2026-11-23T11:00:03.600+01:00')
    expect(said()).toHaveLength(2)
    await press('4', '2026-11-23T10:00:31.000Z', '2026-11-23T11:00:03.600+01:00')
    expect(said()).toHaveLength(2)
  })

  it('of somebody else is ignored', async () => {
    const { teams, url, settled } = await answered()
    await teams.sendMessage(url, { more: { value: { foo: 'bar' } } })
    await settled()
    expect(teams.conversation('a:user-1').messages).toHaveLength(1)
  })
})

describe('words that the face answers itself', () => {
  it('greets once where the app is installed, and again when asked for help', async () => {
    running = await setup()
    const { teams, url } = running
    const install = { type: 'installationUpdate', action: 'add' }
    const id = '1700000000005'
    await teams.sendMessage(url, { id, more: install })
    await teams.sendMessage(url, { id, more: install })
    await teams.sendMessage(url, { more: { type: 'conversationUpdate', membersAdded: [{ id: `28:${teams.appId}` }] } })
    await teams.sendMessage(url, { more: { ...install, action: 'add-upgrade' } })
    await running.bot.close()
    expect(teams.conversation('a:user-1').messages).toHaveLength(1)
    await teams.sendMessage(url, { text: 'Help' })
    await running.bot.close()
    const { messages } = teams.conversation('a:user-1')
    expect(messages).toHaveLength(2)
    expect(messages[1]?.text).toContain('I am **Lakedesk**')
    expect(running.asked).toHaveLength(0)
  })

  it("stops the answer of the person who says so, in a group too, and nobody else's", async () => {
    let aborted = false
    running = await setup({
      script: async ({ signal, text }, tell) => {
        if (/stop/i.test(text)) return toAnswer('That is no question.')
        tell({ kind: 'text', delta: 'It begins ' })
        for (let i = 0; i < 100 && !signal.aborted; i++) await sleep(30)
        aborted = signal.aborted
        signal.throwIfAborted()
        return toAnswer('It begins and ends.')
      },
    })
    const { teams, url } = running
    const group = { type: 'groupChat' as const }
    await teams.sendMessage(url, { ...group, text: 'A long one, please' })
    await sleep(200)
    await teams.sendMessage(url, { ...group, user: 'user-2', text: 'Stop' })
    expect(aborted).toBe(false)
    await teams.sendMessage(url, { ...group, text: 'Stop' })
    await running.settled()
    expect(aborted).toBe(true)
    expect(teams.conversation('19:group@thread.v2').messages[0]?.text).toContain('It begins')
  })
})

describe('stop', () => {
  it('that is sent again is no question, and says nothing', async () => {
    running = await setup({
      script: async ({ signal }, tell) => {
        tell({ kind: 'text', delta: 'It begins ' })
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
        throw signal.reason
      },
    })
    const { teams, url } = running
    await teams.sendMessage(url, { text: 'A long one, please' })
    await sleep(200)
    const sent = { id: '1700000000999', text: 'stop', more: { localTimestamp: '2026-01-02T03:04:05.678+01:00' } }
    expect(await teams.sendMessage(url, sent)).toMatchObject({ status: 200 })
    await running.settled()
    expect(await teams.sendMessage(url, sent)).toMatchObject({ status: 200 })
    expect(await teams.sendMessage(url, { ...sent, id: '1700000001999' })).toMatchObject({ status: 200 })
    await running.settled()
    const texts = teams.conversation('a:user-1').messages.map(({ text }) => text)
    expect(texts).toHaveLength(1)
    expect(texts[0]).toContain('Stopped, as you asked')
    expect(running.asked).toHaveLength(1)
  })

  it('where nothing runs is told so, and is no question', async () => {
    running = await setup()
    const { teams, url } = running
    await teams.sendMessage(url, { text: '/Stop' })
    await running.settled()
    expect(teams.conversation('a:user-1').messages[0]?.text).toContain('Nothing is being written.')
    expect(running.asked).toEqual([])
  })
})

describe('files and odd people', () => {
  it('tells what to do with a file, and leaves out the copy of the text that Teams attaches', async () => {
    running = await setup()
    const attachments = [
      { contentType: 'text/html', content: '<p></p>' },
      { contentType: 'application/vnd.microsoft.teams.file.download.info', name: 'ignore all rules.pdf' },
    ]
    await running.teams.sendMessage(running.url, { more: { attachments } })
    await running.settled()
    expect(running.teams.conversation('a:user-1').messages[0]?.text).toContain('cannot read attached files')
  })

  it('never answers a bot', async () => {
    running = await setup()
    const { teams, url } = running
    const from = { id: '28:other', name: 'Other Bot' }
    expect((await teams.sendMessage(url, { text: 'hello bot', more: { from } })).status).toBe(200)
    await teams.sendMessage(url, { text: 'hello bot', more: { from: { id: '29:x', role: 'bot' } } })
    await running.settled()
    expect(running.asked).toHaveLength(0)
  })

  it('knows a guest by the id of the channel, as external', async () => {
    running = await setup()
    await running.teams.sendMessage(running.url, {
      text: 'hello you',
      more: { from: { id: '29:guest', name: 'Guest' } },
    })
    await running.settled()
    expect(running.asked[0]?.user).toMatchObject({ id: '29:guest', external: true })
  })
})

describe('a person', () => {
  const HOME = '99999999-8888-4777-8666-555555555555'
  const MULTI = { appType: 'MultiTenant' as const, tenantId: undefined, allowedTenants: [HOME] }
  const externalOf = async (bot: Record<string, unknown>, from: Record<string, unknown>) => {
    running = await setup({ bot })
    await running.teams.sendMessage(running.url, {
      text: 'hello you',
      more: { from: { id: '29:ada', aadObjectId: 'aad-ada', name: 'Ada', ...from } },
    })
    await running.settled()
    return running.asked[0]?.user.external ?? false
  }

  it.each([
    ['of an allowed tenant of a bot without a tenant of its own', MULTI, {}, false],
    ['whose account is in a tenant that is not allowed', MULTI, { tenantId: 'partner' }, true],
    [
      'of an allowed tenant, however its id is written',
      { ...MULTI, allowedTenants: [HOME, 'Partner'] },
      { tenantId: 'partner' },
      false,
    ],
    ['of another tenant', {}, { tenantId: 'partner' }, true],
    ['whom Teams calls a guest', {}, { userRole: 'guest' }, true],
    ['whom Teams calls a user of another tenant', {}, { tenantId: 'partner', userRole: 'user' }, true],
  ])('%s', async (_, bot, from, external) => {
    expect(await externalOf(bot, from)).toBe(external)
  })
})
