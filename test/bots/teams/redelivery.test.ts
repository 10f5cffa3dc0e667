// The same activity again, and calls to Teams that fail: one answer in the end, never two, never none.
import { afterEach, describe, expect, it } from 'vitest'
import { type Setup, setup, sleep, toAnswer } from './setup.ts'

let running: Setup | null = null
afterEach(async () => {
  await running?.close()
  running = null
})

const group = { type: 'groupChat' as const, text: 'How is it done?' }
const shown = (given: Setup, id = '19:group@thread.v2') => given.teams.conversation(id).messages

describe('an activity that comes again', () => {
  it('is answered once: twice in parallel, then twice more, and once with a new id', async () => {
    running = await setup({
      script: async () => {
        await sleep(300)
        return toAnswer('Like this.')
      },
    })
    const { teams, url } = running
    const localTimestamp = '2026-11-22T10:00:00.123+01:00'
    const copy = { ...group, id: '1700000000001', more: { localTimestamp } }
    const first = await Promise.all([teams.sendMessage(url, copy), teams.sendMessage(url, copy)])
    expect(first.map((answer) => answer.status)).toEqual([200, 200])
    await teams.sendMessage(url, copy)
    await teams.sendMessage(url, {
      ...copy,
      id: '1700000000999',
      more: { localTimestamp, timestamp: '2026-11-22T09:00:40Z' },
    })
    await running.settled()
    await teams.sendMessage(url, copy)
    await running.settled()
    expect(running.asked).toHaveLength(1)
    expect(shown(running)).toHaveLength(1)
  })

  it('is not mistaken for a person who repeats the question', async () => {
    running = await setup()
    await running.teams.sendMessage(running.url, group)
    await running.teams.sendMessage(running.url, group)
    await running.settled()
    expect(running.asked).toHaveLength(2)
  })

  it('is not mistaken for another person or another chat with the same words at the same time', async () => {
    running = await setup()
    const more = { localTimestamp: '2026-11-22T10:00:00.123Z' }
    await running.teams.sendMessage(running.url, { ...group, more })
    await running.teams.sendMessage(running.url, { ...group, user: 'user-2', more })
    await running.teams.sendMessage(running.url, { ...group, conversation: '19:other@thread.v2', more })
    await running.settled()
    expect(running.asked).toHaveLength(3)
  })

  it('is acknowledged long before the answer is there', async () => {
    running = await setup({
      script: async () => {
        await sleep(1500)
        return toAnswer('At last.')
      },
    })
    const answered = running.settled
    await running.teams.sendMessage(running.url, group)
    expect((await running.store.inbox.unfinished()).length).toBe(1)
    await answered()
    expect(shown(running)[0]?.text).toContain('At last.')
  })
})

describe('a call that fails', () => {
  it('with 429 is repeated after what Teams asks, with 503 on an update as often as needed', async () => {
    running = await setup()
    running.teams.fail({ on: 'create', status: 429, retryAfter: 0 })
    running.teams.fail({ on: 'update', status: 503, times: 3 })
    await running.teams.sendMessage(running.url, group)
    await running.settled()
    expect(shown(running)).toHaveLength(1)
    expect(shown(running)[0]?.text).toContain('Answer to How is it done?')
  })

  it('waits as long as Retry-After says', async () => {
    running = await setup()
    running.teams.fail({ on: 'update', status: 429, retryAfter: 1 })
    await running.teams.sendMessage(running.url, group)
    await running.settled()
    const puts = running.teams.calls.filter((call) => call.method === 'PUT')
    expect(puts).toHaveLength(2)
    expect((puts[1]?.at ?? 0) - (puts[0]?.at ?? 0)).toBeGreaterThanOrEqual(990)
  })

  it('with 502 although it was delivered shows the answer once', async () => {
    running = await setup()
    running.teams.fail({ on: 'create', status: 502, delivered: true })
    await running.teams.sendMessage(running.url, group)
    await running.settled()
    const answers = shown(running).filter((message) => message.text.includes('Answer to'))
    expect(answers).toHaveLength(1)
    expect(
      running.teams.calls.filter((call) => call.method === 'POST' && call.activity.type === 'message'),
    ).toHaveLength(2)
  })

  it('with 502 twice on create is not tried a third time at once', async () => {
    running = await setup({ limits: { deliveryAttempts: 1 } })
    running.teams.fail({ on: 'create', status: 502, times: 2 })
    await running.teams.sendMessage(running.url, { text: '🙂', type: 'groupChat' })
    await running.settled()
    expect(running.teams.calls.filter((call) => call.method === 'POST')).toHaveLength(2)
  })

  it('for a bot that is blocked is made once, until somebody writes again', async () => {
    running = await setup()
    const { teams, url } = running
    teams.block('19:group@thread.v2')
    await teams.sendMessage(url, group)
    await running.settled()
    const knocks = teams.calls.length
    expect(knocks).toBe(1)
    await teams.sendMessage(url, { ...group, text: 'still there?' })
    await running.settled()
    expect(teams.calls.length).toBe(knocks + 1)
  })

  it('for what the message says leaves one placeholder, however often it is tried', async () => {
    running = await setup({ limits: { deliveryAttempts: 3 } })
    running.teams.fail({
      on: 'update',
      status: 400,
      code: 'BadSyntax',
      message: 'Something is wrong with it',
      times: 99,
    })
    await running.teams.sendMessage(running.url, group)
    await running.settled()
    expect(shown(running)).toHaveLength(1)
    expect(running.teams.calls.filter((call) => call.method === 'PUT')).toHaveLength(3)
  })

  it('while the login service is down is made again later', async () => {
    running = await setup({ bot: { loginUrl: 'http://127.0.0.1:9' }, limits: { deliveryAttempts: 2 } })
    await running.teams.sendMessage(running.url, group)
    await running.settled()
    expect(running.lines.some((line) => line.message.includes('given up'))).toBe(true)
    expect(running.teams.calls).toHaveLength(0)
  })
})
