// The timeline puts each wire message to the turn that it belongs to.
import { describe, expect, test } from 'vitest'
import { groupTimeline } from '../../../src/playground/page/panel/group-timeline.ts'
import { readWire } from '../../../src/playground/page/panel/read-wire.ts'
import { roomOf } from '../../../src/playground/page/panel/rooms.ts'
import type { StepView, WireView } from '../../../src/playground/words.ts'

const START = Date.parse('2026-11-23T12:00:00Z')
let seq = 0
const at = (ms: number) => new Date(START + ms).toISOString()

function wire(ms: number, more: Partial<WireView>): WireView {
  seq += 1
  const common = {
    seq,
    at: at(ms),
    platform: 'slack',
    direction: 'in',
    method: 'POST',
    path: '/',
    status: 200,
    took: 1,
  }
  return { ...common, name: 'chat.postMessage', request: '{}', response: '{}', ...more } as WireView
}

function step(ms: number, turn: string, more: Partial<StepView> = {}): StepView {
  seq += 1
  return { seq, at: at(ms), turn, name: 'turn', kind: 'turn', text: 'A turn came in', ...more }
}

const asked = (ms: number, text: string, ts: string) =>
  wire(ms, {
    direction: 'out',
    name: 'app_mention',
    request: JSON.stringify({ event: { type: 'app_mention', channel: 'C1', text: `<@UBOT> ${text}`, ts } }),
  })
const said = (ms: number, channel: string, thread: string, ts: string) =>
  wire(ms, {
    name: 'chat.startStream',
    request: JSON.stringify({ channel, thread_ts: thread }),
    response: JSON.stringify({ ok: true, ts }),
  })

const titlesOf = (groups: readonly { title: string }[]) => groups.map(({ title }) => title)

describe('a turn', () => {
  test('holds its event, its steps and its answer in order of time, and is named by what was said', () => {
    const steps = [
      step(10, 'turn-aaaaaaaa'),
      step(300, 'turn-aaaaaaaa', { kind: 'tool', name: 'search-docs', took: 9 }),
    ]
    const [group, ...others] = groupTimeline([said(500, 'C1', '1.1', '1.2'), asked(0, 'How?', '1.1')], steps)
    expect(others).toEqual([])
    expect(group).toMatchObject({ turn: 'turn-aaaaaaaa', title: '@Lakedesk How?', platform: 'slack' })
    expect(group?.entries.map(roomOf)).toEqual(['face', 'conversation', 'tool', 'platform'])
  })

  test('keeps what is said in its stream, though another turn runs at the same time', () => {
    const wires = [
      asked(0, 'one', '1.1'),
      asked(20, 'two', '2.1'),
      said(200, 'C1', '1.1', '1.9'),
      said(210, 'C1', '2.1', '2.9'),
      wire(300, { name: 'chat.appendStream', request: '{"channel":"C1","ts":"1.9"}' }),
      wire(310, { name: 'chat.appendStream', request: '{"channel":"C1","ts":"2.9"}' }),
    ]
    const groups = groupTimeline(wires, [step(5, 'first-turn'), step(30, 'second-turn')])
    expect(titlesOf(groups)).toEqual(['@Lakedesk one', '@Lakedesk two'])
    expect(groups.map(({ entries }) => entries.length)).toEqual([4, 4])
  })

  test('takes what names it, wherever and whenever that is said', () => {
    const card = wire(60_000, { request: '{"channel":"C9","metadata":{"key":"turn:0649633ee923"}}' })
    const groups = groupTimeline([asked(0, 'promote', '1.1'), card], [step(5, '0649633ee923')])
    expect(groups).toHaveLength(1)
  })

  test('does not take what is said elsewhere at the same time, which is told beside it', () => {
    const card = wire(100, { name: 'chat.update', request: '{"channel":"CRELEASES","ts":"7.7"}' })
    const groups = groupTimeline([asked(0, 'How?', '1.1'), card], [step(5, 'turn-aaaaaaaa')])
    expect(titlesOf(groups)).toEqual(['@Lakedesk How?', 'chat.update'])
    expect(groups[1]?.turn).toBeUndefined()
  })

  test('holds the second delivery of its event, and is named by more than the mention in it', () => {
    const request = JSON.stringify({
      ...{
        type: 'message',
        id: '17',
        conversation: { id: '19:x' },
        entities: [{ type: 'mention', text: '<at>Lakedesk</at>' }],
      },
      text: '<at>Lakedesk</at> how?',
    })
    const delivery = { platform: 'teams', direction: 'out', name: 'message', request } as const
    const again = wire(3_000, { ...delivery, fault: 'second delivery' })
    const groups = groupTimeline([wire(0, delivery), again], [step(5, 'turn-aaaaaaaa')])
    expect(titlesOf(groups)).toEqual(['@Lakedesk how?'])
  })

  test('of Teams never takes a message of Slack', () => {
    const message = wire(0, {
      ...{ platform: 'teams', direction: 'out', name: 'message' },
      request: '{"type":"message","text":"<at>Lakedesk</at> help","conversation":{"id":"a:sam"}}',
    })
    const other = wire(50, { name: 'auth.test', request: '' })
    const groups = groupTimeline([message, other], [step(5, 'teams-turn')])
    expect(groups.map(({ platform, title }) => `${platform} ${title}`)).toEqual([
      'teams @Lakedesk help',
      'slack auth.test',
    ])
  })

  test('without a platform is named by its tool', () => {
    const groups = groupTimeline(
      [],
      [step(0, 'nightly-turn'), step(5, 'nightly-turn', { kind: 'tool', name: 'run-nightly' })],
    )
    expect(titlesOf(groups)).toEqual(['run-nightly'])
  })
})

describe('a wire message', () => {
  test('is read also where it is a form, is cut, or is no JSON at all', () => {
    const form = wire(0, { direction: 'out', request: 'command=%2Fpromote&text=v3+now&channel_id=C1&trigger_id=1' })
    expect(readWire(form).said).toBe('/promote v3 now')
    const cut = wire(0, {
      direction: 'out',
      request: '{"event":{"channel":"C1","text":"a \\"quoted\\" word","blocks":[{"ty…',
    })
    expect(readWire(cut).said).toBe('a "quoted" word')
    const odd = wire(0, { direction: 'out', request: '%E0%A4%A' })
    expect(readWire(odd)).toEqual({ named: [], places: [], event: '', said: '' })
  })

  test('some hundred of which are grouped while nobody waits', () => {
    const steps = Array.from({ length: 400 }, (_, n) => step(n * 50, `turn-${Math.floor(n / 4)}-abcdef`))
    const wires = Array.from({ length: 800 }, (_, n) => said(n * 25, 'C1', `${n % 50}.1`, `${n}.2`))
    const before = performance.now()
    const groups = groupTimeline(wires, steps)
    expect(performance.now() - before).toBeLessThan(1_000)
    expect(groups.reduce((sum, { entries }) => sum + entries.length, 0)).toBe(1_200)
  })
})
