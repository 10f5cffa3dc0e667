// After a crash: the answer lands in the message that the earlier try made, and stands there once.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { activitySchema } from '../../../src/bots/teams/activity.ts'
import { toTeamsAddress } from '../../../src/bots/teams/teams-address.ts'
import type { Delivery } from '../../../src/core/channel.ts'
import type { Reply } from '../../../src/core/reply.ts'
import { type Setup, setup } from './setup.ts'

let running: Setup
beforeEach(async () => {
  running = await setup()
})
afterEach(() => running.close())

const reply: Reply = { text: 'The whole answer.', blocks: [], buttons: [], generated: true, turn: 't1' }

function delivery(refs: string[], retry: boolean): Delivery & { refs: string[] } {
  return {
    key: 'turn:t1',
    refs,
    retry,
    since: new Date().toISOString(),
    async recordRef(ref) {
      refs.push(ref)
    },
  }
}

function addressOf(type: 'personal' | 'groupChat') {
  return toTeamsAddress(activitySchema.parse(running.teams.toActivity({ type })))
}

const chatOf = (type: 'personal' | 'groupChat') => (type === 'personal' ? 'a:user-1' : '19:group@thread.v2')

describe.each(['personal', 'groupChat'] as const)('in a %s', (type) => {
  it('the message of the earlier try is filled, and nothing new is created', async () => {
    const { channel } = running.bot
    const first = delivery([], false)
    const stream = channel.stream(addressOf(type), first)
    stream.status('Searching')
    stream.write('The whole ')
    await expect.poll(() => first.refs.length).toBe(1)
    // The process dies here; the next one knows what was recorded.
    const second = channel.stream(addressOf(type), delivery([...first.refs], true))
    second.write('The whole answer.')
    await second.finish(reply)
    const { messages } = running.teams.conversation(chatOf(type))
    expect(messages).toHaveLength(1)
    expect(messages[0]?.text).toBe('The whole answer.')
    expect(messages[0]?.stream).not.toBe('open')
  })

  it('a complete reply that is delivered again changes nothing', async () => {
    const { channel } = running.bot
    const first = delivery([], false)
    await channel.post(addressOf(type), reply, first)
    await channel.post(addressOf(type), reply, delivery([...first.refs], true))
    await channel.stream(addressOf(type), delivery([...first.refs], true)).finish(reply)
    const { messages } = running.teams.conversation(chatOf(type))
    expect(messages.map((message) => message.text)).toEqual(['The whole answer.'])
  })

  it('where nothing was recorded the answer itself still stands once', async () => {
    const { channel } = running.bot
    const lost = delivery([], false)
    lost.recordRef = () => Promise.reject(new Error('killed before it was written down'))
    await expect(channel.post(addressOf(type), reply, lost)).rejects.toThrow()
    await channel.post(addressOf(type), reply, delivery([], true))
    const texts = running.teams.conversation(chatOf(type)).messages.map((message) => message.text)
    expect(texts).toEqual(['One moment…', 'The whole answer.'])
  })

  it('a message that was deleted in between is replaced by a new one', async () => {
    const { channel } = running.bot
    await channel.post(addressOf(type), reply, delivery(['part:0:4711'], true))
    expect(running.teams.conversation(chatOf(type)).messages.map((message) => message.text)).toEqual([
      'The whole answer.',
    ])
  })

  it('parts that the new reply does not have are taken away', async () => {
    const { channel } = running.bot
    const first = delivery([], false)
    await channel.post(addressOf(type), { ...reply, text: 'A sentence of some length.\n\n'.repeat(2000) }, first)
    expect(first.refs.length).toBeGreaterThan(1)
    await channel.post(addressOf(type), reply, delivery([...first.refs], true))
    expect(running.teams.conversation(chatOf(type)).messages.map((message) => message.text)).toEqual([
      'The whole answer.',
    ])
  })

  it('a failure that lasts is CHANNEL_FAILED, in a sentence that says what to do', async () => {
    running.teams.block(chatOf(type))
    const failed = running.bot.channel.post(addressOf(type), reply, delivery([], false))
    await expect(failed).rejects.toMatchObject({
      code: 'CHANNEL_FAILED',
      userMessage: expect.stringContaining('Install it again'),
    })
  })
})
