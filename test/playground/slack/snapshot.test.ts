// The playground's Slack goes on after it was stopped: what was there is there again, and changes are heard.
import { WebClient } from '@slack/web-api'
import { expect, test } from 'vitest'
import type { SlackChange } from '../../../src/playground/slack/slack-stand-in.ts'
import { openWorkspace, TOKEN, withHomeTab } from './workspace.ts'

test('a snapshot as JSON fills another workspace, with files, threads, prompts and Home tabs', async () => {
  const first = await openWorkspace({ workspace: withHomeTab(true) })
  const client = new WebClient(TOKEN, { slackApiUrl: first.apiUrl })
  const root = first.say('CSUPPORT', 'question', { user: 'USAM' })
  const to = { channel: 'CSUPPORT', thread_ts: root, recipient_user_id: 'USAM', recipient_team_id: 'T1' }
  const { ts = '' } = await client.chat.startStream({ ...to, markdown_text: 'half' })
  await client.files.uploadV2({ channel_id: 'CSUPPORT', thread_ts: root, filename: 'a.csv', file: Buffer.from('a,b') })
  await client.assistant.threads.setTitle({ channel_id: 'DSAM', thread_ts: root, title: 'Title' })
  await client.views.publish({ user_id: 'USAM', view: { type: 'home', blocks: [{ type: 'divider' }] } })
  const before = first.view()
  const text = JSON.stringify(first.snapshot())
  await first.close()

  const second = await openWorkspace({ workspace: withHomeTab(true) })
  second.restore(JSON.parse(text))
  expect(second.view()).toEqual(before)
  const again = new WebClient(TOKEN, { slackApiUrl: second.apiUrl })
  await again.chat.stopStream({ channel: 'CSUPPORT', ts, markdown_text: ' and whole' })
  expect(second.messages('CSUPPORT', root).find((message) => message.ts === ts)?.text).toBe('half and whole')
  expect(second.file('F1')?.bytes.toString()).toBe('a,b')
  expect(second.nextTs() > ts).toBe(true)
  expect(() => second.restore({ messages: 'no' })).toThrow()
  await second.close()
})

test('each change is heard in the words of the page', async () => {
  const slack = await openWorkspace()
  const client = new WebClient(TOKEN, { slackApiUrl: slack.apiUrl })
  const heard: SlackChange[] = []
  const end = slack.watch((change) => heard.push(change))
  const { ts = '' } = await client.chat.postMessage({ channel: 'CSUPPORT', text: 'a' })
  await client.chat.update({ channel: 'CSUPPORT', ts, text: 'b' })
  await client.chat.delete({ channel: 'CSUPPORT', ts })
  await client.assistant.threads.setStatus({ channel_id: 'DSAM', thread_ts: '1.1', status: 'is thinking' })
  end()
  await client.chat.postMessage({ channel: 'CSUPPORT', text: 'unheard' })
  expect(heard).toMatchObject([
    { kind: 'slack-message', message: { text: 'a', edited: false } },
    { kind: 'slack-message', message: { text: 'b', edited: true } },
    { kind: 'slack-removed', channel: 'CSUPPORT', ts },
    { kind: 'slack-around', around: { statuses: { 'DSAM:1.1': 'is thinking' } } },
  ])
  await slack.close()
})

test('the manifest gives the commands with their hints, the message menu and the prompts of every agent pane', async () => {
  const slack = await openWorkspace()
  const view = slack.view()
  expect(view.commands).toContainEqual({
    ...{ command: '/ask', description: 'Ask the documentation' },
    usageHint: 'How do I reset my password?',
  })
  expect(view.shortcuts).toMatchObject([{ callbackId: 'triage_thread', name: 'Triage this thread' }])
  expect(view.prompts.DSAM).toHaveLength(3)
  expect(view.channels).toContainEqual({ id: 'DSAM', name: 'sam', kind: 'direct', topic: '', members: ['USAM'] })
  await slack.close()
})

test('a stream that its bot left alone is seen to have broken off, by those who look on and those who come later', async () => {
  const slack = await openWorkspace({ streamLifeMs: 60 })
  const client = new WebClient(TOKEN, { slackApiUrl: slack.apiUrl })
  const heard: SlackChange[] = []
  slack.watch((change) => heard.push(change))
  const root = slack.say('CSUPPORT', 'question', { user: 'USAM' })
  const to = { channel: 'CSUPPORT', thread_ts: root, recipient_user_id: 'USAM', recipient_team_id: 'T1' }
  await client.chat.startStream({ ...to, markdown_text: 'half' })
  await expect.poll(() => heard.at(-1)).toMatchObject({ message: { stream: 'errored', text: 'half' } })
  expect(slack.view().messages.at(-1)?.stream).toBe('errored')
  await slack.close()
})
