// Guests share the team id of the members: Slack is asked who somebody is, once, and never before the acknowledgement.
import { afterEach, describe, expect, test } from 'vitest'
import { createWorkspaceMembers } from '../../../src/bots/slack/workspace-members.ts'
import { createSlackRig, mention, type SlackRig, settled } from './slack-rig.ts'

let rig: SlackRig | null = null
afterEach(async () => {
  await rig?.close()
  rig = null
})

async function open(): Promise<SlackRig> {
  rig = await createSlackRig(async () => 'An answer.')
  return rig
}

async function askAs(given: SlackRig, user: string): Promise<boolean | undefined> {
  await given.slack.sendEvent(given.url, mention(given.slack, 'How?', { user }))
  await settled(given)
  return given.questions.at(-1)?.user.external
}

const GUESTS = {
  'of several channels': { is_restricted: true },
  'of one channel': { is_restricted: true, is_ultra_restricted: true },
  'who is a stranger': { is_stranger: true },
  'whose account is gone': { deleted: true },
}

describe('a question', () => {
  test.each(Object.entries(GUESTS))('of a guest %s comes from outside', async (_, flags) => {
    const given = await open()
    given.slack.world.people.set('UGUEST', flags)
    expect(await askAs(given, 'UGUEST')).toBe(true)
  })

  test('of a member does not, and Slack is asked once for all questions of one person', async () => {
    const given = await open()
    expect([await askAs(given, 'UANA'), await askAs(given, 'UANA')]).toEqual([false, false])
    expect(given.slack.callsOf('users.info').map(({ args }) => args.user)).toEqual(['UANA'])
    expect(await askAs(given, 'UBEN')).toBe(false)
  })

  test('of somebody whom Slack does not describe comes from outside, and the next one is looked up again', async () => {
    const given = await open()
    given.slack.fail({ method: 'users.info', error: 'missing_scope' })
    expect(await askAs(given, 'UANA')).toBe(true)
    expect(JSON.stringify(given.lines, (_, value) => (value instanceof Error ? value.message : value))).toMatch(
      /could not be checked.*users:read/,
    )
    expect(await askAs(given, 'UANA')).toBe(false)
  })

  test('is acknowledged before Slack says who asked, and answered as from outside where it does not say in time', async () => {
    const given = await open()
    given.slack.fail({ method: 'users.info', delayMs: 4_000 })
    const began = performance.now()
    await given.slack.sendEvent(given.url, mention(given.slack, 'How?', { user: 'UANA' }))
    expect(performance.now() - began).toBeLessThan(1_000)
    await settled(given)
    expect(performance.now() - began).toBeLessThan(3_900)
    expect(given.questions.map(({ user }) => user.external)).toEqual([true])
  })
})

describe('what was learned of a person', () => {
  const member = { user: { is_restricted: false, is_ultra_restricted: false } }
  const ana = { id: 'UANA', tenant: 'T1' }

  test('holds for ten minutes', async () => {
    let now = 0
    let calls = 0
    const call = async () => (++calls === 1 ? member : { user: { ...member.user, is_restricted: true } })
    const { isMember } = createWorkspaceMembers({ call }, () => now)
    expect(await isMember(ana)).toBe(true)
    now = 599_000
    expect([await isMember(ana), calls]).toEqual([true, 1])
    now = 600_000
    expect([await isMember(ana), calls]).toEqual([false, 2])
  })

  test('is learned once by two who ask at the same time', async () => {
    let calls = 0
    const call = async () => {
      calls++
      return member
    }
    const { isMember } = createWorkspaceMembers({ call })
    expect(await Promise.all([isMember(ana), isMember(ana)])).toEqual([true, true])
    expect(calls).toBe(1)
  })

  test.each([{}, { user: {} }, { user: { is_restricted: false } }])('from %j is no membership', async (answer) => {
    const { isMember } = createWorkspaceMembers({ call: async () => answer })
    expect(await isMember(ana).catch(() => false)).toBe(false)
  })
})
