// The console with commands: one person asks, another approves by number, and the screen says how it goes on.
import { PassThrough } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { createConsoleBot, isAnswered } from '../../../src/bots/console/console-bot.ts'
import { createConversation } from '../../../src/conversation/create-conversation.ts'
import { toPlainReply } from '../../../src/core/reply.ts'
import { openSqliteStore } from '../../../src/store/sqlite/open-sqlite-store.ts'
import { createApprovalTools, eventually, people } from '../../conversation/approval-tools.ts'
import { recordLog, scriptAgent } from '../../conversation/setup.ts'

let close = async () => {}
afterEach(() => close())

async function open(user = 'ana') {
  const screen: string[] = []
  const { log } = recordLog()
  const store = openSqliteStore({ file: ':memory:', log })
  const { agent, asked } = scriptAgent()
  const parts = createApprovalTools({
    ...{ store, log, wake: () => conversation.wake() },
    carryOut: async (run) => {
      for (const done of [1, 2, 3]) await run.progress('Moving', done, 3)
    },
  })
  const { tools, approvals, onWaiting, runner } = parts
  const limits = { postEveryMs: 1 }
  const conversation = createConversation({ store, agent, log, people, tools, approvals, onWaiting, limits })
  const bot = createConsoleBot({
    ...{ conversation, user },
    screen: { write: (text) => void screen.push(text), status() {}, style: { color: false } },
  })
  await conversation.start()
  await runner.start()
  close = async () => {
    await runner.drain()
    await conversation.drain(100)
    await store.close()
  }
  /** Types lines one after the other, each when the screen shows what it waits for. */
  const type = async (...lines: (string | RegExp)[]): Promise<boolean> => {
    const input = new PassThrough()
    const ended = bot.chat(input)
    for (const line of lines) {
      if (typeof line === 'string') input.write(`${line}\n`)
      else await eventually(() => line.test(screen.join('')))
    }
    input.end()
    return ended
  }
  return { bot, type, asked, store, screen: () => screen.join(''), ...parts }
}

describe('a chat', () => {
  it('asks as one person, is refused as that one, and approved as another by the number of a button', async () => {
    const { type, screen, runs } = await open()
    await type('/promote v3', /\/press 1/, '/press 1', /You asked for this yourself/, '/as ben', '/press 1', /: done/)
    expect(screen()).toContain('\n  [1] Approve  [2] Reject   (type /press 1, /press 2 ...)\n')
    expect(screen()).toContain('The console trusts whoever holds the data folder')
    expect(
      screen()
        .match(/Promotion of v3 \(request [a-z0-9]+\): \w+/g)
        ?.map((line) => line.split(': ')[1]),
    ).toEqual(expect.arrayContaining(['open', 'done']))
    expect(screen().match(/: open$/gm)).toHaveLength(1)
    expect(screen().match(/: done$/gm)).toHaveLength(1)
    expect(runs()).toBe(1)
  })

  it('has no button to press once the card is dead, and says which numbers there are before', async () => {
    const { type, screen } = await open()
    await type('/press 1', '/promote v3', /\[2\] Reject/, '/press 7', '/as ben', '/press 2', /: rejected/, '/press 1')
    expect(screen()).toContain('Press a number from 1 to 2.')
    expect(screen().match(/There is no button to press/g)).toHaveLength(2)
  })

  it('lists the commands, and a path is a question', async () => {
    const { type, screen, asked } = await open()
    expect(await type('/help', '/etc/hosts is empty, why?')).toBe(true)
    expect(screen()).toContain('  /promote <version>: shows the evidence and asks for approval\n')
    expect(screen()).toContain('/as <name>')
    expect(asked.map(({ text }) => text)).toEqual(['/etc/hosts is empty, why?'])
  })

  it('says how /as and /press are written', async () => {
    const { type, screen } = await open()
    await type('/as', '/as ../x', '/press', '/press one')
    expect(screen().match(/such as \/as ana/g)).toHaveLength(2)
    expect(screen().match(/such as \/press 1/g)).toHaveLength(2)
  })
})

describe('one command for scripts', () => {
  it('gives the reply, whose outcome says whether it worked', async () => {
    const { bot } = await open()
    const card = await bot.run('promote', 'v3')
    expect([card.outcome, isAnswered(card)]).toEqual(['waiting', true])
    const refused = await bot.run('promote', 'banana')
    expect([refused.outcome, isAnswered(refused)]).toEqual(['refused', false])
    const own = await bot.press('approve', card.buttons[0]?.value ?? {})
    expect(own).toMatchObject({ outcome: 'refused', onlyTo: 'ana' })
    expect(isAnswered(await bot.run('versions', ''))).toBe(true)
    expect(isAnswered(toPlainReply('t', 'It broke (MODEL_FAILED)'))).toBe(false)
  })
})
