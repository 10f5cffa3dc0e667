// The whole composition, spoken to in plain words: evaluated, compared, promoted and rolled back without one command.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answering, buildAnswering } from '../../src/cli/build-answering.ts'
import { currentChain } from '../../src/cli/build-models.ts'
import { CHAINS_EXPERIMENT } from '../../src/cli/build-platform.ts'
import { loadPolicy } from '../../src/cli/load-policy.ts'
import { openIndex } from '../../src/cli/open-index.ts'
import { readConfig } from '../../src/config/read-config.ts'
import { silentLog } from '../../src/core/log.ts'
import type { Reply } from '../../src/core/reply.ts'
import { createLocalPlatform, platformFileName } from '../../src/platform/local/platform/create-local-platform.ts'
import { logChain } from '../../src/rag/registered/log-chain.ts'
import { syncSource } from '../../src/rag/sync.ts'
import { makeFolder } from '../cli/run-cli.ts'
import { action, message, recordChannel } from '../conversation/setup.ts'

const PAGES = {
  'backups.md': '# Backups\n\nBackups run every night at 02:00 UTC and are kept for 35 days.\n',
  'sign-in.md': '# Sign in\n\nAfter six wrong passwords the account is locked for 20 minutes.\n',
  'exports.md': '# Exports\n\nAn export of all orders is a CSV file. It can be fetched for 7 days.\n',
}
const ASKED = {
  'backups.md': ['How long are backups kept?', 'At which time do backups run?', 'For how many days is a backup kept?'],
  'sign-in.md': [
    'For how long is an account locked after wrong passwords?',
    'How many wrong passwords lock the account?',
    'When is my account locked?',
    'account locked how many minutes',
  ],
  'exports.md': [
    'How long can an export of all orders be fetched?',
    'In which format is an export of all orders?',
    'For how many days can I fetch an export?',
    'Is the export a CSV file?',
  ],
}
const QUESTIONS = [
  ...Object.entries(ASKED).flatMap(([page, questions]) => questions.map((question) => ({ question, page }))),
  { question: 'What is the recipe for sourdough bread?', unanswerable: true },
]
const POLICY = {
  evaluationSet: 'questions.jsonl',
  gate: { minimumSamples: 10, metrics: { 'faithfulness/v1/mean': { floor: 2, maxDrop: 1 } } },
  approval: { approvers: ['bo@acme.example'], privileges: [] },
  rollout: { waitMinutes: 1, probe: [{ question: 'How long are backups kept?', expect: '35 days' }] },
  people: ['ana', 'bo'].map((name) => ({
    principal: `${name}@acme.example`,
    name,
    identities: [`desk/acme/${name}`],
  })),
}

const folder = makeFolder()
const face = recordChannel()
let answering: Answering
let model = ''

beforeAll(async () => {
  const docs = join(folder.path, 'docs')
  mkdirSync(docs)
  for (const [name, text] of Object.entries(PAGES)) writeFileSync(join(docs, name), text)
  writeFileSync(join(folder.path, 'questions.jsonl'), QUESTIONS.map((one) => `${JSON.stringify(one)}\n`).join(''))
  const policyFile = join(folder.path, 'policy.json')
  writeFileSync(policyFile, JSON.stringify(POLICY))
  const data = join(folder.path, 'data')
  mkdirSync(data)
  const settings = readConfig({ LAKEDESK_DATA: data, LAKEDESK_POLICY: policyFile })
  const index = await openIndex(settings, silentLog, false)
  await syncSource({ index, paths: [docs] })
  answering = buildAnswering({ settings, log: silentLog, index, store: 'file' })
  answering.conversation.register(face.channel)
  await answering.start()
  // v1 is the built-in chain and served; v2 and v3 are registered by somebody else's process.
  model = loadPolicy(policyFile).model
  const parts = { file: join(data, platformFileName), log: silentLog, grants: [], load: async () => {} }
  const platform = createLocalPlatform({ ...parts, answer: async () => '' })
  const chain = currentChain(settings.model)
  for (const numResults of [1, 4]) {
    const retrieval = { ...chain.retrieval, numResults }
    await logChain({ model, chain: { ...chain, retrieval } }, { ...platform, experiment: CHAINS_EXPERIMENT })
  }
  await platform.close()
}, 60_000)

afterAll(async () => {
  await answering.close()
  folder.dispose()
})

/** Says it in a thread of its own, and gives what the bot says there. */
async function say(text: string, as = 'ana', more: { external?: boolean; thread?: string } = {}): Promise<Reply> {
  const { thread, ...person } = more
  const user = { id: as, tenant: 'acme', ...person }
  const reply = await answering.conversation.handle(message(text, { user, ...(thread ? { thread } : {}) }))
  if (!reply) throw new Error(`no reply to ${text}`)
  return reply
}

/** Waits until nothing that was approved is under way, and every card is shown; the states of all requests, newest first. */
async function settle(): Promise<string[]> {
  const { approvals, posts } = answering.store
  for (;;) {
    await answering.settle(null)
    const all = await approvals.list({ limit: 20 })
    if ((await posts.pending()).length === 0) return all.map(({ state }) => state)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const runIds = (text: string) => [...new Set(text.match(/\b[0-9a-f]{32}\b/g) ?? [])]

/** The newest message that offers to approve. */
function findCard() {
  const card = face.shown.findLast(({ reply }) => reply.buttons.some(({ action: name }) => name === 'approve'))
  const button = card?.reply.buttons.find(({ action: name }) => name === 'approve')
  return { card, value: button?.value ?? {} }
}

async function approve(as: string): Promise<Reply | null> {
  const { card, value } = findCard()
  const where = card ? { address: card.to, thread: card.to } : {}
  return answering.conversation.handle(
    action('approve', { ...value }, { user: { id: as, tenant: 'acme' }, ...where } as Parameters<typeof action>[2]),
  )
}

describe('in words', { timeout: 30_000 }, () => {
  it('says which version runs, and that nothing is evaluated yet', async () => {
    expect((await say('what is the champion?')).text).toMatch(/v1 of .* is Champion/)
    expect((await say('which version are we running?')).text).toMatch(/v1 of .* is Champion/)
    expect((await say('is v3 any good?')).text).toContain('v3 was never evaluated')
  })

  it('answers questions about the documentation as ever', async () => {
    const reply = await say('How long are backups kept?')
    expect(reply.text).toContain('35 days')
    expect(reply.blocks.some(({ kind }) => kind === 'citations')).toBe(true)
  })

  it('evaluates when told to', async () => {
    for (const version of ['v1', 'v3']) {
      const reply = await say(`please evaluate ${version}`)
      expect(reply.text).toContain('Nothing has changed yet')
      expect((await settle())[0]).toBe('done')
    }
  })

  it('compares with what runs, from the runs of these evaluations', async () => {
    const reply = await say('is v3 better than what we run?')
    expect(reply.text).toMatch(/v3 is .+ than v1 on 12 questions/)
    const runs = runIds(reply.text)
    expect(runs).toHaveLength(2)
    const list = await say('which versions are there?')
    for (const run of runs) expect(JSON.stringify(list.blocks)).toContain(run)
    expect(reply.blocks.some(({ kind }) => kind === 'table')).toBe(true)
  })

  it('looks at the evidence where somebody only asks whether to promote', async () => {
    const before = face.shown.length
    const reply = await say('should we promote v3?')
    expect(reply.text).toMatch(/Dry run|Not asked for/)
    await settle()
    expect(face.shown.slice(before).some(({ reply: { buttons } }) => buttons.length > 0)).toBe(false)
    expect((await say('anything waiting for my approval?')).text).toContain('No request is open')
  })

  it('does nothing for guests', async () => {
    for (const text of ['promote v3 please', 'please put v3 live', 'what is the champion?']) {
      const reply = await say(text, 'ana', { external: true })
      expect(reply.text).not.toMatch(/v1 of|request `/)
    }
    expect((await say('anything waiting for my approval?')).text).toContain('No request is open')
  })

  it('posts a card for "put v3 live", which somebody else approves: then v3 answers', async () => {
    const reply = await say('please put v3 live')
    expect(reply.text).toContain('Nothing has changed yet')
    await settle()
    const { card, value } = findCard()
    expect(card?.reply.text).toContain('v3 to Champion in place of v1')
    expect(reply.text).toContain(value.approval)
    expect((await say('anything waiting for my approval?', 'bo')).text).toContain(value.approval)
    await approve('ana')
    expect((await say('which version are we running?')).text).toMatch(/v1 of .* is Champion/)
    await approve('bo')
    expect((await settle())[0]).toBe('done')
    expect((await say('what is the champion?')).text).toMatch(
      /v3 of .* is Champion since .*asked by ana .*approved by bo/,
    )
    expect((await say('How long are backups kept?')).version).toMatch(/\bv3\b/)
  })

  it('goes back when told to', async () => {
    expect((await say('should we roll back?')).text).toMatch(/Dry run.*from v3 to v1/)
    const reply = await say('please roll back to the previous version', 'bo')
    expect(reply.text).toContain('Nothing has changed yet')
    await settle()
    await approve('bo')
    await settle()
    expect((await say('who promoted v3?')).text).toMatch(/Rolled back from v3 to v1/)
    expect((await say('what is the champion?')).text).toMatch(/v1 of .* is Champion/)
  })
})
