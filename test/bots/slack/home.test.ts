// The Home tab: opened, it shows what the command `home` gives; a press in it is answered in the direct message, and it is published anew.
import { readFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { renderHomeBlocks } from '../../../src/bots/slack/publish-home.ts'
import { type Block, type Button, toPlainReply } from '../../../src/core/reply.ts'
import { findViewFaults } from '../../../src/playground/slack/check-blocks.ts'
import { createSlackPeople } from '../../../src/playground/slack/slack-people.ts'
import { type AnyTool, defineTool } from '../../../src/tools/define-tool.ts'
import { BARS, FILE, FORM } from '../desk-tool.ts'
import { createSlackRig, type SlackRig, settled } from './slack-rig.ts'

const workspace = {
  channels: [{ id: 'CSUPPORT', name: 'support' }],
  users: ['ana', 'ben'].map((name) => ({ id: `U${name.toUpperCase()}`, name, realName: name })),
  manifest: JSON.parse(readFileSync(new URL('../../../manifest/slack.json', import.meta.url), 'utf8')) as unknown,
}

let rig: SlackRig
afterEach(() => rig.close())

/** A queue of two questions: `home` lists them, a press takes one out. */
function createQueue(): AnyTool {
  const waiting = ['one', 'two']
  const tool = defineTool<Record<string, string>, string>({
    name: 'test-queue',
    description: 'A queue for tests.',
    input: z.record(z.string(), z.string()),
    commands: [{ name: 'home', usage: '', toInput: () => ({ input: { do: 'home' } }) }],
    actions: { 'drop-case': (value) => value },
    async run({ id }) {
      if (id !== undefined) waiting.splice(waiting.indexOf(id), 1)
      return id === undefined ? `**Waiting:** ${waiting.join(', ')}` : `Dropped ${id}.`
    },
    toModelText: (output) => output,
    toSaying: (text) => ({
      text,
      buttons: waiting.map((id): Button => ({ action: 'drop-case', label: id, value: { id } })),
    }),
  })
  return tool as unknown as AnyTool
}

async function open(tools: AnyTool[]) {
  rig = await createSlackRig(async () => 'An answer.', { tools, slack: { workspace } })
  return createSlackPeople(rig.slack, { eventsUrl: rig.url, retryMs: [5, 5, 5] })
}

const homeOf = (user: string) => JSON.stringify(rig.slack.view().homes[user]?.blocks ?? null)

test('is published when it is opened, to the person who opened it, and nothing is posted', async () => {
  const people = await open([createQueue()])
  expect(await people.open('UANA', 'home')).toEqual({ ok: true })
  await settled(rig)
  expect(homeOf('UANA')).toContain('*Waiting:* one, two')
  expect(homeOf('UBEN')).toBe('null')
  expect(rig.slack.view().messages).toEqual([])
})

test('a press in it is answered in the direct message, and the tab shows what is left', async () => {
  const people = await open([createQueue()])
  await people.open('UANA', 'home')
  await settled(rig)
  const blocks = z
    .array(z.looseObject({ type: z.string(), block_id: z.string() }))
    .parse(rig.slack.view().homes.UANA?.blocks)
  const row = blocks.find(({ type }) => type === 'actions')
  const press = {
    ...{ where: { kind: 'home' as const }, blockId: row?.block_id ?? '', state: {} },
    element: { action_id: 'lakedesk:drop-case' },
  }
  expect(await people.act('UANA', press)).toEqual({ ok: true })
  await settled(rig)
  expect(homeOf('UANA')).toContain('*Waiting:* two"')
  expect(rig.slack.view().messages).toMatchObject([{ channel: 'DANA', text: 'Dropped one.' }])
  expect(rig.slack.view().messages).toHaveLength(1)
})

test('delivered twice is one turn, and the agent pane still gets its prompts', async () => {
  const people = await open([createQueue()])
  people.disturb({ twice: true })
  await people.open('UANA', 'home')
  await people.open('UANA', 'messages')
  await settled(rig)
  expect(rig.slack.callsOf('views.publish')).toHaveLength(1)
  expect(rig.slack.callsOf('assistant.threads.setSuggestedPrompts').length).toBeGreaterThan(0)
})

test('says what it can where no tool gives its content', async () => {
  const people = await open([])
  await people.open('UANA', 'home')
  await settled(rig)
  expect(homeOf('UANA')).not.toBe('null')
  expect(rig.slack.view().messages).toEqual([])
})

test('holds only blocks that Slack takes in it, whatever the reply is made of', () => {
  const table: Block = { kind: 'table', columns: ['Question', 'Age'], rows: [['How?', '2 d']] }
  const blocks: Block[] = [
    { kind: 'fields', fields: [{ label: 'Waiting', value: '2' }] },
    table,
    { kind: 'chart', ...BARS },
    { kind: 'form', ...FORM },
    { kind: 'file', ...FILE },
    { kind: 'progress', label: 'Done', done: 1, total: 2 },
  ]
  const reply = toPlainReply('t', `# Queue\n\n${'A **long** line of it. '.repeat(400)}`, {
    ...{ blocks, generated: true, footer: 'Small print' },
    buttons: [{ action: 'go', label: 'Go', value: {}, confirm: 'Sure?' }],
  })
  const rendered = renderHomeBlocks(reply)
  expect(findViewFaults({ type: 'home', blocks: rendered }, () => true)).toEqual([])
  expect(JSON.stringify(rendered)).toContain('How?')
  expect(JSON.stringify(rendered)).toContain('billing')
  expect(rendered.some(({ type }) => type === 'markdown' || type === 'context_actions')).toBe(false)
})
