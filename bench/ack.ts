// How fast signed Slack events are acknowledged with durable accept, beside a bare Bolt app in the same run.
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describeMachine } from './lib/machine.ts'
import { median, percentile } from './lib/percentile.ts'
import { type Ready, type Role, runRole, SECRET } from './lib/slack-apps.ts'
import { closedLoop, openLoop, toSignedRequest } from './lib/slack-load.ts'
import { toTable } from './lib/table.ts'

const ROUNDS = 9
/** On a slow machine fewer rounds are run. */
const ROUNDS_LIMIT_MS = 40_000
const EVENTS = 5_000
const WARM_UP = 2_000
const LINES = 256
const RATE = 100
const RATE_SECONDS = 15
/** Nothing may take longer than this, whatever the machine. */
const TIME_LIMIT_MS = 90_000

const children: ChildProcess[] = []

interface Server {
  port: number
  /** Microseconds of CPU that its process has used. */
  cpu(): Promise<number>
}

async function startRole(role: Role, apiUrl = ''): Promise<Server> {
  const child = fork(fileURLToPath(import.meta.url), [role, apiUrl], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  children.push(child)
  const ready = await new Promise<Ready>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Ready))
    child.once('exit', (code) => reject(new Error(`The ${role} process ended with ${code} before it listened`)))
  })
  return {
    port: ready.port,
    cpu: () =>
      new Promise((resolve) => {
        child.once('message', (message) => {
          const { user, system } = message as NodeJS.CpuUsage
          resolve(user + system)
        })
        child.send('cpu')
      }),
  }
}

const requests = (port: number, count: number) =>
  Array.from({ length: count }, () => toSignedRequest(port, SECRET, 'How do I reset my password?'))

async function measureThroughput(api: string): Promise<void> {
  const bare = await startRole('bare')
  const ours = await startRole('lakedesk', api)
  const rates: Record<'bare' | 'ours', number[]> = { bare: [], ours: [] }
  const costs: Record<'bare' | 'ours', number[]> = { bare: [], ours: [] }
  for (const { port } of [bare, ours]) await closedLoop(port, requests(port, WARM_UP), LINES)
  const began = performance.now()
  for (let round = 0; round < ROUNDS && performance.now() - began < ROUNDS_LIMIT_MS; round += 1) {
    const order = [['bare', bare] as const, ['ours', ours] as const]
    for (const [name, { port, cpu }] of round % 2 === 0 ? order : order.reverse()) {
      const batch = requests(port, EVENTS)
      const before = await cpu()
      rates[name].push(await closedLoop(port, batch, LINES))
      costs[name].push(((await cpu()) - before) / EVENTS)
    }
  }
  const row = (name: string, values: number[], cost: number[]) => [
    name,
    median(values).toFixed(0),
    `${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)}`,
    median(cost).toFixed(0),
  ]
  const ratios = rates.ours.map((rate, at) => rate / (rates.bare[at] ?? Number.NaN))
  console.log(`\n${rates.ours.length} alternating rounds of ${EVENTS} unique signed events over ${LINES} connections\n`)
  console.log(
    toTable(
      ['app', 'events/s (median)', 'spread', 'CPU µs per event'],
      [
        row('bare Bolt, remembers nothing', rates.bare, costs.bare),
        row('Lakedesk, every turn on disk first', rates.ours, costs.ours),
      ],
    ),
  )
  const ratio = median(rates.ours) / median(rates.bare)
  const perRound = `per round ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`
  console.log(`\nRatio ${ratio.toFixed(2)} (${perRound}); mark: at least 0.70. ${ratio >= 0.7 ? 'Met.' : 'MISSED.'}`)
}

async function measureLatency(api: string): Promise<void> {
  const { port } = await startRole('answering', api)
  await openLoop(port, requests(port, RATE * 2), RATE)
  const times = await openLoop(port, requests(port, RATE * RATE_SECONDS), RATE)
  const at = (share: number) => percentile(times, share).toFixed(1)
  console.log(`\n${RATE} events/s for ${RATE_SECONDS} s while 8 answers at a time are being written and streamed\n`)
  console.log(toTable(['acknowledged within', 'p50', 'p90', 'p99', 'max'], [['ms', at(0.5), at(0.9), at(0.99), at(1)]]))
  const p99 = percentile(times, 0.99)
  console.log(`\np99 ${p99.toFixed(1)} ms; mark: under 100 ms. ${p99 < 100 ? 'Met.' : 'MISSED.'}`)
}

async function main(): Promise<void> {
  const limit = setTimeout(() => {
    console.error(`The benchmark did not end within ${TIME_LIMIT_MS / 1000} s and was broken off.`)
    process.exit(1)
  }, TIME_LIMIT_MS)
  console.log(`bench:ack on ${describeMachine()}`)
  try {
    const api = `http://127.0.0.1:${(await startRole('slack')).port}/api/`
    await measureThroughput(api)
    await measureLatency(api)
  } finally {
    clearTimeout(limit)
    for (const child of children) child.disconnect()
  }
}

const [, , role, apiUrl] = process.argv
if (role) await runRole(role as Role, apiUrl ?? '')
else await main()
