// Kill -9 before and after every call to the platform while a card is asked, copied, decided and edited: each shows once.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { eventually } from './approval-tools.ts'
import { action, command } from './setup.ts'

const bodySchema = z.object({ id: z.string(), key: z.string(), text: z.string(), buttons: z.string() }).partial()

interface Shown {
  key: string
  text: string
  buttons: string
}

/** The platform outlives the process that is killed. */
const platform = { messages: [] as Shown[], calls: 0, killAt: Number.POSITIVE_INFINITY }
let server: Server
let folder: string
let child: ChildProcess
let said: string[] = []

function run(method: string, { id = '', key = '', text = '', buttons = '' }: z.infer<typeof bodySchema>): string {
  const found = platform.messages[Number(id) - 1]
  if (method === 'create') return String(platform.messages.push({ key, text: '', buttons: '' }))
  if (method === 'find') return String(platform.messages.findIndex((entry) => entry.key === key) + 1 || '')
  if (!found) throw new Error(`no message ${id}`)
  Object.assign(found, { text, buttons })
  return ''
}

/** Two moments of each call: before it took effect, and after it, when the answer is lost. */
function passMoment(): boolean {
  if (++platform.calls !== platform.killAt) return false
  child.kill('SIGKILL')
  return true
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lakedesk-cards-'))
  server = createServer(async (request, response) => {
    const body = bodySchema.parse(JSON.parse(await text(request)))
    if (child.killed || passMoment()) return void response.destroy()
    const result = run((request.url ?? '').slice(1), body)
    if (passMoment()) return void response.destroy()
    response.end(result)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterAll(() => {
  child.kill('SIGKILL')
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true })
})

async function startChild(file: string): Promise<void> {
  const { port } = server.address() as AddressInfo
  const path = join(import.meta.dirname, 'crash-card-child.ts')
  child = spawn(process.execPath, [path, file, `http://127.0.0.1:${port}`], { stdio: ['pipe', 'pipe', 'inherit'] })
  // Writing to a killed process fails; that it was killed is the test.
  child.stdin?.on('error', () => {})
  said = []
  child.stdout?.on('data', (data: Buffer) => said.push(...data.toString().trim().split('\n')))
  await eventually(() => said.includes('started') || child.exitCode !== null || child.signalCode !== null)
}

async function look(): Promise<{ left: number; id: string; state: string; seal: string } | null> {
  const before = said.length
  child.stdin?.write('look\n')
  const line = await eventually(
    () => said.slice(before).find((one) => one.startsWith('look ')) ?? (child.signalCode === null ? '' : 'dead'),
  )
  if (line === 'dead') return null
  const [, left = '', id = '', state = '', seal = ''] = line.split(' ')
  return { left: Number(left), id, state, seal }
}

/** Goes on, with a new process after each kill, until the request is in that state and nothing is left to be shown. */
async function reach(state: string, file: string): Promise<{ id: string; seal: string }> {
  return eventually(async () => {
    if (child.signalCode !== null) await startChild(file)
    const seen = await look()
    return seen?.left === 0 && seen.state === state ? seen : null
  }, 15_000)
}

async function send(turn: { id: string }, file: string): Promise<void> {
  await eventually(async () => {
    if (child.signalCode !== null) await startChild(file)
    child.stdin?.write(`${JSON.stringify(turn)}\n`)
    // The platform sends again what was never acknowledged.
    return eventually(() => said.includes(`accepted ${turn.id}`) || child.signalCode !== null).then(() =>
      said.includes(`accepted ${turn.id}`),
    )
  }, 15_000)
}

/** The whole life of one request, killed at that moment; how many moments there were. */
async function live(killAt: number): Promise<number> {
  Object.assign(platform, { messages: [], calls: 0, killAt })
  const file = join(folder, `${killAt}.db`)
  const thread = `desk:${killAt}`
  await startChild(file)
  const ask = command('promote', 'v3', { user: { id: 'ana', tenant: 'acme' }, thread })
  await send(ask, file)
  const { id, seal } = await reach('open', file)
  await send(action('approve', { approval: id, seal }, { user: { id: 'ben', tenant: 'acme' }, thread }), file)
  await reach('done', file)
  const closed = new Promise((resolve) => child.on('close', resolve))
  const { calls } = platform
  child.kill('SIGKILL')
  await closed

  const cards = platform.messages.filter(({ text }) => text.startsWith('Promotion of v3'))
  const done = { text: `Promotion of v3 (request ${id}): done`, buttons: '0' }
  expect(cards, `killed at ${killAt}`).toHaveLength(2)
  for (const card of cards) expect(card).toMatchObject(done)
  const keys = platform.messages.map(({ key }) => key)
  expect(keys.toSorted(), `killed at ${killAt}`).toEqual([...new Set(keys)].toSorted())
  expect(keys).toContain(`turn:${ask.id}`)
  return calls
}

it('shows each card once, and dead in the end, wherever the process is killed', { timeout: 240_000 }, async () => {
  const moments = await live(Number.POSITIVE_INFINITY)
  expect(moments).toBeGreaterThan(12)
  for (let killAt = 1; killAt <= moments; killAt++) await live(killAt)
})
