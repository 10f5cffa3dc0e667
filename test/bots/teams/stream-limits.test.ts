// What Teams refuses while an answer is streamed, and how the person still gets the answer, once.
import { afterEach, describe, expect, it } from 'vitest'
import { type Setup, setup, sleep, toAnswer } from './setup.ts'

let running: Setup | null = null
afterEach(async () => {
  await running?.close()
  running = null
})

const WORDS = 'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen'.split(
  ' ',
)
const TEXT = `${WORDS.join(' ')}.`

async function scripted(tell: (event: { kind: 'text'; delta: string }) => void, signal: AbortSignal, ms = 50) {
  for (const word of WORDS) {
    signal.throwIfAborted()
    tell({ kind: 'text', delta: word === 'sixteen' ? 'sixteen.' : `${word} ` })
    await sleep(ms)
  }
}

const script: Parameters<typeof setup>[0] = {
  script: async ({ signal }, tell) => {
    tell({ kind: 'status', text: 'Searching' })
    await scripted(tell, signal)
    return toAnswer(TEXT)
  },
}

async function ask(given: Setup): Promise<void> {
  expect((await given.teams.sendMessage(given.url, { text: 'count, please' })).status).toBe(200)
  await given.settled()
}

function shown(given: Setup) {
  return given.teams.conversation('a:user-1').messages
}

describe('a stream', () => {
  it('is closed before its time is over, and its message then gets the whole answer', async () => {
    running = await setup({ ...script, bot: { pace: { intervalMs: 100, lifeMs: 350 } } })
    await ask(running)
    expect(shown(running)).toHaveLength(1)
    expect(shown(running)[0]).toMatchObject({ stream: 'done', edits: 1 })
    expect(shown(running)[0]?.text.startsWith(TEXT)).toBe(true)
    expect(running.teams.calls.every((call) => call.status === 200)).toBe(true)
  })

  it('that nothing was written to says so when its time is over', async () => {
    running = await setup({
      script: async (_, tell) => {
        tell({ kind: 'status', text: 'Searching' })
        await sleep(600)
        return toAnswer(TEXT)
      },
      bot: { pace: { intervalMs: 50, lifeMs: 200 } },
      standIn: { rules: { streamIntervalMs: 50 } },
    })
    await ask(running)
    const texts = running.teams.calls.map((call) => String(call.activity.text))
    expect(texts).toContain('This takes longer than usual. The answer will appear here.')
    expect(shown(running)).toHaveLength(1)
    expect(shown(running)[0]?.text.startsWith(TEXT)).toBe(true)
  })

  it('that Teams ends for its age is updated in place', async () => {
    running = await setup({ ...script, standIn: { rules: { streamIntervalMs: 100, streamLifeMs: 300 } } })
    await ask(running)
    expect(shown(running)).toHaveLength(1)
    expect(shown(running)[0]?.edits).toBe(1)
    expect(shown(running)[0]?.text.startsWith(TEXT)).toBe(true)
  })

  it('whose final text differs from what was streamed ends first, and is then replaced', async () => {
    running = await setup({
      script: async ({ signal }, tell) => {
        await scripted(tell, signal)
        return toAnswer('Something else altogether.')
      },
    })
    await ask(running)
    expect(shown(running)).toHaveLength(1)
    expect(shown(running)[0]?.text.startsWith('Something else altogether.')).toBe(true)
    expect(running.teams.calls.every((call) => call.status === 200)).toBe(true)
  })

  it('that the person stops cancels the model, and nothing more is sent', async () => {
    let cancelled = false
    running = await setup({
      script: async ({ signal }, tell) => {
        signal.addEventListener('abort', () => {
          cancelled = true
        })
        await scripted(tell, signal, 100)
        return toAnswer(TEXT)
      },
    })
    const { teams, url } = running
    await teams.sendMessage(url, { text: 'count, please' })
    await sleep(500)
    teams.pressStop('a:user-1')
    await running.settled()
    expect(cancelled).toBe(true)
    expect(shown(running)).toHaveLength(1)
    expect(shown(running)[0]).toMatchObject({ stream: 'stopped', edits: 0 })
    expect(teams.calls.at(-1)?.status).toBe(403)
  })

  it('that is refused from the start becomes one ordinary message', async () => {
    running = await setup(script)
    running.teams.fail({
      on: 'stream',
      status: 403,
      code: 'ContentStreamNotAllowed',
      message: 'Content stream is not allowed',
    })
    await ask(running)
    expect(shown(running)).toHaveLength(1)
    expect(shown(running)[0]).toMatchObject({ stream: 'none', edits: 1 })
    expect(shown(running)[0]?.text.startsWith(TEXT)).toBe(true)
  })

  it('goes on after 429 and after a lost piece', async () => {
    running = await setup(script)
    const { teams, url } = running
    await teams.sendMessage(url, { text: 'count, please' })
    await sleep(250)
    teams.fail({ on: 'stream', status: 429, code: 'TooManyRequests', retryAfter: 0 })
    await sleep(200)
    teams.fail({ on: 'stream', status: 502 })
    await running.settled()
    expect(shown(running)).toHaveLength(1)
    expect(shown(running)[0]).toMatchObject({ stream: 'done', edits: 0 })
    expect(shown(running)[0]?.text.startsWith(TEXT)).toBe(true)
  })

  it('whose end was delivered although 502 came back is not shown twice', async () => {
    running = await setup(script)
    running.teams.fail({ on: 'final', status: 502, delivered: true })
    await ask(running)
    expect(shown(running)).toHaveLength(1)
    expect(shown(running)[0]?.text.startsWith(TEXT)).toBe(true)
  })

  it('keeps one request a second, counted at the platform', async () => {
    running = await setup({
      ...script,
      bot: { pace: { intervalMs: 1000, lifeMs: 105_000 } },
      standIn: { rules: { streamIntervalMs: 1000 } },
    })
    await ask(running)
    const times = running.teams.calls.map((call) => call.at)
    expect(times.length).toBeGreaterThan(1)
    for (const [i, at] of times.entries()) if (i > 0) expect(at - (times[i - 1] ?? 0)).toBeGreaterThanOrEqual(985)
    expect(running.teams.calls.every((call) => call.status === 200)).toBe(true)
  })
})
