// A promotion from the first command to the last by the console alone: each command is a process of its own in one data folder.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { askFor, makePromotionSite, mustRun, type PromotionSite, requestOn } from './promotion-site.ts'

const entrySchema = z.object({ seq: z.number(), turnId: z.string(), what: z.string() })
const STEP_MS = 120_000
let site: PromotionSite

beforeAll(async () => {
  site = await makePromotionSite()
}, 120_000)
afterAll(() => site.dispose())

/** The footer of the next answer names the version that answered. */
async function answeringVersion(): Promise<string> {
  const { out } = await mustRun(site, 'ask How long are backups kept?')
  expect(out).toContain('35 days')
  return /\bv(\d+)\b/.exec(out.slice(out.lastIndexOf('35 days')))?.[0] ?? out
}

async function champion(): Promise<string> {
  return /^v\d+/.exec((await mustRun(site, 'champion')).out)?.[0] ?? ''
}

describe('a promotion by the console alone', { timeout: STEP_MS }, () => {
  let beforeTheMove = ''
  let request = ''

  it('begins with v1, which is Champion and answers', async () => {
    expect(await champion()).toBe('v1')
    expect(await answeringVersion()).toBe('v1')
    expect((await mustRun(site, 'versions')).out).toMatch(/v3 .*\n.*v2 .*\n.*v1 .*Champion/)
  })

  it('refuses a version that is worse by the gate: exit code 1, and nothing moved', async () => {
    const refused = await site.run('promote v2', 'ana')
    expect(refused.code).toBe(1)
    expect(refused.out).toContain('v2 does not pass the gate, so it cannot be approved.')
    expect(refused.out).toContain('refusal_correctness/v1/mean')
    expect(await champion()).toBe('v1')
    expect((await mustRun(site, 'promotions')).out).not.toContain('request-promotion')
  })

  it('asks, waits, and lets only a listed approver other than the asker decide', async () => {
    request = await askFor(site, 'v3')
    beforeTheMove = new Date().toISOString()
    const own = await site.run(`approve ${request}`, 'ana')
    expect([own.code, own.out]).toEqual([1, expect.stringMatching(/These may: bo@acme\.example, cy@acme\.example/)])
    const stranger = await site.run(`approve ${request}`, 'eve')
    expect([stranger.code, stranger.out]).toEqual([1, expect.stringContaining('linked to no person')])
    expect(await champion()).toBe('v1')
    const done = await mustRun(site, `approve ${request}`, 'bo')
    expect(done.out).toContain(`Champion of ml_catalog.rag_apps.product_docs_rag is v3 now (before: v1)`)
    expect(await champion()).toBe('v3')
    expect(await answeringVersion()).toBe('v3')
  })

  it('goes back by one person, and tells who was Champion when', async () => {
    const between = new Date().toISOString()
    const id = requestOn(await mustRun(site, 'rollback', 'bo'))
    await mustRun(site, `approve ${id}`, 'bo')
    expect(await champion()).toBe('v1')
    expect(await answeringVersion()).toBe('v1')
    expect((await mustRun(site, `champion on ${between}`)).out).toContain(', v3 of ')
    expect((await mustRun(site, `champion on ${beforeTheMove}`)).out).toContain(', v1 of ')
    const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
    expect((await mustRun(site, `champion on ${yesterday}`)).out).toContain('is not known: the record begins at')
    const moves = (await mustRun(site, 'promotions')).out
    expect(moves).toMatch(/Rolled back from v3 to v1 .*approved by Bo.*\n- Promoted from v1 to v3 .*asked by Ana/)
  })

  it('proves its record, also outside the folder, and names the line where one byte was changed', async () => {
    const verified = await mustRun(site, 'audit verify')
    const lines = Number(/holds: (\d+) lines/.exec(verified.out)?.[1])
    const exported = join(site.path, 'audit.jsonl')
    writeFileSync(exported, (await mustRun(site, 'audit export')).out)
    expect((await mustRun(site, `audit verify --file ${exported}`)).out).toContain(`holds: ${lines} lines`)

    const entries = readFileSync(exported, 'utf8')
      .trim()
      .split('\n')
      .map((line) => entrySchema.parse(JSON.parse(line)))
    const seq =
      entries.find(({ turnId, what }) => turnId === `approval ${request}` && what === 'end-approval')?.seq ?? 0
    changeOneByte(join(site.path, 'data', 'store.db'), request)
    const broken = await site.run('audit verify')
    expect([broken.code, broken.err]).toEqual([1, expect.stringMatching(new RegExp(`is broken at line ${seq}\\b`))])
    expect(broken.err).toContain(`The ${seq - 1} lines before it hold.`)
  })
})

/** Changes one byte of the file itself, inside the audit line that ends this request. */
function changeOneByte(file: string, request: string): void {
  const bytes = readFileSync(file)
  const line = bytes.indexOf(`end-approvalapproval ${request}done{`)
  const at = bytes.indexOf('is v3 now', line)
  expect(line).toBeGreaterThan(0)
  expect(at).toBeGreaterThan(line)
  bytes[at + 'is v'.length] = '9'.charCodeAt(0)
  writeFileSync(file, bytes)
}
