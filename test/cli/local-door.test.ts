// Commands beside a running server: the server carries them out, for the user of the data folder alone.
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ingest } from '../../src/cli/ingest.ts'
import { doorPath } from '../../src/cli/local-door.ts'
import { operate } from '../../src/cli/operate.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { silentLog } from '../../src/core/log.ts'
import { serve } from '../../src/main.ts'
import { makeFolder } from './run-cli.ts'
import { createTerminal } from './terminal.ts'

const folder = makeFolder()
const data = join(folder.path, 'data')
const policy = join(folder.path, 'policy.json')
const settings = readConfig({ LAKEDESK_DATA: data, LAKEDESK_PORT: '0', LAKEDESK_POLICY: policy })
let stop = (): void => {}
let served: Promise<void>

async function run(name: string, text: string, as: string) {
  const terminal = createTerminal()
  const ok = await operate({ name, text, as, readsOnly: false }, settings, silentLog, terminal)
  return { ok, out: terminal.out(), err: terminal.err() }
}

beforeAll(async () => {
  mkdirSync(join(folder.path, 'docs'))
  writeFileSync(join(folder.path, 'docs', 'a.md'), '# Backups\n\nBackups run every night at 02:00 UTC.\n')
  const people = ['ana', 'bo'].map((name) => ({ principal: name, identities: [`console/local/${name}`] }))
  writeFileSync(policy, JSON.stringify({ approval: { approvers: ['bo'], privileges: [] }, people }))
  await ingest([join(folder.path, 'docs')], settings, silentLog, createTerminal())
  served = serve(settings, silentLog, {
    invocations: true,
    until: () =>
      new Promise((resolve) => {
        stop = () => resolve('TEST')
      }),
  })
  const path = doorPath(data) ?? ''
  for (let i = 0; i < 400 && !existsSync(path); i++) await sleep(25)
})

afterAll(async () => {
  stop()
  await served
  expect(existsSync(doorPath(data) ?? '')).toBe(false)
  folder.dispose()
})

describe('a command beside a server', () => {
  it('is carried out by the server and answered here', async () => {
    const shown = await run('versions', '', 'ana')
    expect(shown).toMatchObject({ ok: true, err: '' })
    expect(shown.out).toContain('Champion')
    const refused = await run('promote', 'v99', 'ana')
    expect(refused.ok).toBe(false)
    expect(refused.out).toContain('v99')
  })

  it('is told to the one who asked, where several ask at once', async () => {
    const all = await Promise.all([
      run('champion', '', 'ana'),
      run('promote', 'banana', 'bo'),
      run('promotions', '', 'ana'),
    ])
    expect(all.map(({ ok }) => ok)).toEqual([true, false, true])
    expect(all[0]?.out).toContain('is Champion since')
    expect(all[1]?.out).toContain('banana')
    expect(all[2]?.out).not.toContain('banana')
  })

  it('comes only from the user of the data folder, and nonsense is turned away', async () => {
    const path = doorPath(data) ?? ''
    expect(statSync(path).mode & 0o077).toBe(0)
    const socket = createConnection(path)
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.on('error', () => {})
    socket.write('{"name": 1}\n')
    await closed
    expect((await run('versions', '', 'ana')).ok).toBe(true)
  })
})
