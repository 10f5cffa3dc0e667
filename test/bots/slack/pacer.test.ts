// The pacer keeps each method under its limit and lets the others go on.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createPacer, SLACK_PACES } from '../../../src/bots/slack/pacer.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('no minute holds more calls than the tier allows, whatever the burst', () => {
  let now = 0
  const pacer = createPacer(SLACK_PACES, () => now)
  const tiers = { 'chat.startStream': 20 * 2, 'chat.appendStream': 100, 'chat.update': 50, 'conversations.replies': 60 }
  for (const [method, most] of Object.entries(tiers)) {
    let calls = 0
    for (now = 0; now < 60_000; now += 50) {
      while (pacer.delay(method, 'C1') === 0) {
        void pacer.take(method, 'C1')
        calls += 1
      }
    }
    expect(calls, method).toBeLessThanOrEqual(most)
    expect(calls, method).toBeGreaterThan(15)
    now += 600_000
  }
})

test('posting is paced per channel, streams per workspace', () => {
  const pacer = createPacer(SLACK_PACES, () => 0)
  for (let n = 0; n < 4; n += 1) void pacer.take('chat.postMessage', 'C1')
  expect(pacer.delay('chat.postMessage', 'C1')).toBeGreaterThan(0)
  expect(pacer.delay('chat.postMessage', 'C2')).toBe(0)
  for (let n = 0; n < 20; n += 1) void pacer.take('chat.startStream', 'C1')
  expect(pacer.delay('chat.startStream', 'C2')).toBeGreaterThan(0)
  expect(pacer.delay('views.open', 'C2')).toBe(0)
})

test('a pause stops one method, also a call that already waits, and no other', () => {
  let now = 0
  const pacer = createPacer({ a: { perMinute: 60, burst: 1 } }, () => now)
  pacer.pause('a', 5_000)
  expect(pacer.delay('a', '')).toBe(5_000)
  expect(pacer.delay('b', '')).toBe(0)
  now = 5_001
  expect(pacer.delay('a', '')).toBe(0)
})

test('thousands of channels leave no trace once their time is over', () => {
  let now = 0
  const pacer = createPacer(SLACK_PACES, () => now)
  for (let n = 0; n < 12_000; n += 1) {
    now += 1_000
    void pacer.take('chat.postMessage', `C${n}`)
  }
  expect(pacer.delay('chat.postMessage', 'C1')).toBe(0)
})
