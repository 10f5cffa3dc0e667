// What Slack's limits and hostile Markdown do to an answer: nothing is refused, nothing is lost, code stays as written.
import { afterEach, describe, expect, test } from 'vitest'
import { renderSlackReply } from '../../../src/bots/slack/render-slack-blocks.ts'
import { renderSlackMarkdown, stableEnd } from '../../../src/bots/slack/render-slack-markdown.ts'
import { renderSlackMrkdwn } from '../../../src/bots/slack/render-slack-mrkdwn.ts'
import { toPlainReply } from '../../../src/core/reply.ts'
import { findTableFault } from '../../stand-ins/slack-tables.ts'
import { answers, createSlackRig, mention, type SlackRig, settled, shown, speak } from './slack-rig.ts'

const table = (rows: number, cell: string) =>
  `| Name | Value |\n| --- | --- |\n${Array.from({ length: rows }, (_, n) => `| row ${n} | ${cell} |`).join('\n')}`

describe('tables', () => {
  let rig: SlackRig
  afterEach(() => rig.close())

  const cases = [
    ['of 250 short rows', table(250, 'x'), 250],
    ['of 90 long rows', table(90, 'many words '.repeat(10).trim()), 90],
    ['two of 60 long rows each', `${table(60, 'y'.repeat(75))}\n\nMore:\n\n${table(60, 'z'.repeat(75))}`, 120],
    ['of 250 short rows and text after it', `Intro\n\n${table(250, 'x')}\n\nAnd that is all.`, 250],
  ] as const

  test.each(cases)('%s, posted', async (_name, text, rows) => {
    rig = await createSlackRig(async () => text)
    await rig.slack.sendEvent(rig.url, mention(rig.slack, 'A table?'))
    await settled(rig)
    const seen = answers(rig.slack, 'C1').map(shown)
    expect(rig.slack.calls.filter(({ error }) => error !== '')).toEqual([])
    expect(seen.join('\n').match(/\| row \d+ \|/g)).toHaveLength(rows)
    for (const part of seen) expect(part).toMatch(/\| Name \| Value \|\n\| --- \| --- \|\n\| row/)
  })

  test.each(cases)('%s, streamed', async (_name, text, rows) => {
    rig = await createSlackRig(async (_question, emit) => speak(text, emit, 0, 300))
    await rig.slack.sendEvent(rig.url, mention(rig.slack, 'A table?'))
    await settled(rig)
    const parts = answers(rig.slack, 'C1')
    expect(rig.slack.calls.filter(({ error }) => error !== '')).toEqual([])
    expect(
      parts
        .map(shown)
        .join('\n')
        .match(/\| row \d+ \|/g),
    ).toHaveLength(rows)
    expect(parts.every((part) => !part.edited && ((part.text.match(/^```/gm) ?? []).length & 1) === 0)).toBe(true)
  })
})

test('the rendering of a stable prefix of a long table is a prefix of the rendering of the whole', () => {
  const all = `${table(120, 'x')}\n\nthen\n\n${table(110, 'w'.repeat(90))}\n\nend`
  const whole = renderSlackMarkdown(all)
  for (let length = 0; length <= all.length; length += 37) {
    const piece = renderSlackMarkdown(all.slice(0, stableEnd(all.slice(0, length))), false)
    if (!whole.startsWith(piece)) expect(piece).toBe(whole.slice(0, piece.length))
  }
  expect(findTableFault(whole)).toBe('')
})

test('a table block that is too long is cut between rows and says how many are missing', () => {
  const rows = Array.from({ length: 300 }, (_, n) => [`row ${n}`, 'a value of some length'])
  const blocks = [{ kind: 'table' as const, columns: ['Name', 'Value'], rows }]
  for (const text of ['Plain words.', table(80, 'q'.repeat(90))]) {
    const messages = renderSlackReply(toPlainReply('t', text, { blocks }), 'post')
    for (const message of messages) {
      const markdown = message.blocks.filter(({ type }) => type === 'markdown').map((block) => String(block.text))
      expect(findTableFault(markdown.join('\n\n'))).toBe('')
    }
    const last = JSON.stringify(messages.at(-1)?.blocks)
    const seen = last.match(/\| row \d+ \| a value/g)?.length ?? 0
    expect(seen).toBeGreaterThan(50)
    expect(last).toContain(`${300 - seen} more rows are not shown`)
  }
})

describe('hostile Markdown', () => {
  test.each([
    ['lists in lists', '- '.repeat(2_000)],
    ['numbers in numbers', `${'1. '.repeat(1_500)}x`],
    ['quotes in quotes', `${'>'.repeat(5_000)} x`],
    ['footnotes in footnotes', '[^a]: '.repeat(1_500)],
    ['emphasis in emphasis', '*_'.repeat(8_000)],
    ['brackets', '['.repeat(10_000)],
  ])('%s is shown as it was written', async (_name, text) => {
    const rig = await createSlackRig(async () => `${text}\n\nThe end.`)
    await rig.slack.sendEvent(rig.url, mention(rig.slack, 'Evil?'))
    await settled(rig)
    const parts = answers(rig.slack, 'C1')
    expect(parts.length).toBeGreaterThan(0)
    expect(parts.map(({ text }) => text).join('')).toContain('The end.')
    expect(renderSlackReply(toPlainReply('t', text), 'update').length).toBeGreaterThan(0)
    await rig.close()
  })

  test('what is too deep is escaped, and ordinary nesting is not too deep', () => {
    expect(renderSlackMrkdwn(`${'- '.repeat(500)}<!channel>`)).toBe(`${'- '.repeat(500)}&lt;!channel&gt;`)
    expect(renderSlackMrkdwn('> > - 1. **deep**')).toContain('*deep*')
    expect(renderSlackMrkdwn(`**b**\n\n${'-'.repeat(60)}\n\n${'-    '.repeat(25)}`)).toContain('*b*')
  })
})

test.each(['std::vector<std::string> x;', 'Map<k8s:pod>', 'template <class:T>', 'if (a<b) c<x:y>()'])(
  'the code %s is not altered',
  (code) => {
    expect(renderSlackMarkdown(`\`\`\`cpp\n${code}\n\`\`\``)).toBe(`\`\`\`cpp\n${code}\n\`\`\``)
    expect(renderSlackMarkdown(`Use \`${code}\`.`)).toBe(`Use \`${code}\`.`)
  },
)

test.each(['https://x', 'HTTP://x', 'mailto:a', 'tel:1', 'ftp://x', 'slack://x', '@U1', '#C1', '!here'])(
  'in code <%s> cannot act',
  (target) => {
    expect(renderSlackMarkdown(`\`<${target}>\``)).toBe(`\`<\u2060${target}>\``)
  },
)
