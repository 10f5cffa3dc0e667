// Socket Mode: the same turns over a web socket, acknowledged only once they are stored, and its ends.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { answers, createSlackRig, mention, type SlackRig, settled, shown, speak, until, wait } from './slack-rig.ts'

let rig: SlackRig
let fail = false

beforeEach(async () => {
  fail = false
  rig = await createSlackRig(async (_question, emit) => speak('Over the socket.', emit), {
    bot: { appToken: 'xapp-test-token', signingSecret: '' },
    conversation: (real) => ({
      ...real,
      accept: (turn) => (fail ? Promise.reject(new Error('disk full')) : real.accept(turn)),
    }),
  })
})
afterEach(() => rig.close())

const envelope = (event: Record<string, unknown>) => ({
  type: 'event_callback',
  team_id: 'T1',
  event_id: `Ev${event.ts}`,
  event,
})

test('an event is acknowledged and answered; the HTTP door is shut', async () => {
  const event = mention(rig.slack, 'Hello?')
  const ack = await rig.slack.sendSocket('events_api', envelope(event))
  expect(ack.envelope_id).toBeTruthy()
  await settled(rig)
  expect(answers(rig.slack, 'C1').map(shown)).toEqual(['Over the socket.'])
  expect((await rig.slack.sendEvent(rig.url, event)).status).toBe(404)
})

test('a command is acknowledged with its private note', async () => {
  const ack = await rig.slack.sendSocket('slash_commands', {
    command: '/ask',
    text: 'Hello?',
    user_id: 'UASKER',
    channel_id: 'C1',
    team_id: 'T1',
    trigger_id: 't.9',
  })
  expect(ack.payload).toMatchObject({ response_type: 'ephemeral' })
  await settled(rig)
  expect(answers(rig.slack, 'C1')).toHaveLength(1)
})

test('where the turn cannot be stored there is no acknowledgement, and the redelivery is answered', async () => {
  fail = true
  const event = mention(rig.slack, 'Stored?')
  let acknowledged = false
  void rig.slack.sendSocket('events_api', envelope(event)).then(() => {
    acknowledged = true
  })
  await wait(150)
  expect(acknowledged).toBe(false)
  fail = false
  await rig.slack.sendSocket('events_api', envelope(event))
  await settled(rig)
  expect(answers(rig.slack, 'C1')).toHaveLength(1)
})

test('after a refresh it comes back by itself and misses nothing that is redelivered', async () => {
  rig.slack.sendFrame({ type: 'disconnect', reason: 'refresh_requested' })
  await until(() => rig.slack.callsOf('apps.connections.open').length === 2 && rig.slack.sockets() === 1)
  await rig.slack.sendSocket('events_api', envelope(mention(rig.slack, 'Back?')))
  await settled(rig)
  expect(answers(rig.slack, 'C1')).toHaveLength(1)
})

test('a reconnect that fails does not end the process, and is tried again', async () => {
  rig.slack.fail({ method: 'apps.connections.open', status: 503, times: 1 })
  rig.slack.sendFrame({ type: 'disconnect', reason: 'warning' })
  await until(() => rig.slack.callsOf('apps.connections.open').length >= 3 && rig.slack.sockets() === 1, 30_000)
})

test('after link_disabled it stays away and says so', async () => {
  rig.slack.sendFrame({ type: 'disconnect', reason: 'link_disabled' })
  await until(() => rig.lines.some(({ level, message }) => level === 'error' && message.includes('switched off')))
  await until(() => rig.slack.sockets() === 0)
  expect(rig.slack.callsOf('apps.connections.open')).toHaveLength(1)
})

test('frames that are no JSON or of no known type change nothing', async () => {
  rig.slack.sendFrame({ type: 'something_new' })
  await rig.slack.sendSocket('events_api', envelope(mention(rig.slack, 'Still here?')))
  await settled(rig)
  expect(answers(rig.slack, 'C1')).toHaveLength(1)
})

test('a wrong token is refused with how to fix it', async () => {
  await expect(createSlackRig(async () => 'x', { bot: { botToken: 'wrong' } })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  })
  await expect(
    createSlackRig(async () => 'x', { bot: { appToken: 'wrong', signingSecret: '' } }),
  ).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})
