// What the Teams stand-in refuses, by Microsoft's names; and what it takes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTeamsStandIn, type TeamsStandIn } from '../../../src/playground/teams/create-teams-stand-in.ts'
import { MANIFEST, WORKSPACE } from './workspace.ts'

type Json = Record<string, unknown>

let teams: TeamsStandIn
let token = ''

beforeAll(async () => {
  const rules = { streamIntervalMs: 0, sendsPerSecond: 50 }
  teams = await createTeamsStandIn({ workspace: WORKSPACE, manifest: MANIFEST, rules })
  const response = await fetch(`${teams.loginUrl}/${teams.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: teams.appId,
      client_secret: teams.appPassword,
    }),
  })
  token = String(((await response.json()) as Json).access_token)
})
afterAll(() => teams.close())

async function call(
  method: string,
  path: string,
  body?: unknown,
  bearer = token,
): Promise<{ status: number; body: Json }> {
  const response = await fetch(`${teams.serviceUrl}v3/${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Json }
}

const at = (conversation: string, id = ''): string =>
  `conversations/${encodeURIComponent(conversation)}/activities${id === '' ? '' : `/${id}`}`
const say = (text: string, more: Json = {}) => ({ type: 'message', text, ...more })
const card = (body: Json[], actions: Json[] = []) => ({
  type: 'message',
  attachments: [
    {
      contentType: 'application/vnd.microsoft.card.adaptive',
      content: { type: 'AdaptiveCard', version: '1.5', body, ...(actions.length > 0 ? { actions } : {}) },
    },
  ],
})
const text = (words: string, more: Json = {}): Json => ({ type: 'TextBlock', text: words, ...more })
const stream = (streamType: string, streamSequence: number | undefined, words: string, more: Json = {}) => ({
  type: streamType === 'final' ? 'message' : 'typing',
  text: words,
  entities: [{ type: 'streaminfo', streamType, ...(streamSequence ? { streamSequence } : {}), ...more }],
})
const root = (count: number, more: Json = {}) => ({
  type: 'https://schema.org/Message',
  citation: Array.from({ length: count }, (_, i) => ({
    position: i + 1,
    appearance: { name: 'Page', abstract: 'Words', ...more },
  })),
})

describe('a call that is refused', () => {
  it.each<[string, number, string, string, string, unknown]>([
    ['too large', 413, 'MessageSizeTooBig', 'POST', at('a:sam'), say('x'.repeat(51_300))],
    ['a card over 28 KB', 413, 'MessageSizeTooBig', 'POST', at('a:sam'), card([text('x'.repeat(29_000))])],
    ['no JSON', 400, 'BadSyntax', 'POST', at('a:sam'), 'not json'],
    ['empty', 400, 'BadSyntax', 'POST', at('a:sam'), say('  ')],
    ['an event', 400, 'BadSyntax', 'POST', at('a:sam'), { type: 'event', name: 'x' }],
    ['two root entities', 400, 'BadSyntax', 'POST', at('a:sam'), say('x', { entities: [root(1), root(1)] })],
    ['21 citations', 400, 'BadSyntax', 'POST', at('a:sam'), say('x', { entities: [root(21)] })],
    ['a long name', 400, 'BadSyntax', 'POST', at('a:sam'), say('x', { entities: [root(1, { name: 'n'.repeat(81) })] })],
    [
      'a feedback loop of no kind',
      400,
      'BadSyntax',
      'POST',
      at('a:sam'),
      say('x', { channelData: { feedbackLoop: {} } }),
    ],
    [
      'suggestions in a group',
      400,
      'BadSyntax',
      'POST',
      at('19:group@thread.v2'),
      say('x', { suggestedActions: { actions: [{ type: 'imBack', title: 'a', value: 'a' }] } }),
    ],
    ['an unknown conversation', 404, 'ConversationNotFound', 'POST', at('19:nowhere@thread.v2'), say('x')],
    ['an unknown thread', 404, 'ConversationNotFound', 'POST', at('19:general@thread.tacv2;messageid=7'), say('x')],
    ['where the bot is not', 403, 'BotNotInConversationRoster', 'POST', at('19:closed@thread.tacv2'), say('x')],
    ['a message that is gone', 404, 'ActivityNotFoundInConversation', 'PUT', at('a:sam', '17'), say('x')],
    [
      'a stream in a group',
      403,
      'ContentStreamNotAllowed',
      'POST',
      at('19:group@thread.v2'),
      stream('streaming', 1, 'x'),
    ],
    ['a stream that begins late', 400, 'BadRequest', 'POST', at('a:eve'), stream('streaming', 2, 'x')],
    [
      'a stream of nobody',
      403,
      'ContentStreamNotAllowed',
      'POST',
      at('a:eve'),
      stream('streaming', 2, 'x', { streamId: '7' }),
    ],
    ['a chat with two', 400, 'BadArgument', 'POST', 'conversations', { members: [{ id: '29:sam' }, { id: '29:eve' }] }],
    ['a chat with a stranger', 403, 'Forbidden', 'POST', 'conversations', { members: [{ id: '29:nobody' }] }],
    [
      'a member who is none',
      404,
      'MemberNotFoundInConversation',
      'GET',
      'conversations/a%3Asam/members/29%3Aeve',
      undefined,
    ],
  ])('%s', async (_, status, code, method, path, body) => {
    const before = teams.view().messages.length
    expect(await call(method, path, body)).toMatchObject({ status, body: { error: { code } } })
    expect(teams.view().messages.length).toBe(before)
  })

  it('without a token of this service', async () => {
    for (const bearer of ['', 'x.y.z.w', `${token.slice(0, -3)}aaa`])
      expect((await call('POST', at('a:sam'), say('x'), bearer)).status).toBe(401)
  })

  it('changes a message that a person wrote, or text and card together', async () => {
    const { chat } = teams.world.find('a:bo')
    const own = teams.world.add(chat, { id: '1', from: 'bo', text: 'mine', activity: {}, stream: 'none' })
    expect(await call('PUT', at('a:bo', own.id), say('yours'))).toMatchObject({ status: 403 })
    const { body } = await call('POST', at('a:bo'), say('x'))
    const both = { ...card([text('y')]), text: 'x' }
    expect(await call('PUT', at('a:bo', String(body.id)), both)).toMatchObject({
      status: 400,
      body: { error: { message: 'Activity resulted into multiple skype activities' } },
    })
  })

  it('comes too often', async () => {
    const statuses: number[] = []
    for (let n = 0; n < 60; n++) statuses.push((await call('POST', at('19:group@thread.v2'), say(`n ${n}`))).status)
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0)
    expect(statuses.filter((status) => status === 201).length).toBeGreaterThanOrEqual(50)
  })
})

const gate = { type: 'Chart.Line', data: [{ legend: 'Gate', values: [{ x: '2026-11-01', y: 0.8 }] }] }
const choice = { type: 'Input.ChoiceSet', id: 'c', choices: [{ title: 'A', value: 'a' }] }
const toggle = (target: string) => ({ type: 'Action.ToggleVisibility', title: 'Edit', targetElements: [target] })

describe('a card', () => {
  it.each<[string, RegExp, Json[], Json[]]>([
    ['with an element that nobody knows', /Carousel|Invalid/, [{ type: 'Carousel' }], []],
    ['with an action that nobody knows', /actions\.0/, [text('x')], [{ type: 'Action.Launch', title: 'x' }]],
    ['with a property that nobody knows', /body\.0 \(TextBlock\).*colour/, [text('x', { colour: 'red' })], []],
    [
      'with one id twice',
      /one id/,
      [text('x', { id: 'a' }), { type: 'Container', items: [text('y', { id: 'a' })] }],
      [],
    ],
    ['with an input without an id', /body\.0/, [{ type: 'Input.Text' }], []],
    ['with an input of no kind', /body\.0/, [{ type: 'Input.Color', id: 'c' }], []],
    ['with a choice that is none', /choice/, [{ ...choice, value: 'z' }], []],
    ['that toggles nothing', /toggles/, [text('x', { id: 'a' })], [toggle('b')]],
    ['with a chart without words beside it', /fallback/, [gate], []],
    [
      'with a chart without points',
      /values/,
      [{ ...gate, data: [{ legend: 'x', values: [] }], fallback: text('x') }],
      [],
    ],
    [
      'with a row that is too short',
      /row/,
      [
        {
          type: 'Table',
          columns: [{ width: 1 }, { width: 1 }],
          rows: [{ type: 'TableRow', cells: [{ type: 'TableCell', items: [text('x')] }] }],
        },
      ],
      [],
    ],
  ])('%s is refused', async (_, words, body, actions) => {
    const answer = await call('POST', at('a:sam'), card(body, actions))
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'BadSyntax' } } })
    expect(JSON.stringify(answer.body)).toMatch(words)
  })

  it('with every kind of element and action that Teams knows is taken', async () => {
    const items = [
      { type: 'FactSet', facts: [{ title: 'a', value: 'b' }] },
      { type: 'ColumnSet', columns: [{ type: 'Column', width: 'auto', items: [text('x')] }] },
      { type: 'RichTextBlock', inlines: ['a', { type: 'TextRun', text: 'b', italic: true }] },
      { type: 'Image', url: 'https://example.com/a.png', altText: 'a' },
      { ...choice, value: 'a' },
      { type: 'Input.Toggle', id: 't', title: 'On', value: 'true' },
      { type: 'Input.Date', id: 'd' },
      { type: 'Input.Number', id: 'n', value: 2 },
      { type: 'ActionSet', actions: [toggle('box')] },
      { ...gate, fallback: text('0.8') },
      { type: 'Chart.Donut', data: [{ legend: 'a', value: 1 }], fallback: text('a') },
    ]
    const actions = [
      { type: 'Action.Submit', title: 'Send', data: { a: 1 }, style: 'positive' },
      { type: 'Action.Execute', title: 'Do', verb: 'do', data: {} },
      { type: 'Action.OpenUrl', title: 'Open', url: 'https://example.com/' },
      { type: 'Action.ShowCard', title: 'More', card: { type: 'AdaptiveCard', version: '1.5', body: [text('x')] } },
    ]
    const answer = await call('POST', at('a:sam'), card([{ type: 'Container', id: 'box', items }], actions))
    expect(answer).toMatchObject({ status: 201 })
  })
})

describe('a stream', () => {
  it('goes from informative lines over words to its end, and no further', async () => {
    const first = await call('POST', at('a:eve'), stream('informative', 1, 'Searching'))
    const streamId = String(first.body.id)
    const shown = () => teams.view().messages.find(({ id }) => id === streamId)
    expect(shown()).toMatchObject({ stream: 'open', text: '', informative: 'Searching' })
    const next = (type: string, n: number | undefined, words: string) =>
      call('POST', at('a:eve'), stream(type, n, words, { streamId }))
    expect((await next('streaming', 2, 'Open')).status).toBe(201)
    expect((await next('streaming', 2, 'Open the')).body).toMatchObject({ error: { code: 'BadRequest' } })
    expect((await next('informative', 3, 'Late')).body).toMatchObject({ error: { code: 'BadRequest' } })
    expect((await next('streaming', 3, 'Close')).body).toMatchObject({
      error: { code: 'ContentStreamNotAllowed', message: expect.stringContaining('previously streamed content') },
    })
    expect((await call('POST', at('a:eve'), stream('informative', 1, 'Another'))).status).toBe(403)
    expect((await next('final', undefined, 'Open the page')).status).toBe(201)
    expect(shown()).toMatchObject({ stream: 'done', text: 'Open the page' })
    expect(shown()?.informative).toBeUndefined()
    expect((await next('final', undefined, 'Open the page')).body).toMatchObject({
      error: { message: expect.stringContaining('already completed') },
    })
  })
})
