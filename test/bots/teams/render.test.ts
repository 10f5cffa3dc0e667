// How a reply is written for Teams: the Markdown subset, the limits of the AI entity, and nothing that acts on its own.
import { describe, expect, it } from 'vitest'
import { renderTeamsMessage } from '../../../src/bots/teams/render-teams-message.ts'
import { splitText } from '../../../src/bots/teams/split-text.ts'
import { renderTeamsPrefix, renderTeamsText } from '../../../src/bots/teams/teams-text.ts'
import type { Reply } from '../../../src/core/reply.ts'
import { citation } from './setup.ts'

function toReply(more: Partial<Reply>): Reply {
  return { text: 'Hello.', blocks: [], buttons: [], generated: true, turn: 't1', ...more }
}

function aiEntityOf(reply: Reply) {
  const roots = renderTeamsMessage(reply)[0]?.entities ?? []
  expect(roots).toHaveLength(1)
  return roots[0] as { citation?: { position: number; appearance: Record<string, string> }[] }
}

describe('Markdown', () => {
  it('keeps what Teams shows and rewrites what it does not', () => {
    expect(renderTeamsText('# Top\n\nSome *words* and `code`.\n\n### **Sub** ###\n- a\n- b')).toBe(
      '**Top**\n\nSome *words* and `code`.\n\n**Sub**\n- a\n- b',
    )
  })

  it('sets a narrow table in columns and turns a wide one into a list', () => {
    expect(renderTeamsText('| A | B |\n|---|:-:|\n| 1 | `x\\|y` |')).toBe('```\nA | B\n--|----\n1 | x|y\n```')
    const wide = `| Plan | What it is for |\n|---|---|\n| Free | ${'word '.repeat(20)}|`
    expect(renderTeamsText(wide)).toBe(`- **Plan**: Free; **What it is for**: ${'word '.repeat(20).trim()}`)
  })

  it('does not touch a table, a heading or a mark inside of code, and closes an open fence', () => {
    const code = '```\n# not a heading\n| a | b |\n|---|---|\n<b>\n```'
    expect(renderTeamsText(code)).toBe(code)
    expect(renderTeamsText('```js\nlet a')).toBe('```js\nlet a\n```')
  })

  it('is never taken back while it is streamed', () => {
    const text = [
      '## Reset **it**',
      '',
      'Open <https://docs.example.com/a> or [the page](https://docs.example.com/b) [1], see `a | b < c` and ``x`y``.',
      '',
      '| Plan | Links |',
      '|------|------:|',
      '| Free | 3 |',
      '',
      '```bash',
      'echo "<at>x</at>" | cat',
      '',
      '# comment',
      '```',
      '',
      'A picture ![of the lake](https://evil.example.com/?q=1) and the end <b>here</b>.',
      '',
      '1. one',
      '2. two *and* a half',
      '',
      'Title?',
      '---',
      'Last [2].',
    ].join('\n')
    const whole = renderTeamsText(text)
    let before = ''
    for (let end = 0; end <= text.length; end++) {
      const shown = renderTeamsPrefix(text.slice(0, end))
      expect(shown.startsWith(before), `at ${end}: ${shown.slice(-80)}`).toBe(true)
      expect(whole.startsWith(shown), `at ${end}: ${shown.slice(-80)}`).toBe(true)
      before = shown
    }
    expect(before.length).toBeGreaterThan(whole.length * 0.9)
  })
})

describe('text that wants to act', () => {
  it.each([
    ['a mention of everybody', '<at>everyone</at> look', '&lt;at>everyone&lt;/at> look'],
    ['a mention inside code', '`<at>x</at>`', '`&lt;at>x&lt;/at>`'],
    ['markup', '<img src=x onerror=alert(1)><script>', '&lt;img src=x onerror=alert(1)>&lt;script>'],
    ['a comment', 'a <!-- b -->', 'a &lt;!-- b -->'],
    ['a picture with data', 'See ![it](https://evil.example.com/?q=secret).', 'See it.'],
    ['a picture by reference', '![it][1]\n\n[1]: https://evil.example.com/', 'it\n\n[1]: https://evil.example.com/'],
    ['markup between backticks that are no code', 'a \\`<img src=x>\\` b', 'a \\`&lt;img src=x>\\` b'],
    ['code behind such a backtick', '\\` `<b>` <b>', '\\` `<b>` &lt;b>'],
    ['Slack words', '<!channel> hi', '&lt;!channel> hi'],
    ['less and more', '1 < 2 and 3 > 2', '1 < 2 and 3 > 2'],
  ])('%s becomes plain', (_, text, plain) => {
    expect(renderTeamsText(text)).toBe(plain)
  })

  it('is plain in the footer, a table, a title and a file name too', () => {
    const [message] = renderTeamsMessage(
      toReply({
        generated: false,
        footer: 'model *x* <at>all</at>\nturn t1',
        blocks: [{ kind: 'table', columns: ['[a](https://evil.example.com)'], rows: [['**b**']] }],
      }),
    )
    expect(message?.text).toBeUndefined()
    const card = JSON.stringify(message?.attachments?.[0]?.content)
    expect(card).toContain('_model \\\\*x\\\\* &lt;at>all&lt;/at> turn t1_')
    expect(card).toContain('\\\\[a\\\\](https://evil.example.com)')
    expect(card).toContain('\\\\*\\\\*b\\\\*\\\\*')
  })
})

describe('the AI entity', () => {
  it('cites what stands in the text, within every limit', () => {
    const text = Array.from({ length: 25 }, (_, i) => `Sentence [${i + 1}].`).join(' ')
    const citations = Array.from({ length: 30 }, (_, i) =>
      citation(30 - i, {
        title: 'T'.repeat(200),
        passage: `# Head\n![x](https://e.example.com) ${'long '.repeat(100)}`,
      }),
    )
    const entity = aiEntityOf(toReply({ text, blocks: [{ kind: 'citations', citations }] }))
    expect(entity.citation).toHaveLength(20)
    expect(entity.citation?.map((one) => one.position)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    for (const { appearance } of entity.citation ?? []) {
      expect(appearance.name?.length).toBeLessThanOrEqual(80)
      expect(appearance.abstract?.length).toBeLessThanOrEqual(160)
      expect(appearance.abstract).not.toContain('![')
    }
  })

  it('fills the abstract always, and links only to the web', () => {
    const citations = [
      citation(1, { url: 'javascript:alert(1)', passage: '', title: '' }),
      citation(2, { url: '' }),
      citation(3, { url: 'https://docs.example.com/a b' }),
    ]
    const entity = aiEntityOf(toReply({ text: 'a [1] b [2] c [3]', blocks: [{ kind: 'citations', citations }] }))
    expect(entity.citation?.[0]?.appearance).toEqual({
      '@type': 'DigitalDocument',
      name: 'Source 1',
      abstract: 'No preview.',
    })
    expect(entity.citation?.[1]?.appearance.url).toBeUndefined()
    expect(entity.citation?.[2]?.appearance.url).toContain('https://docs.example.com/')
  })

  it('is not on what no model wrote, and neither are the thumbs', () => {
    const [message] = renderTeamsMessage(toReply({ generated: false }))
    expect(message?.entities).toBeUndefined()
    expect(message?.channelData).toBeUndefined()
  })
})

describe('size', () => {
  const size = (activity: unknown) => JSON.stringify(activity).length * 2

  it.each([
    ['quotes', '"\n'.repeat(60_000)],
    ['one endless word', 'x'.repeat(150_000)],
    ['emoji', '😀'.repeat(70_000)],
    ['one code block', `\`\`\`js\n${'let a = 1\n'.repeat(12_000)}\`\`\``],
    ['many paragraphs', 'Some words.\n\n'.repeat(10_000)],
  ])('of %s stays under 100 KB a message, and no part breaks a character or a fence', (_, text) => {
    const parts = renderTeamsMessage(toReply({ text, footer: 'turn t1' }))
    expect(parts.length).toBeGreaterThan(1)
    for (const part of parts) {
      expect(size(part)).toBeLessThan(100 * 1024)
      expect(part.text?.isWellFormed()).toBe(true)
      expect((part.text?.match(/^```/gm) ?? []).length % 2).toBe(0)
    }
    const letters = (words: string) => words.replace(/\s|```(js)?/g, '')
    const joined = letters(parts.map((part) => part.text).join('')).replace('_turnt1_', '')
    expect(joined).toBe(letters(text))
  })

  it('of a card that does not fit beside the text goes into a message of its own', () => {
    const rows = Array.from({ length: 80 }, (_, i) => [`row ${i}`, 'v'.repeat(300)])
    const blocks: Reply['blocks'] = [{ kind: 'table', columns: ['a', 'b'], rows }]
    const parts = renderTeamsMessage(toReply({ text: 'x '.repeat(14_000), blocks }))
    expect(parts).toHaveLength(2)
    expect(parts[1]?.attachments).toHaveLength(1)
    expect(JSON.stringify(parts[1])).toContain('30 more rows are not shown.')
  })

  it('is left alone where it fits', () => {
    expect(splitText('a\n\n\nb', 10)).toEqual(['a\n\n\nb'])
  })
})

describe('a card', () => {
  it('holds fields, progress and buttons, whose data names the action', () => {
    const [message] = renderTeamsMessage(
      toReply({
        generated: false,
        blocks: [
          { kind: 'fields', fields: [{ label: 'Version', value: '3' }] },
          { kind: 'progress', label: 'Pages', done: 2, total: 5 },
        ],
        buttons: [{ action: 'approve', label: 'Approve', value: { id: '7' }, style: 'danger' }],
      }),
    )
    expect(message?.attachments?.[0]).toMatchObject({
      contentType: 'application/vnd.microsoft.card.adaptive',
      content: {
        version: '1.5',
        body: [{ type: 'TextBlock' }, { type: 'FactSet' }, { type: 'TextBlock', text: 'Pages: 2 of 5' }],
        actions: [
          { type: 'Action.Submit', title: 'Approve', data: { action: 'approve', id: '7' }, style: 'destructive' },
        ],
      },
    })
  })

  it('shows code as it was written, line by line, although cards know no code', () => {
    const text =
      'Run it?\n\n```sql\nSELECT a_b, count(*)\nFROM [t]\n\n  WHERE x = `y`\n- 1\n```\n\nDone **well**.\n\n~~~\nopen'
    const button = { action: 'approve', label: 'Run', value: {} }
    const [message] = renderTeamsMessage(toReply({ text, generated: false, buttons: [button] }))
    const content = message?.attachments?.[0]?.content as { body: { text: string; fontType?: string }[] } | undefined
    expect(content?.body.map((block) => [block.fontType ?? '', block.text])).toEqual([
      ['', 'Run it?'],
      ['Monospace', 'SELECT a_b, count(\\*)\n\nFROM \\[t\\]\n\n\u00A0\u00A0WHERE x = \\`y\\`\n\n\u2060- 1'],
      ['', 'Done **well**.'],
      ['Monospace', 'open'],
    ])
  })

  it('never stands beside text in one message, which Teams could not change afterwards', () => {
    const table = { kind: 'table' as const, columns: ['a'], rows: [['b']] }
    const text = '**Ask?** Run `promote v3`.\n\n# What will change\n\n- alias'
    const [command, ...none] = renderTeamsMessage(toReply({ text, generated: false, blocks: [table] }))
    expect(none).toEqual([])
    expect(command).toMatchObject({ summary: 'Ask? Run promote v3.' })
    expect(command?.attachments?.[0]).toMatchObject({
      content: {
        body: [
          { text: '**Ask?** Run promote v3.' },
          { text: '**What will change**' },
          { text: '- alias' },
          { type: 'Table' },
        ],
      },
    })
    const answered = renderTeamsMessage(toReply({ text, generated: true, blocks: [table] }))
    expect(answered.map((one) => [one.text !== undefined, one.attachments !== undefined])).toEqual([
      [true, false],
      [false, true],
    ])
  })
})
