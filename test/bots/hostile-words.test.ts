// A reason, an answer excerpt or a name that wants to act, in every place of a note and of a card, on both faces.
import { describe, expect, test } from 'vitest'
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
