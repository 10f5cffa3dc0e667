// Where a report stands in Teams: a new post in a channel, and what belongs to it in its thread.
import { afterEach, describe, expect, it } from 'vitest'
import { toPlainReply } from '../../../src/core/reply.ts'
import { type Address, toAddress } from '../../../src/core/turn.ts'
import { MANIFEST, WORKSPACE } from '../../playground/teams/workspace.ts'
import { type Setup, setup } from './setup.ts'

let running: Setup | null = null
afterEach(async () => {
  await running?.close()
  running = null
})

const CHANNEL = '19:releases@thread.tacv2'

async function inThread() {
  running = await setup({ standIn: { workspace: WORKSPACE, manifest: MANIFEST } })
  const { teams, bot } = running
  const root = teams.world.add(teams.world.find(CHANNEL).chat, {
    id: teams.world.nextId(),
    from: 'eve',
    text: 'an earlier post',
    activity: {},
    stream: 'none',
  })
  const address = toAddress(
    JSON.stringify({
      serviceUrl: teams.serviceUrl,
      conversation: `${CHANNEL};messageid=${root.id}`,
      type: 'channel',
      tenant: teams.tenantId,
      bot: { id: `28:${teams.appId}`, name: 'Lakedesk' },
      asker: 'Eve Lind',
    }),
  )
  async function post(to: Address, text: string): Promise<string[]> {
    const refs: string[] = []
    const delivery = { key: `turn:${text}`, refs, retry: false, since: new Date().toISOString() }
    await bot.channel.post(to, toPlainReply('t1', text), { ...delivery, recordRef: async (ref) => void refs.push(ref) })
    return refs
  }
  return { ...running, root, address, post, channel: bot.channel }
}

describe('a report in a channel', () => {
  it('begins a thread of its own, and what belongs to it stands below it', async () => {
    const { teams, address, post, channel, root } = await inThread()
    const top = channel.top?.(address) ?? address
    const [ref = ''] = await post(top, 'The night was quiet')
    await post(channel.below?.(top, ref) ?? top, 'Three questions got worse')
    await post(address, 'An answer to Eve')
    const [, report, details, answer] = teams.view().messages
    expect(report).toMatchObject({ from: 'bot', text: expect.stringContaining('The night was quiet') })
    expect(report?.root).toBeUndefined()
    expect(details).toMatchObject({ root: report?.id, text: expect.stringContaining('Three questions') })
    expect(answer?.root).toBe(root.id)
  })

  it('is another place than the threads of the channel, and names nobody', async () => {
    const { address, channel } = await inThread()
    const top = channel.top?.(address) ?? address
    expect(channel.home?.(top)).not.toBe(channel.home?.(address))
    expect(channel.top?.(top)).toBe(top)
    expect(String(top)).not.toContain('Eve')
  })

  it('stays where it is in a chat, which has no threads', async () => {
    const { channel, teams } = await inThread()
    const reference = { serviceUrl: teams.serviceUrl, conversation: '19:group@thread.v2', type: 'groupChat' }
    const chat = toAddress(JSON.stringify({ ...reference, tenant: teams.tenantId, bot: { id: '28:x' } }))
    expect(channel.below?.(chat, 'part:0:1')).toBe(chat)
    expect(channel.top?.(chat)).toBe(chat)
  })

  it('is refused by a channel that was deleted, in a sentence', async () => {
    const { teams, address, post, channel } = await inThread()
    teams.world.drop(teams.world.find(CHANNEL).chat)
    await expect(post(channel.top?.(address) ?? address, 'x')).rejects.toMatchObject({ code: 'CHANNEL_FAILED' })
  })
})
