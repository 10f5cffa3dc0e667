// What the Teams client makes of text and activities: safe markup, citations, attachments, commands.
import { describe, expect, test } from 'vitest'
import { completeCommand } from '../../../src/playground/page/teams/complete-command.ts'
import { markCitations, toHtml, toPlainHtml } from '../../../src/playground/page/teams/markdown.ts'
import {
  asksFeedback,
  hasOwnWords,
  readAiMark,
  readAttachments,
  readSuggestions,
  toSize,
} from '../../../src/playground/page/teams/read-activity.ts'

describe('the text of the bot', () => {
  test('is Markdown, and lets no markup of its own and no script through', () => {
    const html = toHtml('**bold** <img src=x onerror=alert(1)> [x](javascript:alert(1)) [y](https://a.example)')
    expect(html).toContain('<strong>bold</strong>')
    expect(html).not.toContain('<img')
    expect(html).not.toContain('javascript:')
    expect(html).toContain('<a target="_blank" rel="noopener noreferrer" href="https://a.example">')
  })

  test('has marks where it cites, and none inside code or for a source that is not there', () => {
    const html = markCitations(toHtml('Open it. [1] `a[1]` [2]'), new Map([[1, 'Reset "it"']]))
    expect(html.match(/data-cite="1"/g)).toHaveLength(1)
    expect(html).toContain('aria-label="Source 1: Reset &quot;it&quot;"')
    expect(html).toContain('<code>a[1]</code>')
    expect(html).toContain('[2]')
  })

  test('of a person is plain, with the mention as a mention', () => {
    expect(toPlainHtml('<at>Lakedesk</at> **hi**\n<b>x</b>')).toBe(
      '<span class="t-mention">Lakedesk</span> **hi**<br />&lt;b&gt;x&lt;/b&gt;',
    )
  })
})

describe('an activity', () => {
  const entity = {
    type: 'https://schema.org/Message',
    additionalType: ['AIGeneratedContent'],
    citation: [
      { position: 1, appearance: { name: 'One', abstract: 'first', url: 'https://a.example' } },
      { position: 2, appearance: { name: 'Two', abstract: 'second', url: 'javascript:alert(1)' } },
      { position: 'x', appearance: {} },
    ],
  }

  test('says that a model wrote it, and what it cites; only addresses of the web are links', () => {
    expect(readAiMark({ entities: [entity] })).toEqual({
      isGenerated: true,
      citations: [
        { n: 1, name: 'One', abstract: 'first', url: 'https://a.example' },
        { n: 2, name: 'Two', abstract: 'second' },
      ],
    })
    expect(readAiMark({ entities: 'odd' })).toEqual({ isGenerated: false, citations: [] })
  })

  test('asks for thumbs in both spellings', () => {
    expect(asksFeedback({ channelData: { feedbackLoop: { type: 'default' } } })).toBe(true)
    expect(asksFeedback({ channelData: { feedbackLoopEnabled: true } })).toBe(true)
    expect(asksFeedback({})).toBe(false)
  })

  test('has its attachments told apart, and one that is not known by its type', () => {
    const attachments = [
      { contentType: 'application/vnd.microsoft.card.adaptive', content: { type: 'AdaptiveCard' } },
      {
        ...{ contentType: 'application/vnd.microsoft.teams.card.file.consent', name: 'a.csv' },
        content: { description: 'Save', sizeInBytes: 10_650 },
      },
      { contentType: 'application/vnd.microsoft.card.hero', content: {} },
      { contentType: 'text/html', content: '<p>x</p>' },
    ]
    expect(readAttachments({ attachments })).toEqual([
      { kind: 'card', content: { type: 'AdaptiveCard' } },
      { kind: 'consent', name: 'a.csv', description: 'Save', bytes: 10_650 },
      { kind: 'unknown', type: 'application/vnd.microsoft.card.hero' },
    ])
    expect(hasOwnWords({ attachments })).toBe(false)
    expect(hasOwnWords({ text: 'x', attachments })).toBe(true)
    expect([12, 10_650, 5_000_000].map(toSize)).toEqual(['12 bytes', '10.4 KB', '4.8 MB'])
  })

  test('suggests what can be said next', () => {
    const actions = [{ type: 'imBack', title: 'Yes', value: 'yes' }, { type: 'imBack' }, { title: 'No' }]
    expect(readSuggestions({ suggestedActions: { actions } })).toEqual([
      { title: 'Yes', value: 'yes' },
      { title: 'No', value: 'No' },
    ])
  })
})

describe('completion', () => {
  const commands = ['promote', 'promotions', 'help'].map((title) => ({ title, description: '' }))
  const titles = (text: string) => completeCommand(text, commands).map(({ title }) => title)

  test('finds commands by how they begin, all of them after a slash, and none in a sentence', () => {
    expect(titles('pro')).toEqual(['promote', 'promotions'])
    expect(titles('/')).toEqual(['promote', 'promotions', 'help'])
    expect(titles('Help')).toEqual([])
    expect(titles('how do I')).toEqual([])
    expect(titles('promote v3')).toEqual([])
    expect(titles('')).toEqual([])
  })
})
