// The first morning of a playground: thirteen earlier nights are there, and one is measured really before anybody comes.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeFolder } from '../cli/run-cli.ts'
import { startPlayground, TOKENS, waitFor } from '../playground/played.ts'

describe('the first morning', { timeout: 400_000 }, () => {
  it('shows a report of fourteen nights with a button in Slack and in Teams, and says ready only then', async () => {
    const { path, dispose } = makeFolder()
    const folder = join(path, 'playground')
    mkdirSync(folder)
    writeFileSync(join(folder, 'playground.json'), JSON.stringify({ tokens: TOKENS, done: ['evaluate-v2'] }))
    const played = await startPlayground(folder)
    try {
      await played.ready()
      expect(played.out()).not.toMatch(/^ {2}Ready\.$/m)
      await waitFor(() => (/^ {2}Ready\.$/m.test(played.out()) ? true : undefined), 'the end of preparation', 380_000)
      const { slack, bot } = await played.view()
      expect(bot.note).toBe('Ready.')
      const reports = slack.messages.filter(
        ({ channel, bot, thread }) => channel === 'CNIGHTLY' && bot && thread === undefined,
      )
      expect(reports).toHaveLength(1)
      const shown = JSON.stringify(reports[0]?.blocks)
      expect(reports[0]?.text).toMatch(/Champion v1 holds/)
      expect(shown).toContain('last 14 nights')
      expect(shown).toContain('Promote v3')
      expect(shown).toMatch(/earlier alarms? (was|were) false/)
      // It was asked for in Teams at the end, and comes a moment later; a message with a card has its words in the card.
      const findCard = async (): Promise<string> => {
        const { teams } = await played.view()
        const mine = teams.messages.filter(({ from, chat }) => from === 'bot' && chat === '19:nightly@thread.tacv2')
        const cards = mine.map(({ activity }) => JSON.stringify(activity))
        return cards.find((card) => card.includes('Champion v1 holds')) ?? ''
      }
      await expect.poll(findCard, { timeout: 60_000 }).toContain('last 14 nights')
    } finally {
      await played.stop('SIGTERM')
      dispose()
    }
  })
})
