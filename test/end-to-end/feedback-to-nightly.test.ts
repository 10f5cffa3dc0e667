// From a thumb to the nightly report, against a real server: asked in Slack, marked down with a reason, accepted by a curator, evaluated and named.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readLedger } from '../../src/store/sqlite/read-ledger.ts'
import type { StoredMessage } from '../stand-ins/slack-world.ts'
import { type Faces, openFaces } from './promotion-faces.ts'
import { makePromotionSite, type PromotionSite } from './promotion-site.ts'
import { eventually } from './served.ts'

const QUESTION = 'How long are backups of webhooks kept?'
const REASON = 'It does not say whether webhooks are covered'
const WAIT_MS = 60_000

let site: PromotionSite
let faces: Faces
const cases = () => readLedger(join(site.path, 'data', 'store.db'), 'cases', 9)

beforeAll(async () => {
  site = await makePromotionSite(['v1'])
  faces = await openFaces(site)
}, 120_000)
afterAll(async () => {
  await faces?.close()
  site?.dispose()
})

const inC1 = (holds: (message: StoredMessage) => boolean) =>
  [...faces.slack.messages('C1'), ...faces.slack.messages('C1').flatMap(({ ts }) => faces.slack.messages('C1', ts))]
    .filter(({ bot_id }) => bot_id !== undefined)
    .find(holds)

const found = (holds: (text: string) => boolean, what: string) =>
  eventually(() => inC1((message) => holds(`${message.text} ${JSON.stringify(message.blocks)}`)), what, WAIT_MS)

/** A press of a button of this message, by its action. */
async function press(message: StoredMessage, user: string, action: Record<string, unknown>) {
  const { slack } = faces
  const sent = await slack.sendAction(`${faces.served().url}/slack/events`, {
    ...{ type: 'block_actions', trigger_id: `t.${slack.nextTs()}`, team: { id: slack.team } },
    user: { id: user, team_id: slack.team },
    channel: { id: 'C1' },
    message: { ts: message.ts, ...(message.thread_ts ? { thread_ts: message.thread_ts } : {}) },
    container: { type: 'message', message_ts: message.ts, channel_id: 'C1' },
    actions: [{ ...action, action_ts: slack.nextTs() }],
  })
  expect(sent.status).toBe(200)
}

interface Element {
  action_id: string
  value: string
  negative_button: { value: string }
}
const elementsOf = (message: StoredMessage): Element[] =>
  message.blocks.flatMap((block) => (block.elements ?? []) as Element[])

describe('a thumb down', () => {
  it('becomes a question that the next nightly evaluates and names', { timeout: 240_000 }, async () => {
    const { slack } = faces
    const url = `${faces.served().url}/slack/events`
    const ts = slack.nextTs()
    const event = { type: 'app_mention', channel: 'C1', user: 'UANA', ts, text: `<@${slack.botUser}> ${QUESTION}` }
    expect((await slack.sendEvent(url, event)).status).toBe(200)
    const answer = await found((text) => text.includes('"feedback_buttons"'), 'the answer with its thumbs')

    const [thumbs] = elementsOf(answer).filter(({ action_id }) => action_id === 'feedback')
    const { value } = thumbs?.negative_button ?? {}
    await press(answer, 'UANA', { type: 'feedback_buttons', action_id: 'feedback', block_id: 'b', value })
    const view = await eventually(() => slack.world.views.at(-1), 'the form for the reason', WAIT_MS)
    const state = { values: { reason: { reason: { type: 'plain_text_input', value: REASON } } } }
    const submitted = await slack.sendAction(url, {
      ...{ type: 'view_submission', team: { id: slack.team }, user: { id: 'UANA', team_id: slack.team } },
      view: { ...view, id: 'VREASON', state },
    })
    expect(submitted.status).toBe(200)
    await eventually(() => cases()[0], 'the proposal', WAIT_MS)
    expect(cases()[0]?.record).toMatchObject({
      ...{ state: 'proposed', question: QUESTION, words: [{ name: 'Ana', reason: REASON }] },
      version: expect.stringContaining('v1'),
      passages: expect.arrayContaining([expect.objectContaining({ text: expect.stringContaining('35 days') })]),
    })
    const id = cases()[0]?.id ?? ''

    await faces.command('/cases', '', 'UANA')
    await eventually(
      () => slack.ephemeral('C1', 'UANA').find(({ text }) => text.includes('only curators')),
      'the refusal for who is no curator',
      WAIT_MS,
    )
    await faces.command('/cases', '', 'UBO')
    const card = await found((text) => text.includes(id) && text.includes(REASON), 'the card of the proposal')
    const accept = elementsOf(card).find(({ action_id }) => action_id.includes('accept-case'))
    await press(card, 'UBO', { type: 'button', ...accept })
    await found((text) => text.includes(id) && text.includes('Bo accepted it at'), 'the card as Bo left it')

    await faces.command('/nightly', 'now', 'UBO')
    const post = await found((text) => text.includes('New from users'), 'the post that names it')
    expect(JSON.stringify([post.text, post.blocks])).toContain(QUESTION)
    expect(JSON.stringify(post)).toContain('Bo')
    const nights = readLedger(join(site.path, 'data', 'store.db'), 'nights', 9)
    expect(JSON.stringify(nights)).toContain(`"id":"${id}"`)
    expect(JSON.stringify(nights)).toContain('and 1 from users')
  })
})
