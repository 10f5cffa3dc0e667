// The console as a channel: what stands on the screen after each way an answer can come.
import { describe, expect, it } from 'vitest'
import {
  type ConsoleChannelOptions,
  type ConsoleScreen,
  createConsoleChannel,
  createScreen,
} from '../../../src/bots/console/console-channel.ts'
import { renderConsoleText, toTerminalText } from '../../../src/bots/console/render-console-text.ts'
import type { Delivery } from '../../../src/core/channel.ts'
import { type Reply, toPlainReply } from '../../../src/core/reply.ts'
import { toAddress } from '../../../src/core/turn.ts'

const citation = (n: number, passage: string) => ({ n, doc_id: `doc-${n}.md`, title: `Page ${n}`, url: '', passage })

function setUp(options: ConsoleChannelOptions = {}) {
  let text = ''
  const statuses: string[] = []
  const refs: string[] = []
  const screenOf: ConsoleScreen = {
    write: (piece) => {
      text += piece
    },
    status: (line) => void statuses.push(line),
    style: { color: false },
  }
  const channel = createConsoleChannel(screenOf, options)
  const delivery: Delivery = {
    key: 'turn:t1',
    refs: [],
    retry: false,
    since: '2026-01-01T00:00:00.000Z',
    async recordRef(ref) {
      refs.push(ref)
    },
  }
  return { channel, delivery, statuses, refs, screen: () => text }
}

const here = toAddress('console')
const full: Reply = {
  ...toPlainReply('t1', 'The badge is yellow. [2]', { footer: 'product-docs-rag v1' }),
  blocks: [{ kind: 'citations', citations: [citation(2, '## Colours\n\nYellow.'), citation(1, 'Text.')] }],
}

describe('the console', () => {
  it('shows the answer as it is written, then the footnotes in the order of their numbers', async () => {
    const { channel, delivery, statuses, refs, screen } = setUp()
    const stream = channel.stream(here, delivery)
    stream.status('Searching the documentation')
    stream.write('The badge ')
    stream.status('no longer shown')
    stream.write('is yellow.')
    await stream.finish(full)
    expect(screen()).toBe(
      'The badge is yellow. [2]\n\n  [1] Page 1 — doc-1.md\n  [2] Page 2 › Colours — doc-2.md\nproduct-docs-rag v1\n',
    )
    expect(statuses).toEqual(['Searching the documentation', '', ''])
    expect(refs).toEqual(['screen'])
  })

  it('shows the whole reply where it is not what was written so far', async () => {
    const { channel, delivery, screen } = setUp()
    const stream = channel.stream(here, delivery)
    stream.write('Something el')
    await stream.finish(toPlainReply('t1', 'The model does not answer.'))
    expect(screen()).toBe('Something el\n\nThe model does not answer.\n')
  })

  it('posts what was never streamed', async () => {
    const { channel, delivery, screen, refs } = setUp()
    await channel.post(here, toPlainReply('t1', 'Thank you.'), delivery)
    expect([screen(), refs]).toEqual(['Thank you.\n', ['screen']])
  })

  it('says what to write about a request where no button can be pressed', async () => {
    const value = { approval: '4s9zq8', seal: 'abc' }
    const buttons = [
      { action: 'approve', label: 'Run', value },
      { action: 'reject', label: 'Do not run', value },
    ]
    const card: Reply = { ...toPlainReply('t1', 'Run it?', { footer: 'Request 4s9zq8' }), buttons }
    const script = setUp({ pressable: false })
    await script.channel.post(here, card, script.delivery)
    expect(script.screen()).toBe(
      'Run it?\n\nRequest 4s9zq8\n\n  To agree: lakedesk approve 4s9zq8 --as <you>\n  To refuse: lakedesk reject 4s9zq8 --as <you>\n',
    )
    const told = setUp({ pressable: false })
    const text = 'Without buttons: write `approve 4s9zq8`.'
    await told.channel.post(here, { ...card, text, footer: '' }, told.delivery)
    expect(told.screen()).not.toContain('lakedesk')
    const other = setUp({ pressable: false })
    const again = { action: 'run-query', label: 'Ask again', value: { sql: 'SELECT 1' } }
    await other.channel.post(here, { ...card, buttons: [again] }, other.delivery)
    expect(other.screen()).not.toContain('lakedesk')
    const chat = setUp()
    await chat.channel.post(here, card, chat.delivery)
    expect(chat.screen()).toContain('/press 1')
    expect(chat.screen()).not.toContain('lakedesk')
  })

  it('renders every block', () => {
    const reply: Reply = {
      ...toPlainReply('t1', 'Facts'),
      blocks: [
        { kind: 'fields', fields: [{ label: 'Category', value: 'billing' }] },
        { kind: 'table', columns: ['Plan', 'Price'], rows: [['Growth', '10'], ['Scale']] },
        { kind: 'progress', label: 'Rows', done: 3, total: 9 },
      ],
    }
    expect(renderConsoleText(reply, { color: false })).toBe(
      'Facts\n\n  Category: billing\nPlan    Price\n------  -----\nGrowth  10\nScale\n  Rows [#######-------------] 3 of 9\n',
    )
    expect(renderConsoleText(full, { color: true })).toContain('\u001b[2mproduct-docs-rag v1\u001b[22m')
  })

  it('lets no control sequence of a document reach the terminal', () => {
    expect(toTerminalText('a\u001b[2Jb\u0007c\nd\te\u009b31m')).toBe('a[2Jbc\nd\te31m')
  })

  it('keeps status lines to terminals, and replaces the last one', () => {
    const written: string[] = []
    const stream = (isTTY: boolean) => ({ isTTY, write: (text: string) => written.push(text) > 0 })
    createScreen(stream(false) as never, stream(false) as never).status('hidden')
    expect(written).toEqual([])
    const screen = createScreen(stream(true) as never, stream(true) as never)
    screen.status('working')
    screen.status('')
    expect(written).toEqual(['\r\rworking', '\r       \r'])
    expect(screen.style.color).toBe(true)
  })
})
