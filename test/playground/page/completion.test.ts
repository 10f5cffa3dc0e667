// What is completed while somebody types, and what is sent of it.
import { describe, expect, it } from 'vitest'
import { applyCompletion, completeAt, mentions, readCommand } from '../../../src/playground/page/slack/completion.ts'
import { nextCut } from '../../../src/playground/page/slack/smooth-text.ts'

const commands = ['/ask', '/promote', '/promotions'].map((command) => ({ command, description: '', usageHint: '' }))
const people = [
  { id: 'UBOT', name: 'Lakedesk', about: 'app' },
  { id: 'U1', name: 'Ana', about: '' },
  { id: 'U2', name: 'Ana Lindqvist', about: '' },
]
const offered = (text: string, caret = text.length) =>
  completeAt(text, caret, commands, people)?.items.map(({ label }) => label) ?? []

describe('completion', () => {
  it('offers commands at the start alone', () => {
    expect(offered('/')).toEqual(['/ask', '/promote', '/promotions'])
    expect(offered('/PRO')).toEqual(['/promote', '/promotions'])
    expect(offered('/promote v3')).toEqual([])
    expect(offered('see /pro')).toEqual([])
  })

  it('offers people and the bot after an @ at the start of a word', () => {
    expect(offered('hi @la')).toEqual(['@Lakedesk'])
    expect(offered('@')).toEqual(['@Lakedesk', '@Ana', '@Ana Lindqvist'])
    expect(offered('sam@la')).toEqual([])
  })

  it('puts a choice in the place of what was typed, and leaves the rest', () => {
    const text = 'hi @la and more'
    const completion = completeAt(text, 6, commands, people)
    expect(completion && applyCompletion(text, completion, '@Lakedesk ')).toEqual({
      text: 'hi @Lakedesk and more',
      caret: 13,
    })
  })
})

describe('what is sent', () => {
  it('knows whether the bot is named in it', () => {
    expect(mentions('hi @lakedesk, how?', 'Lakedesk')).toBe(true)
    expect(mentions('(@Lakedesk)', 'Lakedesk')).toBe(true)
    expect(mentions('mail@Lakedesk or @Lakedesks', 'Lakedesk')).toBe(false)
  })

  it('reads a command with what stands behind it', () => {
    expect(readCommand('/Promote  v3 now')).toEqual({ command: '/promote', text: 'v3 now' })
    expect(readCommand('/ask')).toEqual({ command: '/ask', text: '' })
    expect(readCommand('1/2')).toBeNull()
    expect(readCommand('/ 2')).toBeNull()
  })
})

describe('a text that grows', () => {
  it('is shown to the end of a word, and at last whole', () => {
    expect(nextCut('one two three', 0, 1)).toBe(4)
    expect(nextCut('one two three', 4, 2)).toBe(8)
    expect(nextCut('one two three', 8, 2)).toBe(13)
    expect(nextCut('one', 0, 99)).toBe(3)
  })
})
