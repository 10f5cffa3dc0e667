// Events of the playground: who reads too slowly is dropped, everybody else hears all, and who comes back hears what was missed.
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEventHub, type EventHub } from '../../src/playground/event-hub.ts'
import type { PlaygroundEvent, PlaygroundView } from '../../src/playground/words.ts'
import { listenTo, waitFor } from './played.ts'

const VIEW: PlaygroundView = {
  version: '1',
  seats: [],
  slack: {
    ...{ team: '', botUser: '', botName: '', channels: [], messages: [], modals: [], homes: {}, statuses: {} },
    ...{ prompts: {}, titles: {}, commands: [], shortcuts: [] },
  },
  teams: { botName: '', chats: [], messages: [], typing: {}, commands: [], extensions: [], files: [] },
  wire: [],
  steps: [],
  bot: { state: 'ready', note: '', since: '', starts: 1 },
  faults: { twice: false, lateMs: 0, limited: 0, cut: 0 },
}

let hub: EventHub
let server: Server
let url: string
const sockets: Socket[] = []

beforeEach(async () => {
  hub = createEventHub(() => VIEW, 256 * 1024)
  server = createServer((req, res) => hub.attach(res, req.headers['last-event-id'] as string | undefined))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(async () => {
  hub.close()
  for (const socket of sockets.splice(0)) socket.destroy()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const removed = (at: number, padding = ''): PlaygroundEvent => ({
  kind: 'slack-removed',
  channel: `C1${padding}`,
  ts: String(at),
})

describe('the events', () => {
  it('drop a reader that does not read, and reach another one all the same', async () => {
    const reader = await listenTo(url)
    const lazy = connect(Number(new URL(url).port), '127.0.0.1')
    sockets.push(lazy)
    lazy.write('GET /api/events HTTP/1.1\r\nhost: playground\r\n\r\n')
    lazy.pause()
    await waitFor(() => (hub.listeners() === 2 ? true : undefined), 'two readers', 5_000)
    const padding = 'x'.repeat(100_000)
    let sent = 0
    while (hub.listeners() === 2 && sent < 400) {
      hub.send(removed(sent++, padding))
      await sleep(2)
    }
    expect(hub.listeners()).toBe(1)
    expect(sent).toBeLessThan(400)
    await waitFor(() => (reader.heard.length === sent + 1 ? true : undefined), 'all events', 10_000)
    reader.leave()
  })

  it('tell who comes back what was missed, and all where that is not known any more', async () => {
    const first = await listenTo(url)
    hub.send(removed(1))
    await waitFor(() => (first.heard.length === 2 ? true : undefined), 'the event', 5_000)
    const known = first.heard[1]?.id
    first.leave()
    hub.send(removed(2))
    hub.send(removed(3))
    const back = await listenTo(url, known)
    await waitFor(() => (back.heard.length === 2 ? true : undefined), 'the missed events', 5_000)
    expect(back.heard.map(({ event }) => event)).toEqual([removed(2), removed(3)])
    back.leave()
    for (const lastId of ['17', 'nonsense', '', String(Number(known) + 1_000_000)]) {
      const anew = await listenTo(url, lastId)
      await waitFor(() => (anew.heard.length > 0 ? true : undefined), 'the hello', 5_000)
      expect(anew.heard[0]?.event.kind, lastId).toBe('hello')
      anew.leave()
    }
    for (let at = 4; at < 500; at++) hub.send(removed(at))
    const late = await listenTo(url, known)
    await waitFor(() => (late.heard.length > 0 ? true : undefined), 'the hello', 5_000)
    expect(late.heard[0]?.event.kind).toBe('hello')
    late.leave()
  })
})
