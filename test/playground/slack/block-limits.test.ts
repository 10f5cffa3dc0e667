// Block Kit's limits: what Slack takes, and what it refuses, with the place of the fault.
import { WebClient } from '@slack/web-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SlackStandIn } from '../../../src/playground/slack/slack-stand-in.ts'
import { openWorkspace, plain, TOKEN } from './workspace.ts'

let slack: SlackStandIn
let client: WebClient
beforeAll(async () => {
  slack = await openWorkspace()
  client = new WebClient(TOKEN, { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } })
})
afterAll(() => slack.close())

const post = (blocks: unknown) => client.apiCall('chat.postMessage', { channel: 'CSUPPORT', text: 'x', blocks })
const x = (length: number) => 'x'.repeat(length)
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text })
const button = (more: object = {}) => ({ type: 'button', text: plain('Go'), action_id: 'go', ...more })
const actions = (...elements: object[]) => ({ type: 'actions', elements })
const options = (count: number) => Array.from({ length: count }, (_, n) => ({ text: plain(`o${n}`), value: `${n}` }))
const select = (more: object = {}) => ({ type: 'static_select', action_id: 's', options: options(2), ...more })
const input = (element: object, more: object = {}) => ({ type: 'input', label: plain('Name'), element, ...more })
const chart = (series: object[], categories = ['a', 'b']) => ({
  type: 'data_visualization',
  title: 'Faithfulness',
  chart: { type: 'line', series, axis_config: { categories } },
})
const line = (name: string, values = [1, 2]) => ({
  name,
  data: values.map((value, at) => ({ label: ['a', 'b'][at], value })),
})
const feedback = (more: object = {}) => ({
  type: 'context_actions',
  elements: [
    {
      ...{ type: 'feedback_buttons', action_id: 'f' },
      positive_button: { text: plain('Good'), value: 'up' },
      negative_button: { text: plain('Bad'), value: 'down' },
      ...more,
    },
  ],
})
const cell = (text: string) => ({ type: 'raw_text', text })

test('one block of each kind at its limit is taken', async () => {
  const blocks = [
    { type: 'header', text: plain(x(150)) },
    { type: 'section', text: mrkdwn(x(3_000)), accessory: button() },
    { type: 'section', fields: Array(10).fill(mrkdwn(x(2_000))) },
    { type: 'divider' },
    { type: 'context', elements: Array(10).fill(mrkdwn('small')) },
    actions(...Array.from({ length: 25 }, (_, n) => button({ action_id: `a${n}`, value: x(2_000) }))),
    actions(
      select(),
      { type: 'overflow', action_id: 'o', options: options(5) },
      { type: 'datepicker', action_id: 'd' },
    ),
    input({ type: 'plain_text_input', action_id: 'i', initial_value: x(3_000) }),
    input(select({ options: options(100), initial_option: options(100)[7] })),
    { type: 'image', image_url: 'https://example.com/a.png', alt_text: '' },
    { type: 'markdown', text: x(11_000) },
    { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [] }] },
    { type: 'table', rows: Array.from({ length: 100 }, () => [cell('a'), cell('b')]) },
    chart([line('v3'), line('gate', [0.9, 0.9])]),
    feedback(),
  ]
  expect((await post(blocks)).ok).toBe(true)
  expect(
    slack
      .view()
      .messages.at(-1)
      ?.blocks.every(({ block_id }) => typeof block_id === 'string'),
  ).toBe(true)
})

describe('is refused with its place:', () => {
  test.each<[string, unknown, string]>([
    ['over 50 blocks', Array(51).fill({ type: 'divider' }), 'no more than 50 items allowed [json-pointer:/blocks]'],
    [
      'a header over 150',
      [{ type: 'header', text: plain(x(151)) }],
      'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
    ],
    [
      'a header in mrkdwn',
      [{ type: 'header', text: mrkdwn('x') }],
      'unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]',
    ],
    ['an empty section', [{ type: 'section' }], 'must provide either text or fields [json-pointer:/blocks/0]'],
    [
      'no words in a section',
      [{ type: 'section', text: mrkdwn('') }],
      'must be more than 0 characters [json-pointer:/blocks/0/text/text]',
    ],
    ['a section over 3,000', [{ type: 'section', text: mrkdwn(x(3_001)) }], '[json-pointer:/blocks/0/text/text]'],
    ['11 fields', [{ type: 'section', fields: Array(11).fill(mrkdwn('x')) }], '[json-pointer:/blocks/0/fields]'],
    ['a field over 2,000', [{ type: 'section', fields: [mrkdwn(x(2_001))] }], '[json-pointer:/blocks/0/fields/0/text]'],
    [
      '11 parts of a context',
      [{ type: 'context', elements: Array(11).fill(mrkdwn('x')) }],
      '[json-pointer:/blocks/0/elements]',
    ],
    ['an unknown block', [{ type: 'hologram' }], 'unsupported type: hologram [json-pointer:/blocks/0/type]'],
    ['an alert in a message', [{ type: 'alert', text: plain('x') }], 'unsupported type: alert'],
    [
      'a block_id that comes twice',
      [
        { type: 'divider', block_id: 'a' },
        { type: 'divider', block_id: 'a' },
      ],
      '`block_id` must be unique',
    ],
    ['a block_id over 255', [{ type: 'divider', block_id: x(256) }], '[json-pointer:/blocks/0/block_id]'],
    [
      '26 elements',
      [actions(...Array.from({ length: 26 }, (_, n) => button({ action_id: `${n}` })))],
      'no more than 25 items allowed',
    ],
    ['an action_id that comes twice', [actions(button(), button())], '`action_id` must be unique'],
    ['an action_id over 255', [actions(button({ action_id: x(256) }))], '/elements/0/action_id]'],
    ['words of a button over 75', [actions(button({ text: plain(x(76)) }))], '/elements/0/text/text]'],
    ['a value of a button over 2,000', [actions(button({ value: x(2_001) }))], '/elements/0/value]'],
    ['a style that is none', [actions(button({ style: 'pink' }))], '/elements/0/style]'],
    [
      'a question without its no',
      [actions(button({ confirm: { title: plain('T'), text: plain('Q'), confirm: plain('Y') } }))],
      '/confirm/deny]',
    ],
    [
      'a question over 300',
      [actions(button({ confirm: { title: plain('T'), text: plain(x(301)), confirm: plain('Y'), deny: plain('N') } }))],
      '/confirm/text/text]',
    ],
    ['thumbs in a row of buttons', [actions(...feedback().elements)], 'unsupported type: feedback_buttons'],
    ['a thumb without words', [feedback({ negative_button: { value: 'down' } })], '/negative_button/text]'],
    [
      '101 options',
      [actions(select({ options: options(101) }))],
      'no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]',
    ],
    ['no options', [actions(select({ options: [] }))], '/elements/0/options]'],
    [
      'an option over 75',
      [actions(select({ options: [{ text: plain(x(76)), value: 'v' }] }))],
      '/options/0/text/text]',
    ],
    [
      'a value of an option over 150',
      [actions(select({ options: [{ text: plain('x'), value: x(151) }] }))],
      '/options/0/value]',
    ],
    [
      'a first choice that is no option',
      [actions(select({ initial_option: { text: plain('z'), value: 'z' } }))],
      '/initial_option]',
    ],
    [
      'six options of a menu',
      [actions({ type: 'overflow', action_id: 'o', options: options(6) })],
      'no more than 5 items allowed',
    ],
    [
      'a date that is none',
      [actions({ type: 'datepicker', action_id: 'd', initial_date: '24.12.2026' })],
      '/initial_date]',
    ],
    [
      'a placeholder over 150',
      [input({ type: 'plain_text_input', placeholder: plain(x(151)) })],
      '/element/placeholder/text]',
    ],
    [
      'an input over its own length',
      [input({ type: 'plain_text_input', max_length: 5, initial_value: x(6) })],
      '/element/initial_value]',
    ],
    ['an input without a label', [{ type: 'input', element: { type: 'plain_text_input' } }], '/blocks/0/label]'],
    ['a button as an input', [input(button())], 'unsupported type: button'],
    ['a picture without a source', [{ type: 'image', alt_text: 'x' }], 'either image_url or slack_file'],
    ['a picture without alt text', [{ type: 'image', image_url: 'https://e.com/a.png' }], '/blocks/0/alt_text]'],
    [
      'Markdown over 12,000 in two blocks',
      [
        { type: 'markdown', text: x(6_001) },
        { type: 'markdown', text: x(6_001) },
      ],
      'markdown blocks must be less than 12001 characters',
    ],
    ['101 rows', [{ type: 'table', rows: Array(101).fill([cell('a')]) }], '/blocks/0/rows]'],
    ['21 columns', [{ type: 'table', rows: [Array(21).fill(cell('a'))] }], '/blocks/0/rows/0]'],
    [
      '10,001 characters of tables',
      [
        { type: 'table', rows: [[cell(x(5_000))]] },
        { type: 'table', rows: [[cell(x(5_001))]] },
      ],
      'tables must be less than 10001 characters',
    ],
    [
      'three charts',
      [chart([line('a')]), chart([line('a')]), chart([line('a')])],
      'no more than 2 data_visualization blocks allowed',
    ],
    ['a chart with a gap', [chart([line('a', [1])])], '/chart/series/0/data]'],
    ['two series of one name', [chart([line('a'), line('a')])], 'names must be unique'],
    ['a series over 20', [chart([line(x(21))])], '/chart/series/0/name]'],
    [
      '21 categories',
      [
        chart(
          [],
          Array.from({ length: 21 }, (_, n) => `${n}`),
        ),
      ],
      '/chart/axis_config/categories]',
    ],
  ])('%s', async (_, blocks, said) => {
    const before = slack.messages('CSUPPORT').length
    const error = (await post(blocks).catch((reason: unknown) => reason)) as { data?: { response_metadata?: unknown } }
    expect(error).toMatchObject({ data: { ok: false, error: 'invalid_blocks' } })
    expect(JSON.stringify(error.data?.response_metadata)).toContain(said)
    expect(slack.messages('CSUPPORT')).toHaveLength(before)
  })

  test('what is no list of blocks, by a name of its own', async () => {
    await expect(post('nonsense')).rejects.toMatchObject({ data: { error: 'invalid_blocks_format' } })
    await expect(post(['a'])).rejects.toMatchObject({ data: { error: 'invalid_blocks_format' } })
  })

  test('too many blocks under a stream, by a name of its own', async () => {
    const root = slack.say('CSUPPORT', 'q')
    const to = { channel: 'CSUPPORT', thread_ts: root, recipient_user_id: 'USAM', recipient_team_id: 'T1' }
    const { ts = '' } = await client.chat.startStream({ ...to, markdown_text: 'a' })
    const blocks = Array(51).fill({ type: 'divider' })
    await expect(client.chat.stopStream({ channel: 'CSUPPORT', ts, blocks })).rejects.toMatchObject({
      data: { error: 'msg_blocks_too_many' },
    })
    await expect(client.chat.appendStream({ channel: 'CSUPPORT', ts, markdown_text: x(12_001) })).rejects.toMatchObject(
      { data: { error: 'msg_too_long' } },
    )
  })
})
