// A night that got worse, in Slack and in Teams over their own wires: one post at the top, its cases in its thread, and buttons through the gate.
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { APPROVERS, type Faces, openFaces } from './promotion-faces.ts'
import { makePromotionSite, mustRun, type PromotionSite } from './promotion-site.ts'
import { eventually } from './served.ts'

const WAIT_MS = 20_000
const [TOP = ''] = APPROVERS.split(';')
let site: PromotionSite
let faces: Faces

beforeAll(async () => {
  site = await makePromotionSite(['v1'])
  faces = await openFaces(site)
}, 120_000)
afterAll(async () => {
  await faces?.close()
  site?.dispose()
})

const inSlack = (words: RegExp) =>
  faces.slack.messages('C1').filter(({ text, bot_id }) => bot_id !== undefined && words.test(text))
const inTeams = (words: RegExp) =>
  faces.teams
    .conversation(TOP)
    .messages.filter(({ text, activity }) => words.test(`${text} ${JSON.stringify(activity)}`))

const toldTo = (user: string) => faces.slack.ephemeral('C1', user).map(({ text }) => text)

it('stands once in each, and what is pressed under it is asked of the gate', { timeout: 240_000 }, async () => {
  await faces.command('/nightly', 'now', 'UBO')
  await eventually(() => inSlack(/measured for the first time/)[0], 'the first night', WAIT_MS)
  await faces.sayInTeams('nightly now', 'bo')
  // At the top of the channel, though it was asked for in a thread.
  await eventually(() => inTeams(/Champion v1.*holds/)[0], 'the night in Teams', WAIT_MS)

  await faces.served().stop('SIGTERM')
  const docs = join(site.path, 'docs')
  for (const page of readdirSync(docs))
    writeFileSync(join(docs, page), '# Another page\n\nNothing that anybody asks for.\n')
  await mustRun(site, `ingest ${docs}`)
  await faces.restart('SIGTERM')
  await faces.command('/nightly', 'now', 'UBO')
  const post = await eventually(() => inSlack(/got worse/)[0], 'the post', WAIT_MS)
  const thread = () => faces.slack.messages('C1', post.ts).slice(1)
  await eventually(() => (thread().length >= 3 ? true : undefined), 'its thread', WAIT_MS)
  for (const { text } of thread())
    expect(text).toMatch(/before, 0\.00 tonight[\s\S]*Expected:[\s\S]*Got: The documentation does not say[\s\S]*Trace:/)
  expect(thread()).toHaveLength(3)

  const [worst] = thread()
  if (!worst) throw new Error('no question')
  await faces.pressSlack(worst, 'UBO', 'assign-case')
  await faces.pressSlack(worst, 'UZOE', 'assign-case')
  await faces.pressSlack(worst, 'UBO', 'mute-case')
  await eventually(() => toldTo('UZOE').find((text) => text.includes('linked to no person')), 'the refusal', WAIT_MS)
  await eventually(() => toldTo('UBO').find((text) => text.includes('Bo looks after')), 'who looks after it', WAIT_MS)
  await eventually(() => toldTo('UBO').find((text) => text.includes('How long shall')), 'the form', WAIT_MS)
  await faces.pressSlack(post, 'UBO', 'nightly-again')
  await eventually(() => inSlack(/still down since/)[0], 'the next night', WAIT_MS)
  expect(inSlack(/got worse/)).toHaveLength(1)
})
