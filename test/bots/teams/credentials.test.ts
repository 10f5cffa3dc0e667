// The bot's own token: got once, renewed in time, and a clear word where Entra refuses it.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createBotTokens } from '../../../src/bots/teams/bot-token.ts'
import { type Setup, setup } from './setup.ts'

let close: (() => Promise<unknown>) | null = null
afterEach(async () => {
  await close?.()
  close = null
})

async function loginService(answers: [number, unknown][]) {
  const asked: string[] = []
  const server = createServer((req, res) => {
    asked.push(req.url ?? '')
    const [status, body] = answers[Math.min(asked.length, answers.length) - 1] ?? [500, null]
    res.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  close = () => new Promise((resolve) => server.close(resolve))
  const loginUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const tokens = createBotTokens({
    appId: 'app',
    appPassword: 'pass',
    tenant: 'home',
    loginUrl,
    scope: 'https://scope',
  })
  return { asked, tokens }
}

describe('the token of the bot', () => {
  it('is asked for once by many callers, and again when its life is over', async () => {
    const { asked, tokens } = await loginService([
      [200, { access_token: 'one', expires_in: 0 }],
      [200, { access_token: 'two', expires_in: '3600' }],
    ])
    expect(await Promise.all([tokens(), tokens(), tokens()])).toEqual(['one', 'one', 'one'])
    expect([await tokens(), await tokens()]).toEqual(['two', 'two'])
    expect(asked).toEqual(['/home/oauth2/v2.0/token', '/home/oauth2/v2.0/token'])
  })

  it('that is refused names the code of Entra and never the secret', async () => {
    const refusal = { error: 'invalid_client', error_description: 'AADSTS7000215: Invalid client secret pass provided' }
    const { tokens } = await loginService([[401, refusal]])
    await expect(tokens()).rejects.toMatchObject({ status: 401, code: 'AADSTS7000215', unsent: false })
    await expect(tokens()).rejects.not.toThrow(/pass/)
  })

  it('may be asked for again where the login service is busy or broken', async () => {
    const { tokens } = await loginService([
      [503, 'sorry'],
      [200, { no: 'token' }],
      [200, { access_token: 'three', expires_in: 60 }],
    ])
    await expect(tokens()).rejects.toMatchObject({ status: 503, unsent: true })
    await expect(tokens()).rejects.toMatchObject({ status: 401 })
    expect(await tokens()).toBe('three')
  })

  it('that Entra refuses ends the reply with a sentence about the credentials', async () => {
    const running: Setup = await setup({ bot: { appPassword: 'wrong' }, limits: { deliveryAttempts: 1 } })
    close = running.close
    await running.teams.sendMessage(running.url, { text: 'hello there' })
    await running.settled()
    const line = running.lines.find((one) => one.message.includes('given up'))
    expect(line?.fields.cause).toMatchObject({
      code: 'CHANNEL_FAILED',
      userMessage: expect.stringContaining('Check the app id, password and tenant'),
    })
    expect(running.teams.tokenRequests.length).toBeLessThan(4)
  })

  it('from another issuer is refused by Teams, and the connector says so', async () => {
    const stranger = await setup()
    const running = await setup({ bot: { loginUrl: stranger.teams.loginUrl }, limits: { deliveryAttempts: 1 } })
    close = async () => {
      await running.close()
      await stranger.close()
    }
    await running.teams.sendMessage(running.url, { text: '🙂', type: 'groupChat' })
    await running.settled()
    const line = running.lines.find((one) => one.message.includes('given up'))
    expect(line?.fields.cause).toMatchObject({ cause: { status: 401, code: 'Unauthorized' } })
  })
})
