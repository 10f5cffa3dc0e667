// What must not be promoted: each wrong request and each wrong click is one clear sentence and exit code 1, and nothing moves.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { takeLock } from '../../src/store/sqlite/lock.ts'
import { type CliResult, runCli } from '../cli/run-cli.ts'
import {
  askFor,
  makePolicy,
  makePromotionSite,
  mustRun,
  type PromotionSite,
  readStanding,
  requestOn,
} from './promotion-site.ts'

const UNMOVED = { alias: 1, serves: ['1'], moves: 0 }
let base: PromotionSite
let site: PromotionSite

beforeAll(async () => {
  base = await makePromotionSite(['v1', 'v3'])
}, 120_000)
afterAll(() => base.dispose())
beforeEach(() => {
  site = base.copy()
})
afterEach(() => site.dispose())

/** Refused in these words, on standard output without a trace of a crash, and nothing moved. */
function expectRefused({ code, out, err }: CliResult, words: RegExp): void {
  expect([code, out], `${out}${err}`).toEqual([1, expect.stringMatching(words)])
  expect(err).toBe('')
  expect(`${out}${err}`).not.toMatch(/\n\s+at |INTERNAL/)
  expect(readStanding(site)).toEqual(UNMOVED)
}

describe('a request that cannot be', { timeout: 120_000 }, () => {
  it('names no version, something that is none, one that is not there, or the Champion itself', async () => {
    expectRefused(
      await site.run('promote', 'ana'),
      /^Which version\? Write `promote v3`\. There are v3, v2, v1 \(Champion\)\.\n$/,
    )
    expectRefused(await site.run('promote banana', 'ana'), /^“banana” is no version, so nothing was asked for\. .*\n$/)
    expectRefused(await site.run('promote v99', 'ana'), /^There is no version v99 .*, so nothing was asked for\. .*\n$/)
    expectRefused(await site.run('promote v1', 'ana'), /^v1 is Champion .* already .* nothing to promote\.\n$/)
  })

  it('has no evaluation: evaluating it is offered', async () => {
    expectRefused(await site.run('promote v2', 'ana'), /v2 cannot be judged, so nothing was asked for\..*evaluat/is)
  })

  it('is one of two at once: one is asked for, the other is told of it', async () => {
    const both = await Promise.all([site.run('promote v3', 'ana'), site.run('promote v3', 'dee')])
    const [asked, told] = both.sort((a, b) => (a.code ?? 0) - (b.code ?? 0))
    expect([asked?.code, told?.code], `${asked?.err}${told?.err}`).toEqual([0, 1])
    expect(told?.err).toBe('')
    expect(told?.out).toMatch(/^Only one request for .* can be live at a time, so nothing was asked for\..*\n$/)
    expect(told?.out).toContain(requestOn(asked ?? { out: '' }))
    expect(readStanding(site)).toEqual(UNMOVED)
  })

  it('waits for its turn where another command has the store for a while', async () => {
    const lock = takeLock(join(site.path, 'data', 'store.db'))
    const waiting = site.run('promote v3', 'ana')
    await sleep(2500)
    lock.release()
    const { code, err } = await waiting
    expect([code, err]).toEqual([0, ''])
  })

  it('only looks: a dry run shows the card and stores nothing', async () => {
    const shown = await mustRun(site, 'promote v3 --dry-run', 'ana')
    expect(shown.out).toContain('alias Champion: v1 -> v3')
    expect((await mustRun(site, 'promotions')).out).not.toContain('request-promotion')
    expect(readStanding(site)).toEqual(UNMOVED)
  })

  it('has an endpoint that is not there, or a policy by which nobody may approve', async () => {
    site.setPolicy({ ...makePolicy(), endpoint: 'no-such-endpoint' })
    expectRefused(await site.run('promote v3', 'ana'), /no-such-endpoint/)
    site.setPolicy({ ...makePolicy(), approval: { approvers: [] } })
    expectRefused(await site.run('promote v3', 'ana'), /names nobody/)
  })

  it('meets a registry that is down', async () => {
    const down = { ...site.env, LAKEDESK_PLATFORM: 'mlflow', MLFLOW_TRACKING_URI: 'http://127.0.0.1:9' }
    const result = await runCli(['promote', 'v3', '--as', 'ana'], down)
    expect(result).toMatchObject({ code: 1, out: expect.stringMatching(/could not be reached.*PLATFORM_UNREACHABLE/) })
    expect(readStanding(site)).toEqual(UNMOVED)
  })
})

describe('a click that may not count', { timeout: 120_000 }, () => {
  it('comes a second time, or names no request', async () => {
    expectRefused(await site.run('approve', 'bo'), /^There is no request behind the command\./)
    expectRefused(await site.run('approve nothere', 'bo'), /^That is no id of a request\./)
    expectRefused(await site.run('approve a7f3k2', 'bo'), /^There is no request a7f3k2\./)
    const id = await askFor(site, 'v3')
    await mustRun(site, `approve ${id}`, 'bo')
    const again = await site.run(`approve ${id}`, 'cy')
    expect([again.code, again.out]).toEqual([
      1,
      expect.stringMatching(/^Request \w+ was approved by Bo .* and is done .*\n$/),
    ])
    expect(readStanding(site)).toEqual({ alias: 3, serves: ['3'], moves: 1 })
  })

  it('comes after the request has expired', async () => {
    const policy = makePolicy()
    site.setPolicy({ ...policy, approval: { ...policy.approval, expiresAfterHours: 1 / 3600, remindAfterHours: null } })
    const id = await askFor(site, 'v3')
    await sleep(1000)
    expectRefused(await site.run(`approve ${id}`, 'bo'), /expired/)
    expectRefused(await site.run(`approve ${id}`, 'bo'), /expired/)
  })

  it('rests on an evaluation that was run again since: void, naming what moved', async () => {
    const id = await askFor(site, 'v3')
    await mustRun(site, 'evaluate v3', 'ana')
    expectRefused(await site.run(`approve ${id}`, 'bo'), /evaluation/)
    expectRefused(await site.run(`approve ${id}`, 'bo'), /void/)
  })
})

describe('a promotion that is forced past the gate', { timeout: 120_000 }, () => {
  it('needs two others, and stays marked in the record', async () => {
    const reason = ['promote', 'v2', '--force', 'the old prompt leaks a name', '--as', 'ana']
    const asked = await runCli(reason, site.env)
    expect(asked).toMatchObject({ code: 0 })
    const id = requestOn(asked)
    await mustRun(site, `approve ${id}`, 'bo')
    expectRefused(await site.run(`approve ${id}`, 'bo'), /already/)
    await mustRun(site, `approve ${id}`, 'cy')
    expect(readStanding(site)).toEqual({ alias: 2, serves: ['2'], moves: 1 })
    expect((await mustRun(site, 'promotions')).out).toContain(
      'forced past a gate that did not pass: the old prompt leaks a name',
    )
  })
})
