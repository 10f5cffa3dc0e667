// Rendering for Slack: nothing a model or a document wrote can act, and nothing it wrote is lost.
import { describe, expect, test } from 'vitest'
import { readSlackText } from '../../../src/bots/slack/read-slack-text.ts'
import { MAX_MARKDOWN, renderSlackReply } from '../../../src/bots/slack/render-slack-blocks.ts'
import { renderNativeChart } from '../../../src/bots/slack/render-slack-chart.ts'
import { renderSlackMarkdown, stableEnd } from '../../../src/bots/slack/render-slack-markdown.ts'
import { renderSlackMrkdwn } from '../../../src/bots/slack/render-slack-mrkdwn.ts'
import { splitMarkdown } from '../../../src/bots/slack/split-markdown.ts'
import { type Chart, type Reply, toPlainReply } from '../../../src/core/reply.ts'
import { findBlockFaults } from '../../../src/playground/slack/check-blocks.ts'

const CORPUS = [
  'Hello <!channel> and <!here> and <!everyone>',
  '`<!channel>` and ``<@U1>`` in code',
  '```\n<!channel> <@U12345> <#C123> <!subteam^S1|@all> <https://evil.example|click>\n```',
  '~~~html\n<!here>\n~~~',
  '    <!channel> indented',
  '> <!channel> quoted',
  '&lt;!channel&gt; &#60;!channel&#62; &#x3c;!here&#x3e; &amp;lt;!channel&amp;gt;',
  '<https://evil.example/?q=secret|harmless> <mailto:a@b.c|x> <tel:1|x>',
  '![pixel](https://evil.example/p.png?d=secret) ![ref][1]\n\n[1]: https://evil.example/x',
  '| a | <!channel> |\n| --- | --- |\n| `<@U1>` | <!here> |',
  `| ${Array.from({ length: 25 }, () => '<!channel>').join(' | ')} |`,
  '- [ ] <!channel>\n  1. <@U1>',
  '`unclosed <!channel>\nnext ` <@U1>',
  '# <!channel>\n**<!here>** _<@U1>_',
  '<\u200b!channel> <<!channel>> <!date^1^{date}|x> <@W123|name>',
  '```\nopen fence <!channel>',
]
const ACTIVE = /<[@#!]|<(https?|mailto|tel|ftp|slack):/i

describe('the injection corpus', () => {
  test.each(CORPUS)('%j cannot act as Markdown', (text) => {
    const rendered = renderSlackMarkdown(text)
    expect(rendered).not.toMatch(ACTIVE)
    expect(rendered).not.toContain('![')
    expect(rendered).not.toMatch(/&#/)
  })

  test.each(CORPUS)('%j cannot act as mrkdwn', (text) => {
    const rendered = renderSlackMrkdwn(text)
    const own = rendered.replace(/<(https?:|mailto:)[^>|]*(\|[^>]*)?>/g, '')
    expect(own).not.toContain('<')
  })

  test.each(CORPUS)('%j cannot act from a title, a footer, a field or a label', (text) => {
    const reply: Reply = toPlainReply('t', 'x', {
      footer: text,
      blocks: [
        {
          kind: 'citations',
          citations: [{ n: 1, doc_id: 'd', title: text, url: 'https://x.example/a|b>c', passage: text }],
        },
        { kind: 'fields', fields: [{ label: text, value: text }] },
        { kind: 'table', columns: [text], rows: [[text]] },
        { kind: 'progress', label: text, done: 1, total: 2 },
      ],
    })
    for (const message of renderSlackReply(reply, 'post')) {
      const all = JSON.stringify(message).replace(/<https:\/\/x\.example\/a%7Cb%3Ec\|/g, '')
      expect(all).not.toMatch(ACTIVE)
    }
  })

  test('a citation links only http(s), and its title cannot break out of the link', () => {
    const render = (url: string, title: string) =>
      JSON.stringify(
        renderSlackReply(
          toPlainReply('t', 'x', {
            blocks: [{ kind: 'citations', citations: [{ n: 3, doc_id: 'doc', title, url, passage: '' }] }],
          }),
          'post',
        ),
      )
    expect(render('https://docs.example/a?b=1&c=2', 'A > B')).toContain(
      '[3] <https://docs.example/a?b=1&amp;c=2|A &gt; B>',
    )
    expect(render('javascript:alert(1)', 'Title')).not.toContain('javascript')
    expect(render('', '')).toContain('[3] doc')
    expect(render('https://x.example/', 'a|b>\n<!channel>')).not.toMatch(/<!channel>/)
  })
})

test('code keeps its characters, prose is escaped', () => {
  expect(renderSlackMarkdown('a < b && c > d')).toBe('a &lt; b &amp;&amp; c &gt; d')
  expect(renderSlackMarkdown('run `a < b && c > d` now')).toBe('run `a < b && c > d` now')
  expect(renderSlackMarkdown('```html\n<div class="x">&amp;</div>\n```')).toBe(
    '```html\n<div class="x">&amp;</div>\n```',
  )
  expect(renderSlackMarkdown('no \\`code <b> & x\\` here, but `a<b`')).toBe(
    'no \\`code &lt;b&gt; &amp; x\\` here, but `a<b`',
  )
  expect(renderSlackMarkdown('> quoted > text')).toBe('> quoted &gt; text')
  expect(renderSlackMarkdown('[a](https://x.example/?a=1&b=2)')).toBe('[a](https://x.example/?a=1&amp;b=2)')
})

test('the rendering of a stable prefix is a prefix of the rendering of the whole, for every length', () => {
  const wide = `| ${Array.from({ length: 22 }, (_, n) => `c${n}`).join(' | ')} |`
  const all = [
    ...CORPUS,
    `Intro\n\n${wide}\n|${' --- |'.repeat(22)}\n${wide}\n\nOutro & \`code <x\` <b>`,
    'he said \\`<a> & b\\` and \\\\`<c>` or \\``<d>` at the end',
    'a\n\n   b  c\n\n\n```\n  x\n```\ny ``a`b`` z',
  ].join('\n\n')
  const whole = renderSlackMarkdown(all)
  let before = ''
  for (let length = 0; length <= all.length; length += 1) {
    const prefix = all.slice(0, length)
    const end = stableEnd(prefix)
    const piece = renderSlackMarkdown(prefix.slice(0, end), false)
    if (!whole.startsWith(piece)) expect(piece).toBe(whole.slice(0, piece.length))
    if (piece.length > before.length && before !== '') expect(piece.slice(before.length)).toMatch(/^\S/)
    if (piece.length > before.length) before = piece
  }
})

test('mrkdwn of each kind of Markdown', () => {
  const text = renderSlackMrkdwn(
    '# Head **bold**\n\n**b** *i* ~~s~~ `c<`\n\n- one\n  - two\n1. x\n2. y\n\n- [x] done\n\n> quote\n> more\n\n[label](https://a.example/b) <https://c.example>\n\n| Name | N |\n| --- | --- |\n| aa | 1 |\n\n```sh\nls < x\n```\n\n---\n\nend\\\nline <b>',
  )
  expect(text).toContain('*Head bold*')
  expect(text).toContain('*b* _i_ ~s~ `c&lt;`')
  expect(text).toContain('• one\n    • two')
  expect(text).toContain('1. x\n2. y')
  expect(text).toContain('• ☑ done')
  expect(text).toContain('> quote\n> more')
  expect(text).toContain('<https://a.example/b|label> <https://c.example|https://c.example>')
  expect(text).toContain('```\nName  N\n----  -\naa    1\n```')
  expect(text).toContain('```\nls &lt; x\n```')
  expect(text).toContain('&lt;b&gt;')
})

describe('splitting', () => {
  test('cuts at block borders and loses nothing', () => {
    const source = Array.from({ length: 40 }, (_, n) => `Paragraph ${n}, a few words.`).join('\n\n')
    const pieces = splitMarkdown(source, 300)
    expect(pieces.join('')).toBe(source)
    for (const piece of pieces) {
      expect(piece.length).toBeLessThanOrEqual(300)
      expect(piece).toMatch(/^Paragraph/)
    }
  })

  test('a table goes on under its header, a fence in its language', () => {
    const rows = Array.from({ length: 50 }, (_, n) => `| row ${n} | value |`).join('\n')
    const tables = splitMarkdown(`| A | B |\n| --- | --- |\n${rows}\n`, 300)
    for (const piece of tables) expect(piece).toMatch(/^\| A \| B \|\n\| --- \| --- \|\n\| row/)
    expect(tables.join('').match(/\| row/g)).toHaveLength(50)
    const code = splitMarkdown(
      `\`\`\`sql\n${Array.from({ length: 50 }, (_, n) => `select ${n};`).join('\n')}\n\`\`\`\n`,
      200,
    )
    for (const piece of code) expect(piece).toMatch(/^```sql\n[\s\S]*```\n?$/)
  })

  test.each([
    ['one word of 5,000 characters', 'x'.repeat(5_000)],
    ['emoji only', '🦦'.repeat(2_000)],
    ['a line of words', 'word '.repeat(2_000)],
    ['a long line in a fence', `\`\`\`\n${'y'.repeat(3_000)}\n\`\`\``],
    ['a header wider than the limit', `| ${'h'.repeat(500)} |\n| --- |\n${'| a |\n'.repeat(300)}`],
    ['many escapes', '<&>'.repeat(1_500)],
  ])('%s ends, and fits', (_name, source) => {
    const measure = (piece: string) => renderSlackMarkdown(piece).length
    const pieces = splitMarkdown(source, 400, measure)
    expect(pieces.length).toBeGreaterThan(1)
    expect(pieces.length).toBeLessThan(200)
    for (const piece of pieces) {
      expect(piece.isWellFormed()).toBe(true)
      if (!source.startsWith('| h')) expect(measure(piece)).toBeLessThanOrEqual(410)
    }
  })

  test('a reply of 40,000 escapes fits every limit', () => {
    for (const size of ['post', 'update'] as const) {
      const messages = renderSlackReply(toPlainReply('t', '<&> '.repeat(10_000)), size)
      for (const { text, blocks } of messages) {
        expect(String(blocks[0]?.text).length).toBeLessThanOrEqual(MAX_MARKDOWN)
        expect(text.length).toBeLessThanOrEqual(size === 'update' ? 4_000 : 40_000)
      }
    }
  })
})

test('buttons of a reply carry their action and value', () => {
  const [message] = renderSlackReply(
    toPlainReply('t', 'x', { buttons: [{ action: 'retry', label: 'Again', value: { id: '1' }, style: 'primary' }] }),
    'post',
  )
  expect(message?.blocks.at(-1)).toMatchObject({
    type: 'actions',
    elements: [{ action_id: 'lakedesk:retry', value: '{"id":"1"}', style: 'primary' }],
  })
})

test.each([
  ['<@UBOT> how &amp; why?', 'how & why?'],
  ['<@UBOT|lakedesk>: hi', 'hi'],
  [
    '<https://a.example|a.example> <https://b.example> <mailto:x@y.z|x@y.z>',
    'a.example https://b.example x@y.z'.replace('a.example', 'https://a.example'),
  ],
  [
    '<#C1|general> <@U2> <!here> <!subteam^S1> <!subteam^S1|@ops> <!date^1^{x}|Monday>',
    '#general @U2 @here @group @ops Monday',
  ],
  ['&lt;!channel&gt; &amp;lt;', '<!channel> &lt;'],
  ['`<@UBOT>` stays', '`@UBOT` stays'],
  ['', ''],
  ['🦦', '🦦'],
])('reads %j', (raw, text) => {
  expect(readSlackText(raw, 'UBOT')).toBe(text)
})

test('a chart of nights carries its gate as a second, constant line, and takes a single night', () => {
  const labels = Array.from({ length: 14 }, (_, night) => `Nov ${night + 9}`)
  const gate = { name: 'gate', values: labels.map(() => 0.85) }
  const chart = (count: number, values: (number | null)[]): Chart => ({
    ...{ type: 'line', title: 'Faithfulness of the last nights', labels: labels.slice(0, count) },
    series: [
      { name: 'Champion', values },
      { ...gate, values: gate.values.slice(0, count) },
    ],
  })
  const whole = labels.map((_, night) => 0.9 + night / 1000)
  for (const native of [renderNativeChart(chart(14, whole)), renderNativeChart(chart(1, [0.9]))]) {
    expect(native).toMatchObject({
      type: 'data_visualization',
      chart: { type: 'line', series: [{}, { name: 'gate' }] },
    })
    expect(findBlockFaults([native], 'message', () => false)).toEqual([])
  }
  // A night without data would be shown as a value that nobody measured.
  expect(renderNativeChart(chart(14, [null, ...whole.slice(1)]))).toBeNull()
})
