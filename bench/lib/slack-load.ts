// Pre-signed Slack events and a load generator on bare sockets, so that the client is never what limits the figure.
import { connect, type Socket } from 'node:net'
import { signSlack } from '../../test/stand-ins/slack.ts'

let seq = 0

/** A complete HTTP request, signed, of an event that no other request has. */
export function toSignedRequest(port: number, secret: string, text: string): Buffer {
  seq += 1
  const now = Date.now()
  const ts = `${Math.floor(now / 1000)}.${String(seq).padStart(6, '0')}`
  const body = JSON.stringify({
    token: 'unused',
    team_id: 'T1',
    context_team_id: 'T1',
    api_app_id: 'A1',
    event: {
      type: 'app_mention',
      user: `U${seq % 50}`,
      text: `<@UBOT> ${text}`,
      ts,
      event_ts: ts,
      channel: `C${seq % 200}`,
      team: 'T1',
    },
    type: 'event_callback',
    event_id: `Ev${now}${seq}`,
    event_time: Math.floor(now / 1000),
    authorizations: [
      { enterprise_id: null, team_id: 'T1', user_id: 'UBOT', is_bot: true, is_enterprise_install: false },
    ],
    is_ext_shared_channel: false,
    event_context: '4-eyJldCI6ImFwcF9tZW50aW9uIn0',
  })
  const stamp = Math.floor(now / 1000)
  const head = [
    'POST /slack/events HTTP/1.1',
    `host: 127.0.0.1:${port}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-slack-request-timestamp: ${stamp}`,
    `x-slack-signature: ${signSlack(secret, stamp, body)}`,
    'connection: keep-alive',
  ].join('\r\n')
  return Buffer.from(`${head}\r\n\r\n${body}`)
}

/** One connection: sends a request, resolves with the status once the whole answer has come. */
export class Line {
  readonly #socket: Socket
  #text = ''
  #done: ((status: number) => void) | null = null

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', (data) => this.#take(data.toString('latin1')))
    this.#socket.on('error', () => this.#end(0))
    this.#socket.on('close', () => this.#end(0))
  }

  send(request: Buffer): Promise<number> {
    this.#text = ''
    if (this.#socket.destroyed) return Promise.resolve(0)
    return new Promise((resolve) => {
      this.#done = resolve
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(text: string): void {
    this.#text += text
    const head = this.#text.indexOf('\r\n\r\n')
    if (head === -1) return
    const length = /content-length: (\d+)/i.exec(this.#text.slice(0, head))?.[1]
    const whole =
      length === undefined ? this.#text.endsWith('0\r\n\r\n') : this.#text.length >= head + 4 + Number(length)
    if (whole) this.#end(Number(this.#text.slice(9, 12)))
  }

  #end(status: number): void {
    const done = this.#done
    this.#done = null
    done?.(status)
  }
}

/** Sends all requests over `lines` connections, each waiting for its answer; returns events per second. */
export async function closedLoop(port: number, requests: readonly Buffer[], lines: number): Promise<number> {
  const open = Array.from({ length: lines }, () => new Line(port))
  let next = 0
  let failed = 0
  const began = performance.now()
  await Promise.all(
    open.map(async (line) => {
      for (let request = requests[next++]; request; request = requests[next++]) {
        if ((await line.send(request)) !== 200) failed += 1
      }
    }),
  )
  const seconds = (performance.now() - began) / 1000
  for (const line of open) line.close()
  if (failed > 0) throw new Error(`${failed} of ${requests.length} events were not acknowledged with 200`)
  return requests.length / seconds
}

/** Sends at a fixed rate whatever the answers do; returns the milliseconds to each acknowledgement. */
export async function openLoop(port: number, requests: readonly Buffer[], perSecond: number): Promise<number[]> {
  const idle: Line[] = []
  const all: Line[] = []
  const waits: Promise<void>[] = []
  const times: number[] = []
  const began = performance.now()
  for (const [index, request] of requests.entries()) {
    const due = began + (index * 1000) / perSecond
    const rest = due - performance.now()
    if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest))
    let line = idle.pop()
    if (!line) {
      line = new Line(port)
      all.push(line)
    }
    const used = line
    // From when it was due, so that a generator that falls behind does not hide a wait.
    waits.push(
      used.send(request).then((status) => {
        if (status !== 200) throw new Error(`An event was answered ${status}`)
        times.push(performance.now() - due)
        idle.push(used)
      }),
    )
  }
  await Promise.all(waits)
  for (const line of all) line.close()
  return times
}
