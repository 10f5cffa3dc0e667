// Asked in Slack, approved in Teams, with one server process between: who may click, what every card shows, and one outcome.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Faces, openFaces } from './promotion-faces.ts'
import { makePromotionSite, mustRun, type PromotionSite, readStanding } from './promotion-site.ts'
import { eventually } from './served.ts'

let site: PromotionSite
let faces: Faces

beforeAll(async () => {
  site = await makePromotionSite(['v1', 'v3'])
  faces = await openFaces(site)
}, 180_000)
afterAll(async () => {
  await faces.close()
  site.dispose()
})

const open = (text: string): boolean => text.includes('?')

/** The footer of the answer to a question in Slack. */
async function footerInSlack(channel: string): Promise<string> {
  const text = 'How long are backups kept?'
  const ts = faces.slack.say(channel, text)
  const event = { type: 'message', channel_type: 'im', channel, user: 'UEVE', text, ts, event_ts: ts }
  await faces.slack.sendEvent(`${faces.served().url}/slack/events`, event)
  const answer = await eventually(
    () =>
      faces.slack
        .messages(channel, ts)
        .find((message) => message.bot_id !== undefined && message.streaming_state !== 'in_progress'),
    'the answer',
  )
  return /\bv\d+\b/.exec(JSON.stringify(answer.blocks))?.[0] ?? JSON.stringify(answer)
}

describe('asked in Slack, approved in Teams', { timeout: 120_000 }, () => {
  it('shows the card in both', async () => {
    expect(await footerInSlack('D1')).toBe('v1')
    await faces.sayInTeams('approvals here', 'bo')
    await eventually(
      () => faces.teamsTexts().find((text) => text.includes('every approval card is shown here')),
      'the channel',
    )
    expect((await faces.command('/promote', 'v3', 'UANA')).status).toBe(200)
    const { slack, teams } = await faces.cards(open, 'both cards')
    expect(faces.slackButtons(slack)).toHaveLength(2)
    expect(faces.teamsButtons(teams).map(({ title }) => title)).toEqual(['Approve', 'Reject'])
  })

  it('refuses a bystander, a stranger and the asker on either account, to them alone', async () => {
    const { slack, teams } = await faces.cards(open, 'both cards')
    for (const user of ['UDEE', 'USTRANGER', 'UANA']) {
      await faces.pressSlack(slack, user, 'approve')
      await eventually(() => faces.slack.ephemeral('C1', user)[0], `a refusal to ${user}`)
    }
    const before = faces.teamsTexts().length
    await faces.pressTeams(teams, 'dee', 'Approve')
    await faces.pressTeams(teams, 'ana', 'Approve')
    await eventually(() => (faces.teamsTexts().length === before + 2 ? true : undefined), 'two refusals in Teams')
    expect(faces.teamsTexts().slice(before).sort()).toEqual([
      expect.stringMatching(/^\*\*ana\*\*: /),
      expect.stringMatching(/^\*\*dee\*\*: /),
    ])
    expect(await faces.cards(open, 'both cards')).toEqual({ slack, teams })
    expect(readStanding(site)).toEqual({ alias: 1, serves: ['1'], moves: 0 })
  })

  it('carries out one promotion for the same click five times and those of two approvers at once', async () => {
    const { slack, teams } = await faces.cards(open, 'both cards')
    await Promise.all([
      ...Array.from({ length: 5 }, (_, i) => faces.pressTeams(teams, 'bo', 'Approve', { id: `177000000100${i}` })),
      ...Array.from({ length: 5 }, () => faces.pressSlack(slack, 'UBO', 'approve', 't.same')),
      faces.pressSlack(slack, 'UCY', 'approve'),
    ])
    const done = await faces.cards((text) => text.includes('Done on'), 'both cards done')
    expect([done.slack.ts, done.teams.id]).toEqual([slack.ts, teams.id])
    expect([faces.slackCards().length, faces.teamsCards().length]).toEqual([1, 1])
    expect(faces.slackButtons(done.slack)).toEqual([])
    expect(faces.teamsButtons(done.teams)).toEqual([])
    expect(readStanding(site)).toEqual({ alias: 3, serves: ['3'], moves: 1 })
  })

  it('tells the end where it was asked, and answers with the new version at once', async () => {
    await eventually(
      () => faces.slack.messages('C1').find(({ text }) => /^Request \w+ of .* is done\./.test(text)),
      'the note',
    )
    expect(await footerInSlack('D2')).toBe('v3')
    await sleep(500)
    expect(faces.slack.messages('C1').filter(({ text }) => text.includes('is done.'))).toHaveLength(1)
  })

  it('lets a command on the same machine look, roll back and prove the record while it serves', async () => {
    expect((await mustRun(site, 'champion')).out).toMatch(/^v3 /)
    const asked = await mustRun(site, 'rollback', 'bo')
    const id = /`approve (\w+)`/.exec(asked.out)?.[1]
    await mustRun(site, `approve ${id}`, 'bo')
    expect(readStanding(site)).toEqual({ alias: 1, serves: ['1'], moves: 2 })
    expect(await footerInSlack('D3')).toBe('v1')
    await mustRun(site, 'audit verify')
  })
})
