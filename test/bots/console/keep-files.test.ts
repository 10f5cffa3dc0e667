// What a terminal cannot show is saved, and the reply says where.
import { describe, expect, it } from 'vitest'
import { createConsoleChannel } from '../../../src/bots/console/console-channel.ts'
import { type Block, type Reply, toPlainReply } from '../../../src/core/reply.ts'
import { toAddress } from '../../../src/core/turn.ts'
import { BARS, FILE, FORM } from '../desk-tool.ts'

const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47])

function screen(saveFile?: (name: string, data: string | Uint8Array) => Promise<string>) {
  const written: string[] = []
  const saved = new Map<string, string | Uint8Array>()
  const keep = async (name: string, data: string | Uint8Array) => {
    saved.set(name, data)
    return `/data/exports/${name}`
  }
  const channel = createConsoleChannel(
    { write: (text) => void written.push(text), status() {}, style: { color: false } },
    { saveFile: saveFile ?? keep, renderChart: async () => PNG },
  )
  const show = (reply: Reply, key = 'turn:t1', refs: string[] = []) =>
    channel.post(toAddress('console'), reply, {
      ...{ key, refs, retry: refs.length > 0, since: new Date().toISOString(), posted: true },
      recordRef: async () => {},
    })
  return { show, saved, text: () => written.join('') }
}

const reply = (blocks: Block[], more: Partial<Reply> = {}) => toPlainReply('t1', 'Here it is.', { blocks, ...more })

describe('the console', () => {
  it('saves a file and the picture of a chart, and says where', async () => {
    const { show, saved, text } = screen()
    await show(
      reply([
        { kind: 'chart', ...BARS },
        { kind: 'file', ...FILE },
      ]),
    )
    expect(saved.get('tickets-t1.csv')).toBe(FILE.text)
    expect(saved.get('chart-1-t1.png')).toEqual(PNG)
    expect(text()).toContain('tickets.csv: saved as /data/exports/tickets-t1.csv')
    expect(text()).toContain('Picture: saved as /data/exports/chart-1-t1.png')
    expect(text()).toMatch(/billing +14 {2}█+/)
  })

  it('saves under the same name where the reply is shown again, and another for another reply', async () => {
    const { show, saved } = screen()
    await show(reply([{ kind: 'file', ...FILE }]))
    await show(reply([{ kind: 'file', ...FILE }]))
    await show({ ...reply([{ kind: 'file', ...FILE }]), turn: 'approval a7f3k2' })
    expect([...saved.keys()]).toEqual(['tickets-t1.csv', 'tickets-approval-a7f3k2.csv'])
  })

  it('shows the reply all the same where nothing can be saved, with the reason', async () => {
    const { show, text } = screen(() => Promise.reject(new Error('the disk is full')))
    await show(
      reply([
        { kind: 'chart', ...BARS },
        { kind: 'file', ...FILE },
      ]),
    )
    expect(text()).toContain('Here it is.')
    expect(text()).toContain('tickets.csv: could not be saved: the disk is full')
  })

  it('shows a form as its values, and how to change one in words', async () => {
    const { show, text } = screen()
    await show(reply([{ kind: 'form', ...FORM }]))
    expect(text()).toContain('  Category    billing\n  Error code\n  Summary     Charged twice.\n')
    expect(text()).toContain('To change it: correct t-1 category=outage')
  })

  it('prints a card that ended with its chart, once', async () => {
    const { show, text, saved } = screen()
    await show(reply([], { outcome: 'waiting' }))
    const done = { ...reply([{ kind: 'chart', ...BARS }], { outcome: 'done' }), text: 'It is done.' }
    await show(done, 'turn:t1', ['screen'])
    await show(done, 'turn:t1', ['screen'])
    expect(text().split('It is done.')).toHaveLength(2)
    expect(saved.size).toBe(1)
  })

  it('never lets escape sequences out of a ticket reach the terminal', async () => {
    const { show, text } = screen()
    const evil = '\u001b[2J\u001b]0;x\u0007<b>\u009b31m'
    const fields = [{ id: 'a', label: evil, value: evil }]
    await show(
      reply([
        { kind: 'form', ...FORM, fields, command: evil },
        { kind: 'chart', ...BARS, title: evil, labels: [evil, 'b', 'c'] },
      ]),
    )
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    expect(text()).not.toMatch(/[\u001b\u0007\u009b]/)
  })
})
