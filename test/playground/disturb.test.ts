// What the fault drawer does to the real bot: twice, late, limited, cut, killed and started again. Each question has one answer.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { PlaygroundEvent, SlackMessageView } from '../../src/playground/words.ts'
import { botPidOf, isAlive, makePlaygroundFolder, type Played, startPlayground, untilDead, waitFor } from './played.ts'

const QUESTION = 'How do I reset my password?'

let folder: ReturnType<typeof makePlaygroundFolder>
let played: Played

beforeAll(async () => {
  folder = makePlaygroundFolder()
  played = await startPlayground(folder.path)
  await played.ready()
}, 240_000)

afterAll(async () => {
  if (isAlive(played.child.pid ?? 0)) await played.stop('SIGTERM')
  folder.dispose()
})

async function answersBelow(ts: unknown): Promise<SlackMessageView[]> {
  const { slack } = await played.view()
  return slack.messages.filter((message) => message.bot && message.thread === ts && message.stream !== 'in_progress')
}

async function untilAnswered(ts: unknown): Promise<SlackMessageView[]> {
  for (let tries = 0; tries < 500; tries++) {
    const answers = await answersBelow(ts)
    if (answers.some(({ text }) => text.includes('[1]'))) return answers
    await sleep(100)
  }
  throw new Error(`never answered: ${JSON.stringify((await played.view()).slack.messages)}`)
}

async function ask(as: 'sam' | 'ana' | 'bo'): Promise<unknown> {
  const { ts } = await played.deed({ do: 'slack-post', as, channel: `D${as.toUpperCase()}`, text: QUESTION })
  return ts
}

const readTeamsPort = (): unknown => {
  const kept: unknown = JSON.parse(readFileSync(join(folder.path, 'playground.json'), 'utf8'))
  return z.object({ teamsPort: z.number() }).parse(kept).teamsPort
}

const calm = () => played.deed({ do: 'faults', faults: { twice: false, lateMs: 0, limited: 0, cut: 0 } })

describe('the fault drawer', () => {
  it('delivers twice, and there is one answer', async () => {
    await played.deed({ do: 'faults', faults: { twice: true } })
    const ts = await ask('sam')
    await untilAnswered(ts)
    await sleep(1500)
    expect(await answersBelow(ts)).toHaveLength(1)
    const { wire } = await played.view()
    expect(wire.filter(({ fault }) => fault === 'second delivery').length).toBeGreaterThan(0)
    await calm()
  })

  it('delivers late, answers 429 and cuts a stream, and there is one answer all the same', async () => {
    await played.deed({ do: 'faults', faults: { lateMs: 300, limited: 3, cut: 1 } })
    const ts = await ask('ana')
    await untilAnswered(ts)
    await sleep(1000)
    expect(await answersBelow(ts)).toHaveLength(1)
    const { faults, wire } = await played.view()
    expect(faults).toMatchObject({ limited: 0, lateMs: 300 })
    expect(wire.filter(({ status }) => status === 429)).toHaveLength(3)
    await calm()
  })

  it('does it all at once to thirty questions on both platforms, and each is answered exactly once', async () => {
    const people = ['sam', 'ana', 'bo'] as const
    const inTeams = async (as: string) =>
      (await played.view()).teams.messages.filter(
        ({ chat, from, stream }) => chat === `a:${as}` && from === 'bot' && stream !== 'open',
      )
    const before = await Promise.all(people.map(async (as) => (await inTeams(as)).length))
    await played.deed({ do: 'faults', faults: { twice: true, lateMs: 150, limited: 12, cut: 6 } })
    const asked: unknown[] = []
    for (let round = 0; round < 5; round++) {
      for (const as of people) {
        asked.push(await ask(as))
        await played.deed({ do: 'teams-post', as, chat: `a:${as}`, text: QUESTION, mention: false })
      }
    }
    for (const ts of asked) await untilAnswered(ts)
    const countTeams = () => Promise.all(people.map(async (as, at) => (await inTeams(as)).length - (before[at] ?? 0)))
    await expect.poll(countTeams, { timeout: 60_000, interval: 200 }).toEqual([5, 5, 5])
    // Whatever was delivered a second time is answered by now, if it is answered at all.
    const quiet = async () => (await played.view()).wire.at(-1)?.seq
    let last = await quiet()
    await expect
      .poll(
        async () => {
          const now = await quiet()
          const same = now === last
          last = now
          return same
        },
        { timeout: 30_000, interval: 1_500 },
      )
      .toBe(true)
    for (const ts of asked) expect(await answersBelow(ts)).toHaveLength(1)
    expect(await countTeams()).toEqual([5, 5, 5])
    expect((await played.view()).faults).toMatchObject({ limited: 0, cut: 0 })
    await calm()
  }, 180_000)

  it('kills the bot in the middle of an answer, and a restart completes it; what was asked in between is answered too', async () => {
    const before = botPidOf(folder.path)
    const browser = await played.listen()
    const first = await ask('bo')
    const isBegun = (event: PlaygroundEvent) =>
      event.kind === 'slack-message' && event.message.thread === first && event.message.bot ? true : undefined
    await browser.until(isBegun, 'the begin of the answer')
    browser.leave()
    await played.deed({ do: 'bot', action: 'kill' })
    expect((await answersBelow(first)).filter(({ stream }) => stream === 'completed')).toEqual([])
    expect(isAlive(before)).toBe(false)
    expect((await played.view()).bot).toMatchObject({ state: 'stopped', note: expect.stringContaining('SIGKILL') })
    const second = await ask('sam')
    expect((await played.post({ do: 'bot', action: 'kill' })).body).toMatchObject({ ok: false })
    await played.deed({ do: 'bot', action: 'restart' })
    expect((await played.view()).bot).toMatchObject({ state: 'ready', starts: 2 })
    for (const ts of [first, second]) {
      await untilAnswered(ts)
      expect(await answersBelow(ts)).toHaveLength(1)
    }
    expect(botPidOf(folder.path)).not.toBe(before)
  }, 120_000)
})

describe('the end of the playground', () => {
  it('leaves no process behind when it is killed, and the next start goes on where it was', async () => {
    const bot = botPidOf(folder.path)
    const teamsPort = readTeamsPort()
    const said = (await played.view()).slack.messages.filter(({ onlyTo }) => onlyTo === undefined)
    await sleep(600)
    await played.stop('SIGKILL')
    await untilDead(bot)
    played = await startPlayground(folder.path)
    const kept = (await played.view()).slack.messages
    // The bot keeps Teams' address with each conversation, so it stays what it was.
    expect(readTeamsPort()).toBe(teamsPort)
    expect(kept.map(({ ts }) => ts)).toEqual(expect.arrayContaining(said.map(({ ts }) => ts)))
    await played.ready()
  }, 120_000)

  it('is in use by one playground at a time', async () => {
    await expect(startPlayground(folder.path)).rejects.toThrow(/is in use by process \d+/)
  })

  it('ends with code 0 on Ctrl-C, with the bot and its ports', async () => {
    const bot = botPidOf(folder.path)
    // As through npm: the terminal and the launcher both pass it on.
    played.child.kill('SIGINT')
    await sleep(30)
    expect(await played.stop('SIGINT')).toBe(0)
    expect(isAlive(bot)).toBe(false)
    await expect(fetch(`${played.url}/healthz`)).rejects.toThrow('fetch failed')
    expect(played.err()).not.toMatch(/"level":(50|60)/)
  })

  it('ends cleanly while it still prepares, and begins anew where it was told to', async () => {
    played = await startPlayground(folder.path, ['--fresh'])
    await waitFor(() => (played.out().includes('Reading the sample') ? true : undefined), 'the preparation', 10_000)
    expect((await played.view()).slack.messages).toEqual([])
    const { body } = await played.post({ do: 'slack-post', as: 'sam', channel: 'DSAM', text: QUESTION })
    expect(body).toMatchObject({ ok: false, error: expect.stringContaining('getting ready') })
    expect(await played.stop('SIGTERM')).toBe(0)
  })
})
