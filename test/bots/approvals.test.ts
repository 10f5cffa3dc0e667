// One request, its card in Slack and in Teams: asked, clicked by the wrong and the right people, and edited everywhere.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createSlackBot } from '../../src/bots/slack/slack-bot.ts'
import { createTeamsBot } from '../../src/bots/teams/create-teams-bot.ts'
import { createConversation } from '../../src/conversation/create-conversation.ts'
import type { ApprovalRecord } from '../../src/store/port.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { APPROVALS_TOPIC } from '../../src/tools/cards.ts'
import type { ApprovedEnding } from '../../src/tools/define-tool.ts'
import { createApprovalTools, eventually, people } from '../conversation/approval-tools.ts'
import { gate, recordLog, scriptAgent } from '../conversation/setup.ts'
import { createSlackStandIn } from '../stand-ins/slack.ts'
import type { StoredMessage } from '../stand-ins/slack-world.ts'
import { createTeamsStandIn } from '../stand-ins/teams.ts'

const GROUP = '19:desk@thread.v2'

async function open() {
  const slack = await createSlackStandIn()
  const teams = await createTeamsStandIn()
  const { log, lines } = recordLog()
  const store = openSqliteStore({ file: ':memory:', log })
  const { agent, asked } = scriptAgent()
  let hold = async () => {}
  let end: ApprovedEnding | undefined
  const parts = createApprovalTools({
    ...{ store, log, wake: () => conversation.wake() },
    homeOf: (channel, address) => conversation.homeOf(channel, address),
    async carryOut(run) {
      await run.progress('Moving the alias', 1, 2)
      await hold()
      return end
    },
  })
  const { tools, approvals, onWaiting, runner } = parts
  const limits = { backoffMs: 20, postEveryMs: 20 }
  const conversation = createConversation({ store, agent, log, people, tools, approvals, onWaiting, limits })
  const slackBot = createSlackBot({
    ...{ conversation, log, botToken: 'xoxb-test-token', signingSecret: slack.signingSecret, apiUrl: slack.apiUrl },
    ...{ limits: {}, lookAgainMs: 20 },
  })
  const { appId, appPassword, tenantId, metadataUrl, loginUrl } = teams
  const teamsBot = createTeamsBot({
    ...{ conversation, log, appId, appPassword, tenantId, openIdMetadataUrl: metadataUrl, loginUrl, retryWaitMs: 30 },
  })
  const server = createServer((req, res) => {
    void (req.url === '/slack/events' ? slackBot : teamsBot).handleHttp(req, res)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await slackBot.start()
  await conversation.start()
  await runner.start()

  async function settled(): Promise<void> {
    await eventually(async () => {
      if ((await store.inbox.unfinished()).length > 0) return false
      await runner.settled()
      return (await store.posts.pending()).length === 0
    })
  }

  return {
    ...{ slack, teams, store, conversation, runner, lines, asked, settled, runs: parts.runs },
    slackUrl: `${base}/slack/events`,
    teamsUrl: `${base}/api/messages`,
    holdRuns: (wait: () => Promise<void>) => {
      hold = wait
    },
    endRuns: (as: ApprovedEnding) => {
      end = as
    },
    async close() {
      await runner.drain()
      await conversation.drain(200)
      await slackBot.close()
      await teamsBot.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await store.close()
      await slack.close()
      await teams.close()
    },
  }
}

let rig: Awaited<ReturnType<typeof open>>
beforeEach(async () => {
  rig = await open()
})
afterEach(() => rig.close())

interface SlackButton {
  action_id: string
  value: string
  confirm?: Record<string, { text: string }>
}

const slackCards = (channel = 'C1') =>
  rig.slack.messages(channel).filter(({ text, bot_id }) => bot_id !== undefined && text.includes('Promotion of'))
const buttonsOf = (message: StoredMessage | undefined) =>
  (message?.blocks.find(({ type }) => type === 'actions')?.elements ?? []) as SlackButton[]

function pressSlack(message: StoredMessage | undefined, user: string, label = 'approve', trigger?: string, more = {}) {
  const button = buttonsOf(message).find(({ action_id }) => action_id.endsWith(label))
  if (!message || !button) throw new Error(`no button ${label}`)
  return rig.slack.sendAction(rig.slackUrl, {
    type: 'block_actions',
    ...more,
    trigger_id: trigger ?? `t.${rig.slack.nextTs()}`,
    team: { id: 'T1' },
    user: { id: user, team_id: 'T1' },
    channel: { id: message.channel },
    message: { ts: message.ts, ...(message.thread_ts ? { thread_ts: message.thread_ts } : {}) },
    container: { type: 'message', message_ts: message.ts, channel_id: message.channel },
    actions: [{ type: 'button', ...button, action_ts: rig.slack.nextTs() }],
  })
}

interface TeamsCard {
  actions?: { title: string; data: Record<string, string> }[]
}

const teamsMessages = () => rig.teams.conversation(GROUP).messages
const cardOf = (activity: Record<string, unknown> | undefined) => {
  const [attachment] = (activity?.attachments ?? []) as { content: TeamsCard }[]
  return attachment?.content
}
const say = (user: string, more: Record<string, unknown>) =>
  rig.teams.sendMessage(rig.teamsUrl, { conversation: GROUP, type: 'groupChat', user, name: user, more })

/** Ben has every card shown in a group of Teams. */
async function subscribeTeams(): Promise<void> {
  await say('ben', { text: 'hello' })
  await rig.settled()
  const [turn] = rig.asked
  if (!turn?.place) throw new Error('no place')
  await rig.store.places.add(APPROVALS_TOPIC, turn.place)
}

async function approval(): Promise<ApprovalRecord> {
  const [newest] = await rig.store.approvals.list({ limit: 1 })
  if (!newest) throw new Error('no approval')
  return newest
}

const promote = (text = 'v3', more: Record<string, string> = {}) =>
  rig.slack.sendCommand(rig.slackUrl, { command: '/promote', text, user_id: 'UANA', user_name: 'ana', ...more })

describe('asked in Slack', () => {
  test('the card has facts, table, and buttons that ask before they count; what was asked stands above it', async () => {
    const sent = await promote()
    expect(JSON.parse(sent.body)).toMatchObject({
      response_type: 'ephemeral',
      text: expect.stringContaining('/promote'),
    })
    await rig.settled()
    const [card] = slackCards()
    expect(JSON.stringify(card?.blocks[0])).toContain('<@UANA> asked: /promote v3')
    expect(JSON.stringify(card?.blocks)).toMatch(/faithfulness.*0\.94/)
    const [approve, reject] = buttonsOf(card)
    expect(approve?.confirm).toMatchObject({
      text: { text: 'Promote v3? The endpoint changes at once.' },
      confirm: { text: 'Approve' },
    })
    expect(reject?.confirm).toBeUndefined()
  })

  test('a bystander and the asker are refused privately, in the channel itself, and the card stays', async () => {
    await promote()
    await rig.settled()
    const [card] = slackCards()
    await pressSlack(card, 'UBO')
    await pressSlack(card, 'UANA')
    await pressSlack(card, 'USTRANGER')
    await rig.settled()
    for (const user of ['UBO', 'UANA', 'USTRANGER']) {
      const told = rig.slack.ephemeral('C1', user)
      expect(told).toHaveLength(1)
      expect(told[0]).not.toHaveProperty('thread_ts')
    }
    expect([slackCards(), (await approval()).state]).toEqual([[card], 'open'])
    expect(rig.slack.messages('C1')).toHaveLength(1)
  })

  test('approved there, one message is edited from open to done, and loses its buttons', async () => {
    const going = gate()
    rig.holdRuns(() => going.passed)
    await promote()
    await rig.settled()
    const [before] = slackCards()
    await pressSlack(before, 'UBEN')
    await eventually(() => JSON.stringify(slackCards()[0]?.blocks).includes('Moving the alias: 1 of 2'))
    expect(buttonsOf(slackCards()[0])).toEqual([])
    going.open()
    await rig.settled()
    const cards = slackCards()
    expect(cards.map(({ ts, text }) => [ts, /: (\w+)$/m.exec(text)?.[1]])).toEqual([[before?.ts, 'done']])
    expect(buttonsOf(cards[0])).toEqual([])
    expect(rig.slack.ephemeral('C1', 'UBEN')).toHaveLength(1)
    expect(rig.runs()).toBe(1)
  })

  test('the same click twice, and clicks of two approvers at once, decide once and run once', async () => {
    await promote()
    await rig.settled()
    const [card] = slackCards()
    await Promise.all([
      pressSlack(card, 'UBEN', 'approve', 't.same'),
      pressSlack(card, 'UBEN', 'approve', 't.same'),
      pressSlack(card, 'UCY'),
      pressSlack(card, 'UCY', 'reject'),
    ])
    await rig.settled()
    const ended = await approval()
    expect(ended.votes).toHaveLength(1)
    expect(rig.runs()).toBe(ended.state === 'done' ? 1 : 0)
    expect(slackCards()).toHaveLength(1)
  })

  test('where the bot is no member the card says that it will not be kept up to date, and nothing fails', async () => {
    rig.slack.world.outside.add('C9')
    await promote('v3', { channel_id: 'C9' })
    await rig.settled()
    const [first] = rig.slack.world.responses
    expect(first?.message).toMatchObject({ response_type: 'in_channel' })
    expect(JSON.stringify(first?.message)).toContain('cannot be kept up to date')
    expect(rig.slack.world.responses).toHaveLength(1)
    const responseUrl = `${new URL(rig.slack.apiUrl).origin}/response/C9`
    await pressSlack(slackCards('C9')[0], 'UBO', 'approve', 't.outside', { response_url: responseUrl })
    await rig.settled()
    expect(rig.slack.world.responses[1]?.message).toMatchObject({ response_type: 'ephemeral', replace_original: false })
    expect((await approval()).state).toBe('open')
  })

  test('a long card stays one message when it is edited', async () => {
    await promote('v7')
    await rig.settled()
    const [before] = slackCards()
    expect(JSON.stringify(before?.blocks).length).toBeGreaterThan(5000)
    await pressSlack(before, 'UBEN')
    await rig.settled()
    expect(slackCards().map(({ ts }) => ts)).toEqual([before?.ts])
    expect(slackCards()[0]?.text).toContain('done')
    expect(rig.slack.messages('C1').filter(({ text }) => text.includes('Regression'))).toHaveLength(1)
  })

  test('what breaks behind a button is told to whoever pressed it alone', async () => {
    await promote('v6')
    await rig.settled()
    await pressSlack(slackCards()[0], 'UBEN')
    await rig.settled()
    expect(rig.slack.ephemeral('C1', 'UBEN')[0]?.text).toContain('The registry does not answer.')
    expect(rig.slack.messages('C1')).toHaveLength(1)
  })

  test('a stranger of a shared workspace may not even ask', async () => {
    await promote('v3', { team_id: 'T2' })
    await rig.settled()
    expect(rig.slack.ephemeral('C1', 'UANA')[0]?.text).toContain('nothing else')
    expect(await rig.store.approvals.list({ limit: 1 })).toEqual([])
  })
})

describe('a guest of the workspace', () => {
  const versions = async () => {
    const fields = { command: '/versions', text: '', user_id: 'UANA', user_name: 'ana' }
    await rig.slack.sendCommand(rig.slackUrl, fields)
    await rig.settled()
  }

  test('may use no tool, approver or not, and nobody else sees the refusal', async () => {
    await promote()
    await rig.settled()
    rig.slack.world.people.set('UBEN', { is_restricted: true })
    await pressSlack(slackCards()[0], 'UBEN')
    await rig.settled()
    expect(rig.slack.ephemeral('C1', 'UBEN')[0]?.text).toContain('nothing else')
    expect((await approval()).state).toBe('open')
    rig.slack.world.people.set('UCY', { is_ultra_restricted: true, is_restricted: true })
    await rig.slack.sendCommand(rig.slackUrl, { command: '/versions', text: '', user_id: 'UCY' })
    await rig.settled()
    expect(rig.slack.ephemeral('C1', 'UCY')[0]?.text).toContain('nothing else')
    expect(rig.slack.messages('C1')).toHaveLength(1)
  })

  test('is what nobody is called whom Slack could not describe: they are told to try again, and may then', async () => {
    rig.slack.fail({ method: 'users.info', error: 'missing_scope' })
    await versions()
    const [told] = rig.slack.ephemeral('C1', 'UANA')
    expect(told?.text).toContain('could not be checked')
    expect(told?.text).not.toContain('uest')
    expect((await rig.store.audit.list({ limit: 1, what: 'list-versions' }))[0]?.outcome).toBe('refused')
    await versions()
    expect(rig.slack.messages('C1').at(-1)?.text).toContain('Versions: v1, v2')
  })
})

describe('a channel that shows every card', () => {
  const subscribe = async (text: string, channel = 'C2') => {
    const fields = { command: '/approvals', text, user_id: 'UBEN', user_name: 'ben', channel_id: channel }
    await rig.slack.sendCommand(rig.slackUrl, fields)
    await rig.settled()
  }

  test('gets one copy however often it asked, without the words of who asked for it, and it is edited too', async () => {
    await subscribe('here')
    await subscribe('here')
    await promote()
    await rig.settled()
    const [copy, ...more] = slackCards('C2')
    expect(more).toEqual([])
    expect(copy?.thread_ts).toBeUndefined()
    expect(JSON.stringify(copy?.blocks)).not.toContain('asked:')
    await pressSlack(copy, 'UBEN')
    await rig.settled()
    for (const channel of ['C1', 'C2']) {
      expect(slackCards(channel).map(({ text }) => /: (\w+)$/m.exec(text)?.[1])).toEqual(['done'])
      expect(buttonsOf(slackCards(channel)[0])).toEqual([])
    }
    expect(slackCards('C2')[0]?.ts).toBe(copy?.ts)
  })

  test('where it was asked in that very channel the card is shown once; off ends it', async () => {
    await subscribe('here', 'C1')
    await promote()
    await rig.settled()
    expect(slackCards()).toHaveLength(1)
    await subscribe('off', 'C1')
    await promote('v4', { channel_id: 'C2' })
    await rig.settled()
    expect([slackCards().length, slackCards('C2').length]).toEqual([1, 1])
  })

  test('a copy whose sending ended in an unknown way is looked for before it is sent again', async () => {
    await subscribe('here')
    const isCopy = (args: Record<string, unknown>) => args.channel === 'C2'
    rig.slack.fail({ method: 'chat.postMessage', drop: 'after', when: isCopy })
    await promote()
    await rig.settled()
    expect(slackCards('C2')).toHaveLength(1)
    await pressSlack(slackCards('C2')[0], 'UBEN')
    await rig.settled()
    expect(slackCards('C2').map(({ text }) => /: (\w+)$/m.exec(text)?.[1])).toEqual(['done'])
  })
})

describe('asked in Slack, shown in Teams', () => {
  test('approved in Teams, both cards are edited in place and lose their buttons', async () => {
    await subscribeTeams()
    await promote()
    await rig.settled()
    const copy = teamsMessages().find(({ text }) => text.includes('Promotion of v3'))
    const actions = cardOf(copy?.activity)?.actions ?? []
    expect(actions.map(({ title }) => title)).toEqual(['Approve', 'Reject'])
    await say('ben', { value: actions[0]?.data, replyToId: copy?.id })
    await rig.settled()
    const after = teamsMessages().filter(({ text }) => text.includes('Promotion of v3'))
    expect(after.map(({ id }) => id)).toEqual([copy?.id])
    expect(after[0]?.text).toContain('done')
    expect(cardOf(after[0]?.activity)?.actions).toBeUndefined()
    expect(slackCards().map(({ text }) => /: (\w+)$/m.exec(text)?.[1])).toEqual(['done'])
    expect(buttonsOf(slackCards()[0])).toEqual([])
    expect((await approval()).votes).toMatchObject([{ principal: 'ben@acme.io', vote: 'approve' }])
  })

  test('a refusal in the group names whom it is for', async () => {
    await subscribeTeams()
    await promote()
    await rig.settled()
    const copy = teamsMessages().find(({ text }) => text.includes('Promotion of v3'))
    await say('bo', { value: cardOf(copy?.activity)?.actions?.[0]?.data, replyToId: copy?.id })
    await rig.settled()
    expect(teamsMessages().at(-1)?.text).toMatch(/^\*\*bo\*\*: /)
    expect((await approval()).state).toBe('open')
  })

  test('while Teams is down the Slack card goes on, and the copy catches up with the newest state alone', async () => {
    await subscribeTeams()
    rig.teams.fail({ on: 'any', status: 403, times: 3 })
    await promote()
    await eventually(() => slackCards().length === 1)
    await pressSlack(slackCards()[0], 'UBEN')
    await rig.settled()
    const copies = teamsMessages().filter(({ text }) => text.includes('Promotion of'))
    expect(copies.map(({ text }) => /: (\w+)$/m.exec(text)?.[1])).toEqual(['done'])
    expect(slackCards()[0]?.text).toContain('done')
  })
})

describe('the end of a request', () => {
  const subscribe = async (channel: string) => {
    const fields = { command: '/approvals', text: 'here', user_id: 'UBEN', user_name: 'ben', channel_id: channel }
    await rig.slack.sendCommand(rig.slackUrl, fields)
    await rig.settled()
  }
  /** Who sees it failed: an edited card notifies nobody. */
  const told = (channel: string) => rig.slack.messages(channel).filter(({ text }) => text.includes('put back'))

  test('that was undone is a message of its own in every place that shows a copy, once in each', async () => {
    rig.endRuns({ state: 'undone', outcome: 'The probe failed.' })
    await subscribe('C2')
    await subscribeTeams()
    await promote()
    await rig.settled()
    const { id } = await approval()
    const show = (channel_id: string) =>
      rig.slack.sendCommand(rig.slackUrl, { command: '/approval', text: id, user_id: 'UCY', channel_id })
    for (const channel of ['C1', 'C2', 'C3']) await show(channel)
    await rig.settled()
    await pressSlack(slackCards('C3')[0], 'UCY')
    await rig.settled()
    for (const channel of ['C1', 'C2', 'C3']) expect(told(channel), channel).toHaveLength(1)
    expect(teamsMessages().filter(({ text }) => text.includes('put back'))).toHaveLength(1)
    await show('C4')
    await rig.settled()
    await rig.runner.start()
    await rig.settled()
    expect(['C1', 'C2', 'C3', 'C4'].map((channel) => told(channel).length)).toEqual([1, 1, 1, 0])
  })

  test('that went well is told where it was asked; the copies only change', async () => {
    await subscribe('C2')
    await promote()
    await rig.settled()
    await pressSlack(slackCards('C2')[0], 'UBEN')
    await rig.settled()
    const ends = (channel: string) => rig.slack.messages(channel).filter(({ text }) => text.includes('is done'))
    expect([ends('C1').length, ends('C2').length]).toEqual([1, 0])
  })
})

describe('asked in Teams', () => {
  test.each(['promote v3', '/promote v3', 'Promote V3'])('%j gives the card', async (text) => {
    await say('ana', { text })
    await rig.settled()
    const card = teamsMessages().find((message) => message.text.includes('Promotion of v3'))
    expect(cardOf(card?.activity)?.actions).toHaveLength(2)
    await say('cy', { value: cardOf(card?.activity)?.actions?.[0]?.data, replyToId: card?.id })
    await rig.settled()
    const cards = teamsMessages().filter((message) => message.text.includes('Promotion of v3'))
    expect(cards).toHaveLength(1)
    expect(cards[0]?.text).toContain('done')
    expect(cardOf(cards[0]?.activity)?.actions).toBeUndefined()
    expect(rig.asked).toEqual([])
  })

  test('what only begins like a command is a question', async () => {
    await say('ana', { text: 'versions of the API, which are supported?' })
    await rig.settled()
    expect(rig.asked).toHaveLength(1)
  })

  test('help names the commands', async () => {
    await say('ana', { text: 'help' })
    await eventually(() => teamsMessages().length === 1)
    expect(teamsMessages()[0]?.text).toContain('`promote` &lt;version>')
  })
})

test('in a thread of Slack the card, the refusal and the note stay in the thread', async () => {
  const ts = rig.slack.nextTs()
  const text = `<@${rig.slack.botUser}> promote v3`
  await rig.slack.sendEvent(rig.slackUrl, { type: 'app_mention', user: 'UANA', channel: 'C1', text, ts, event_ts: ts })
  await rig.settled()
  const [card] = slackCards()
  expect(card?.thread_ts).toBe(ts)
  await pressSlack(card, 'UBO')
  await rig.settled()
  expect(rig.slack.ephemeral('C1', 'UBO')[0]).toMatchObject({ thread_ts: ts })
  await pressSlack(card, 'UBEN')
  await rig.settled()
  expect(rig.slack.messages('C1').every((message) => message.thread_ts === ts)).toBe(true)
  expect(slackCards()).toHaveLength(1)
})
