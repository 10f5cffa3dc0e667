// A reason, an answer excerpt or a name that wants to act, in every place of a note and of a card, on both faces.
import { describe, expect, test } from 'vitest'
import { renderConsoleButtons, renderConsoleText } from '../../src/bots/console/render-console-text.ts'
import { renderSlackReply } from '../../src/bots/slack/render-slack-blocks.ts'
import { renderTeamsMessage } from '../../src/bots/teams/render-teams-message.ts'
import { type Reply, toPlainReply } from '../../src/core/reply.ts'
import { toPlainLine } from '../../src/core/text/plain-markdown.ts'

const HOSTILE = {
  'a call to everybody': '<!channel> <!here> <!subteam^S1> <!date^1^x^https://evil.example|y> &lt;!everyone&gt;',
  'a mention': '<@U123> <at>Bo</at> `<at>Bo</at>` `<!channel>`',
  'a link': '[the runbook](https://evil.example/x) <https://evil.example|go> `[x](https://evil.example)`',
  'a picture': '![x](https://evil.example/p.png) <img src="https://evil.example/q.png"> ![x][r]',
  formatting: '**v3 is done** *x* _y_ ~z~ `code` | a | b |',
}

/** As a tool says it: in the text its words are made plain by the tool, everywhere else by the face. */
function toCard(words: string): Reply {
  return toPlainReply(
    't',
    `**Forced past the gate: “${toPlainLine(words)}”**\n\n- \`entity ${words.replaceAll('`', "'")}\``,
    {
      footer: words,
      blocks: [
        { kind: 'fields', fields: [{ label: words, value: words }] },
        { kind: 'table', columns: ['Metric', words], rows: [[words, words]] },
        { kind: 'progress', label: words, done: 1, total: 2 },
      ],
      buttons: [{ action: 'approve', label: words, value: { reason: words }, confirm: words }],
    },
  )
}

/** Every string that is shown, by the key it stands under; data of buttons and plain text are not read as markup. */
function shownBy(value: unknown, isPlain = false): string[] {
  if (typeof value === 'string') return isPlain ? [] : [value]
  if (Array.isArray(value)) return value.flatMap((item) => shownBy(item, isPlain))
  if (typeof value !== 'object' || value === null) return []
  const plain = isPlain || ('type' in value && value.type === 'plain_text')
  return Object.entries(value).flatMap(([key, item]) =>
    ['value', 'data', 'title', 'summary', 'type', 'action_id', '$schema'].includes(key) && typeof item !== 'object'
      ? key === 'value' && 'title' in value
        ? shownBy(item, plain)
        : []
      : key === 'data'
        ? []
        : shownBy(item, plain),
  )
}

const NOTE = (words: string) => toPlainReply('t', `Request a7f3k2 is done. It was forced: ${toPlainLine(words)}`)

describe.each(Object.entries(HOSTILE))('%s', (_, words) => {
  test.each([
    ['a card', toCard(words)],
    ['a note', NOTE(words)],
  ])('does nothing in Slack in %s', (_, reply) => {
    for (const message of renderSlackReply(reply, 'post')) {
      for (const text of shownBy(message)) {
        expect(text).not.toMatch(/<[@!#]/)
        expect(text).not.toMatch(/<(?:mailto|slack|tel):/)
        expect(text).not.toMatch(/<https?:/)
      }
      // What is read as Markdown holds no link and no picture; what is read as mrkdwn knows neither.
      for (const block of message.blocks) {
        if (block.type !== 'markdown') continue
        const prose = String(block.text).replace(/`[^`]*`/g, '')
        expect(prose).not.toMatch(/(?<!\\)\]\(/)
        expect(prose).not.toMatch(/!\[/)
      }
    }
  })

  test.each([
    ['a card', toCard(words)],
    ['a note', NOTE(words)],
  ])('does nothing in Teams in %s', (_, reply) => {
    for (const message of renderTeamsMessage(reply)) {
      expect(JSON.stringify(message)).not.toMatch(/"(?:Image|Action\.OpenUrl|BackgroundImage|mention)"|"entities"/)
      for (const text of shownBy(message)) {
        expect(text).not.toMatch(/<\/?at\b/i)
        expect(text).not.toMatch(/(?<!\\)\]\(/)
        expect(text).not.toMatch(/!\[/)
        expect(text).not.toMatch(/<https?:/)
      }
    }
  })
})

test('formatting in a cell or a fact is shown as it was written', () => {
  const reply = toPlainReply('t', 'x', {
    blocks: [{ kind: 'table', columns: ['Metric'], rows: [['**v3** is `done` [x](y), answer_relevance/v1/mean']] }],
  })
  const literal = '\\*\\*v3\\*\\* is \\`done\\` \\[x\\](y), answer_relevance/v1/mean'
  const slack = renderSlackReply(reply, 'post')[0]?.blocks[1]
  expect(slack?.text).toContain(literal)
  expect(JSON.stringify(renderTeamsMessage(reply))).toContain('\\\\*\\\\*v3')
})

describe('letters that turn the order of others around', () => {
  const TURNED = 'safe \u202Egnp.exe\u202C \u2066a\u2069 \u202Ab\u202B c\u202D d\u2067 e\u2068 f'
  const KEPT = 'שלום \u200Fabc\u200E'
  const toReply = (words: string): Reply => {
    const card = toCard(words)
    return {
      ...card,
      text: `A **${words}** \`${words}\`\n\n\`\`\`\n${words}\n\`\`\`\n\n| a |\n|---|\n| ${words} |`,
      generated: true,
      blocks: [
        ...card.blocks,
        {
          kind: 'citations',
          citations: [{ n: 1, doc_id: 'd', title: words, url: '', passage: words }],
        },
        {
          kind: 'chart',
          type: 'bar',
          title: words,
          labels: [words, 'b'],
          series: [{ name: words, values: [1, 2] }],
          unit: words,
        },
        { kind: 'chart', type: 'line', title: words, labels: [words, 'b'], series: [{ name: words, values: [0, 0] }] },
        {
          kind: 'form',
          action: 'correct',
          submit: words,
          value: {},
          fields: [
            { id: 'a', label: words, value: words, options: ['b'] },
            { id: 'c', label: words, value: words },
            { id: 'd', label: words, value: words.repeat(200) },
          ],
          command: words,
        },
        { kind: 'file', name: 'a.csv', mediaType: 'text/csv', text: words },
      ],
    }
  }
  // What a button carries and what a select hands in are no words that anybody sees.
  const strip = (key: string, value: unknown) =>
    key === 'data' || (key === 'value' && typeof value === 'string' && value.startsWith('{')) ? undefined : value
  const faces: [string, (reply: Reply) => string][] = [
    ['Slack', (reply) => JSON.stringify(renderSlackReply(reply, 'post'), strip)],
    ['Slack, where it is edited', (reply) => JSON.stringify(renderSlackReply(reply, 'update'), strip)],
    ['Teams', (reply) => JSON.stringify(renderTeamsMessage({ ...reply, text: `${reply.text} [1]` }), strip)],
    ['Teams, in one card', (reply) => JSON.stringify(renderTeamsMessage({ ...reply, generated: false }), strip)],
    ['the terminal', (reply) => renderConsoleText(reply, { color: true, width: 80 }) + renderConsoleButtons(reply)],
  ]

  test.each(faces)('do not reach %s', (_, render) => {
    const shown = render(toReply(TURNED))
    expect(shown.match(/.{20}[\u202A-\u202E\u2066-\u2069].{20}/g)).toBeNull()
    expect(shown).toContain('gnp.exe')
  })

  test.each(faces)('are not those that a language needs, in %s', (_, render) => {
    expect(render(toReply(KEPT))).toContain(KEPT)
  })
})

test('lines of a value begin no list, heading or quotation in a card of Teams', () => {
  const value = 'It fails:\n- first\n+ second\n1. third\n2) fourth\n# fifth\n> sixth\n---\nends - here'
  const reply = toPlainReply('t', 'x', { blocks: [{ kind: 'fields', fields: [{ label: 'Text', value }] }] })
  const [message] = renderTeamsMessage(reply)
  const content = message?.attachments?.[0]?.content as { body: { facts?: { value: string }[] }[] } | undefined
  const shown = (content?.body ?? []).flatMap(({ facts = [] }) => facts)[0]?.value ?? ''
  expect(shown).not.toMatch(/^ {0,3}(?:[-+*]|\d+[.)]|#{1,6})(?:\s|$)|^ {0,3}(?:>|-{2,}|={2,})/m)
  expect(shown.replaceAll('\u2060', '')).toBe(value)
})
