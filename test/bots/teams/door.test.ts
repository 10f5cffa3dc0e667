// The door: who gets in. Every forged, foreign or malformed request is turned away with nothing stored.
import { generateKeyPair, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTeamsBot } from '../../../src/bots/teams/create-teams-bot.ts'
import { LakedeskError } from '../../../src/core/errors.ts'
import { silentLog } from '../../../src/core/log.ts'
import { type Setup, setup } from './setup.ts'

let running: Setup
beforeAll(async () => {
  running = await setup()
})
afterAll(() => running.close())

const minutes = (n: number) => Math.floor(Date.now() / 1000) + n * 60

async function stored(): Promise<number> {
  return running.asked.length + (await running.store.inbox.unfinished()).length
}

describe('the token', () => {
  it('lets a genuine one in', async () => {
    const { teams, url } = running
    expect((await teams.sendMessage(url, { text: 'hello there' })).status).toBe(200)
    await running.settled()
    expect(await stored()).toBe(1)
  })

  const forged: [string, () => Promise<string | null>][] = [
    ['no token at all', async () => null],
    ['an empty token', async () => ''],
    ['words instead of a token', async () => 'not.a.token'],
    ['another audience', () => running.teams.sign({ aud: '00000000-0000-4000-8000-000000000000' })],
    ['another issuer', () => running.teams.sign({ iss: 'https://sts.windows.net/some-tenant/' })],
    [
      'an issuer of the Emulator',
      () =>
        running.teams.sign({
          iss: 'https://sts.windows.net/f8cdef31-a31e-4b4a-93e4-5f571e91255a/',
          ver: '1.0',
          appid: running.teams.appId,
        }),
    ],
    [
      'a token of a skill',
      () =>
        running.teams.sign({
          iss: 'https://login.microsoftonline.com/f8cdef31-a31e-4b4a-93e4-5f571e91255a/v2.0',
          ver: '2.0',
          azp: '00000000-0000-4000-8000-000000000001',
        }),
    ],
    ['another serviceUrl', () => running.teams.sign({ serviceurl: 'https://smba.example.com/emea/' })],
    ['no serviceUrl', () => running.teams.sign({ serviceurl: undefined })],
    ['expired by 6 minutes', () => running.teams.sign({ exp: minutes(-6) })],
    ['valid only in 6 minutes', () => running.teams.sign({ nbf: minutes(6) })],
    ['valid for ever', () => running.teams.sign({ exp: undefined })],
    ['a key nobody published', async () => running.teams.sign({}, (await generateKeyPair('RS256')).privateKey)],
    ['a key id nobody published', () => running.teams.sign({}, undefined, 'other')],
    [
      'algorithm none',
      async () =>
        new UnsecuredJWT({ serviceurl: running.teams.serviceUrl })
          .setIssuer('https://api.botframework.com')
          .setAudience(running.teams.appId)
          .setExpirationTime('1h')
          .encode(),
    ],
  ]
  it.each(forged)('refuses %s with 401', async (_, token) => {
    const before = await stored()
    const answer = await running.teams.sendMessage(running.url, { text: 'let me in', token: await token() })
    expect(answer.status).toBe(401)
    expect(await stored()).toBe(before)
  })

  it('accepts a clock that is 4 minutes off', async () => {
    const token = await running.teams.sign({ exp: minutes(-4) })
    expect((await running.teams.sendMessage(running.url, { text: 'late', token })).status).toBe(200)
    await running.settled()
  })

  it('refuses another channel, whatever its token', async () => {
    for (const channelId of ['AseChannel', 'directline', 'emulator']) {
      const answer = await running.teams.sendMessage(running.url, { text: 'hi', more: { channelId } })
      expect(answer.status).toBe(401)
    }
  })

  it('answers 503, not 401, where the signing keys cannot be fetched', async () => {
    const broken = await setup({ bot: { openIdMetadataUrl: 'http://127.0.0.1:9/none' } })
    expect((await broken.teams.sendMessage(broken.url, { text: 'hi' })).status).toBe(503)
    expect(broken.asked).toHaveLength(0)
    await broken.close()
  })
})

describe('the tenant', () => {
  it('refuses another tenant with the right audience', async () => {
    const before = await stored()
    const answer = await running.teams.sendMessage(running.url, { text: 'hi', tenant: 'someone-else' })
    expect(answer.status).toBe(403)
    expect(await stored()).toBe(before)
  })

  it('refuses an activity that names two tenants, or none', async () => {
    const { teams, url } = running
    const two = await teams.sendMessage(url, { text: 'hi', more: { channelData: { tenant: { id: 'other' } } } })
    const none = { channelData: {}, conversation: { id: 'a:user-1', conversationType: 'personal' } }
    expect(two.status).toBe(403)
    expect((await teams.sendMessage(url, { text: 'hi', more: none })).status).toBe(403)
  })

  it('lets a second allowed tenant in, as an external person', async () => {
    const both = await setup({ bot: { allowedTenants: ['99999999-8888-4777-8666-555555555555', 'partner'] } })
    expect((await both.teams.sendMessage(both.url, { text: 'hi from afar', tenant: 'partner' })).status).toBe(200)
    await both.settled()
    expect(both.asked[0]?.user).toMatchObject({ tenant: 'partner', external: true })
    await both.close()
  })
})

describe('the body', () => {
  const post = (body: string | Uint8Array<ArrayBuffer>, method = 'POST') =>
    fetch(running.url, { method, ...(method === 'POST' ? { body } : {}) }).then((response) => response.status)

  it.each([
    ['nothing', ''],
    ['no JSON', 'text=hello'],
    ['a list', '[]'],
    ['no type', '{"channelId":"msteams"}'],
    ['no conversation', '{"type":"message","channelId":"msteams","serviceUrl":"https://x.example.com"}'],
    [
      'a serviceUrl that is none',
      '{"type":"message","channelId":"msteams","serviceUrl":"file:///etc","conversation":{"id":"a"}}',
    ],
  ])('answers 400 to %s', async (_, body) => {
    expect(await post(body)).toBe(400)
  })

  it('answers 400 to broken UTF-8, 405 to GET, 413 to two megabytes', async () => {
    expect(await post(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]))).toBe(400)
    expect(await post('', 'GET')).toBe(405)
    const status = await post('x'.repeat(2 * 1024 * 1024)).catch(() => 413)
    expect(status).toBe(413)
  })

  it('answers 200 and a debug line to what it does not know', async () => {
    const { teams, url, lines } = running
    for (const type of ['event', 'messageReaction', 'typing', 'conversationUpdate', 'messageUpdate', 'brandNew']) {
      expect((await teams.sendMessage(url, { more: { type } })).status).toBe(200)
    }
    expect(lines.filter((line) => line.level === 'debug' && line.message.includes('ignored')).length).toBeGreaterThan(5)
  })

  it('answers 500 where the turn could not be stored, so that Teams sends it again', async () => {
    const full = await setup({
      store: (store) => ({
        ...store,
        inbox: {
          ...store.inbox,
          accept: async () => {
            throw new LakedeskError('STORE_FULL', 'The disk is full.')
          },
        },
      }),
    })
    expect((await full.teams.sendMessage(full.url, { text: 'keep this' })).status).toBe(500)
    expect(full.asked).toHaveLength(0)
    await full.close()
  })
})

describe('the settings', () => {
  const base = { conversation: { register() {} } as never, log: silentLog }
  const full = { appId: 'app', appPassword: 'secret', tenantId: 'home' }
  it.each([
    ['no app id', {}],
    ['no password', { appId: 'app', tenantId: 'home' }],
    ['no tenant', { appId: 'app', appPassword: 'secret' }],
    ['many tenants, none named', { ...full, appType: 'MultiTenant' as const }],
    ['checks off with an app id', { ...full, insecureLocal: true }],
  ])('fail closed with %s', (_, options) => {
    expect(() => createTeamsBot({ ...base, ...options })).toThrow(/CONFIG_INVALID/)
  })

  it('answers this machine only where checks are off', async () => {
    const local = await setup({
      standIn: { requireToken: false },
      bot: { insecureLocal: true, appId: '', appPassword: '', tenantId: '' },
    })
    const { teams, url } = local
    expect((await teams.sendMessage(url, { text: 'hello', token: null })).status).toBe(200)
    await local.settled()
    expect(teams.conversation('a:user-1').messages).toHaveLength(1)
    const foreign = { serviceUrl: 'https://smba.example.com/emea/' }
    expect((await teams.sendMessage(url, { text: 'leak', token: null, more: foreign })).status).toBe(403)
    await local.close()
  })

  it('says nothing secret in its log', () => {
    const text = JSON.stringify(running.lines)
    expect(text).not.toContain(running.teams.appPassword)
    expect(text).not.toContain('bot-token-')
    expect(text).not.toContain('eyJ')
  })
})
