// What the page holds after the server's events: messages in order, each redrawn alone, and nothing that is gone.
import { effect } from '@preact/signals'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  connection,
  faults,
  slack,
  slackFiles,
  slackMessages,
  slackNewest,
  takeEvents,
  wire,
} from '../../../src/playground/page/state/store.ts'
import type { PlaygroundView, SlackMessageView, WireView } from '../../../src/playground/words.ts'

function message(ts: string, more: Partial<SlackMessageView> = {}): SlackMessageView {
  return {
    channel: 'C1',
    ts,
    user: 'U1',
    bot: false,
    text: `text of ${ts}`,
    markdown: false,
    blocks: [],
    edited: false,
    files: [],
    ...more,
  }
}

function view(messages: readonly SlackMessageView[]): PlaygroundView {
  return {
    version: '1',
    seats: [],
    slack: {
      ...{ team: 'T', botUser: 'UBOT', botName: 'Lakedesk', channels: [], messages, modals: [], homes: {} },
      ...{ statuses: {}, prompts: {}, titles: {}, commands: [], shortcuts: [] },
    },
    teams: { botName: 'Lakedesk', chats: [], messages: [], typing: {}, commands: [], extensions: [], files: [] },
    wire: [],
    steps: [],
    bot: { state: 'ready', note: '', since: '', starts: 1 },
    faults: { twice: false, lateMs: 0, limited: 0, cut: 0 },
  }
}

const exchange = (seq: number, status: number): WireView => ({
  ...{ seq, at: '', platform: 'slack', direction: 'out', name: 'x', method: 'POST', path: '/', took: 1 },
  ...{ status, request: '', response: '' },
})

describe('the store of the page', () => {
  beforeEach(() => {
    takeEvents([{ kind: 'hello', view: view([message('2.0'), message('1.0'), message('3.0', { thread: '1.0' })]) }])
  })

  it('orders a channel by time, and keeps replies in their thread', () => {
    expect(slackMessages.keys('C1').value).toEqual(['C1:1.0', 'C1:2.0'])
    expect(slackMessages.keys('C1:1.0').value).toEqual(['C1:3.0'])
    takeEvents([{ kind: 'slack-message', message: message('1.5') }])
    expect(slackMessages.keys('C1').value).toEqual(['C1:1.0', 'C1:1.5', 'C1:2.0'])
    expect(connection.value).toBe('live')
  })

  it('redraws a growing message alone: neither its list nor its neighbour', () => {
    const drawn: string[] = []
    const stops = [
      effect(() => void drawn.push(`list ${slackMessages.keys('C1').value.length}`)),
      effect(() => void drawn.push(`first ${slackMessages.get('C1:1.0').value?.text}`)),
      effect(() => void drawn.push(`second ${slackMessages.get('C1:2.0').value?.text}`)),
    ]
    drawn.length = 0
    takeEvents([{ kind: 'slack-message', message: message('2.0', { text: 'grown', stream: 'in_progress' }) }])
    expect(drawn).toEqual(['second grown'])
    for (const stop of stops) stop()
  })

  it('forgets what was removed, and what a new view no longer holds', () => {
    takeEvents([{ kind: 'slack-removed', channel: 'C1', ts: '1.0' }])
    expect(slackMessages.get('C1:1.0').value).toBeNull()
    expect(slackMessages.keys('C1').value).toEqual(['C1:2.0'])
    takeEvents([{ kind: 'hello', view: view([message('9.0')]) }])
    expect(slackMessages.keys('C1').value).toEqual(['C1:9.0'])
    expect(slackMessages.keys('C1:1.0').value).toEqual([])
  })

  it('knows the newest message of a channel, which no message to one person alone is, and files by id', () => {
    const file = { id: 'F1', name: 'a.png', mediaType: 'image/png', bytes: 1, url: '/files/F1' }
    takeEvents([
      { kind: 'slack-message', message: message('10.0', { files: [file] }) },
      { kind: 'slack-message', message: message('11.0', { onlyTo: 'U1' }) },
    ])
    expect(slackNewest.value.C1).toBe('10.0')
    expect(slackFiles.value.get('F1')?.url).toBe('/files/F1')
  })

  it('changes what is around the messages, the faults, and a line of the wire that has ended since', () => {
    takeEvents([
      {
        kind: 'slack-around',
        around: { modals: [], homes: {}, statuses: { 'C1:1.0': 'is searching ...' }, prompts: {}, titles: {} },
      },
      { kind: 'faults', faults: { twice: true, lateMs: 0, limited: 0, cut: 0 } },
      { kind: 'wire', entry: exchange(1, 0) },
      { kind: 'wire', entry: exchange(2, 200) },
      { kind: 'wire', entry: exchange(1, 429) },
    ])
    expect(slack.value.statuses['C1:1.0']).toBe('is searching ...')
    expect(slack.value.team).toBe('T')
    expect(faults.value.twice).toBe(true)
    expect(wire.value.map(({ seq, status }) => [seq, status])).toEqual([
      [1, 429],
      [2, 200],
    ])
  })
})
