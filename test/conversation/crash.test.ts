// Kill -9 at seeded random points between accept and last chunk: every accepted turn is answered, fully, and once.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { CHUNKS, toFullAnswer } from './crash-answer.ts'
import { message, until } from './setup.ts'

const KILLS = 20
const SEED = 20_261_122

/** Mulberry32: the same numbers in every run. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

interface PlatformMessage {
  key: string
  text: string
  complete: boolean
}

const bodySchema = z.object({ id: z.string(), key: z.string(), text: z.string() }).partial()

/** The platform: outlives the process that is killed. `onRequest` sees each call before and after it took effect. */
class Platform {
  readonly messages: PlatformMessage[] = []
  onRequest: (when: 'before' | 'after') => void = () => {}

  run(method: string, { id = '', key = '', text = '' }: z.infer<typeof bodySchema>): string {
    const found = this.messages[Number(id) - 1]
    if (method === 'create') return String(this.messages.push({ key, text: '', complete: false }))
    if (method === 'find') return String(this.messages.findIndex((entry) => entry.key === key) + 1 || '')
    if (!found) throw new Error(`no message ${id}`)
    found.text = method === 'append' ? found.text + text : text
    found.complete ||= method === 'finish'
    return ''
  }

  textsOf(turnId: string): PlatformMessage[] {
    return this.messages.filter(({ key }) => key === `turn:${turnId}`)
  }
}

const platform = new Platform()
let server: Server
let folder: string
let child: ChildProcess

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lakedesk-crash-'))
  server = createServer(async (request, response) => {
    const body = bodySchema.parse(JSON.parse(await text(request)))
    platform.onRequest('before')
    if (child.killed) return void response.destroy()
    const result = platform.run((request.url ?? '').slice(1), body)
    platform.onRequest('after')
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

async function startChild(): Promise<{ said: string[] }> {
  const { port } = server.address() as AddressInfo
  const path = join(import.meta.dirname, 'crash-child.ts')
  child = spawn(process.execPath, [path, join(folder, 'store.db'), `http://127.0.0.1:${port}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  // Writing to a killed process fails; that it was killed is the test.
  child.stdin?.on('error', () => {})
  const said: string[] = []
  child.stdout?.on('data', (data: Buffer) => said.push(...data.toString().trim().split('\n')))
  await until(() => said.includes('started'))
  return { said }
}

it(`answers every turn once over ${KILLS} kills`, async () => {
  const random = createRandom(SEED)
  // Two turns of one thread, each with a create, its chunks and a finish.
  const calls = 2 * (CHUNKS.length + 2)
  const accepted: string[] = []
  for (let round = 0; round <= KILLS; round++) {
    const { said } = await startChild()
    await until(() => accepted.every((id) => platform.textsOf(id).some(({ complete }) => complete)))
    if (round === KILLS) break

    const left = Math.floor(random() * calls)
    const when = random() < 0.5 ? 'before' : 'after'
    const turns = [1, 2].map((n) => message(`question ${round}.${n}`, { thread: `desk:round-${round}` }))
    const closed = new Promise((resolve) => child.on('close', resolve))
    let seen = 0
    let bothIn = false
    platform.onRequest = (now) => {
      if (now !== when) return
      seen++
      // Not before both are accepted: what was never acknowledged may be lost, since the platform sends it again.
      if (seen >= left && bothIn) child.kill('SIGKILL')
    }
    child.stdin?.write(turns.map((turn) => `${JSON.stringify(turn)}\n`).join(''))
    await until(() => turns.every((turn) => said.includes(`accepted ${turn.id}`)))
    bothIn = true
    if (seen >= left) child.kill('SIGKILL')
    await closed
    platform.onRequest = () => {}
    accepted.push(...turns.map((turn) => turn.id))
  }
  expect(accepted).toHaveLength(2 * KILLS)
  for (const id of accepted) {
    expect(platform.textsOf(id)).toEqual([{ key: `turn:${id}`, text: toFullAnswer(id), complete: true }])
  }
  expect(platform.messages).toHaveLength(accepted.length)
})
