// What tests with approvals share: a scripted tool `promote`, the real decisions, cards and runner, and linked people.
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { toSealPrefix } from '../../src/approvals/approval-words.ts'
import { createApprovals } from '../../src/approvals/create-approvals.ts'
import { createPeople } from '../../src/approvals/people.ts'
import { LakedeskError } from '../../src/core/errors.ts'
import type { Log } from '../../src/core/log.ts'
import type { Saying } from '../../src/core/reply.ts'
import type { ApprovalRecord, Store } from '../../src/store/port.ts'
import { createApprovedRunner } from '../../src/tools/approved-runner.ts'
import { type CardParts, createCards } from '../../src/tools/cards.ts'
import { createDecideApproval } from '../../src/tools/decide-approval.ts'
import { type AnyTool, type ApprovedEnding, type ApprovedRun, defineTool } from '../../src/tools/define-tool.ts'
import { createShowApproval } from '../../src/tools/show-approval.ts'
import { createSubscribeApprovals } from '../../src/tools/subscribe-approvals.ts'

export const TEAMS_TENANT = '99999999-8888-4777-8666-555555555555'

/** Ana, Ben and Cy may decide, each from every face; Bo is known and may not. */
export const people = createPeople(
  ['ana', 'ben', 'cy', 'bo'].map((name) => ({
    principal: `${name}@acme.io`,
    name: name === 'ana' ? 'Ana' : name,
    identities: [
      `desk/acme/${name}`,
      `slack/T1/U${name.toUpperCase()}`,
      `teams/${TEAMS_TENANT}/aad-${name}`,
      `console/local/${name}`,
    ],
  })),
)

/** Longer than what Slack takes as the text of an edit. */
const LONG = `\n\n${Array.from({ length: 60 }, (_, n) => `- Regression ${n}: the answer to this question got worse than it was before.`).join('\n')}`

/** First line, facts, a table, and the buttons that still mean something. */
export function toCard(approval: ApprovalRecord): Saying {
  const { version } = z.object({ version: z.string() }).parse(approval.input)
  const value = { approval: approval.id, seal: toSealPrefix(approval) }
  const confirm = `Promote v${version}? The endpoint changes at once.`
  return {
    text: `Promotion of v${version} (request ${approval.id}): ${approval.state}${version === '7' ? LONG : ''}`,
    blocks: [
      { kind: 'fields', fields: [{ label: 'Champion', value: approval.expects.Champion ?? '' }] },
      { kind: 'table', columns: ['Metric', 'v2', `v${version}`], rows: [['faithfulness/v1/mean', '0.91', '0.94']] },
      ...(approval.progress ? [{ kind: 'progress' as const, ...approval.progress }] : []),
    ],
    buttons:
      approval.state === 'open'
        ? [
            { action: 'approve', label: 'Approve', value, style: 'primary', confirm },
            { action: 'reject', label: 'Reject', value, style: 'danger' },
          ]
        : [],
  }
}

/** Versions 1 to 9: 6 breaks when it is planned again, 7 has a long card, 8 is refused with evidence, 9 is not there. */
function readVersion(text: string): { input: { version: string } } | string {
  const version = /^v?([1-9])$/i.exec(text)?.[1]
  return version ? { input: { version } } : 'Write a version behind it, such as v3.'
}

export interface ApprovalTools {
  tools: AnyTool[]
  approvals: ReturnType<typeof createApprovals>
  runner: ReturnType<typeof createApprovedRunner>
  onWaiting: (approval: string) => Promise<void>
  /** How often an approved promotion was carried out. */
  runs: () => number
}

export function createApprovalTools(options: {
  store: Store
  log: Log
  wake: () => void
  /** What it resolves with is the end; done where it is nothing. */
  carryOut?: (run: ApprovedRun) => Promise<ApprovedEnding | undefined>
  homeOf?: CardParts['homeOf']
}): ApprovalTools {
  const { store, log, wake } = options
  let runs = 0
  const approvals = createApprovals({ store, people })
  const promote = defineTool<{ version: string }, string>({
    name: 'promote-version',
    description: 'Promotes.',
    input: z.object({ version: z.string() }),
    run: () => Promise.reject(new Error('An approved tool ran without its approval.')),
    toModelText: String,
    commands: [{ name: 'promote', usage: '<version>: shows the evidence and asks for approval', toInput: readVersion }],
    actions: { 'promote-again': ({ version }) => (version ? { version } : null) },
    approval: {
      plan: async ({ version }) => {
        if (version === '9') return { kind: 'refused', why: 'There is no v9. Versions: v1 to v8.' }
        if (version === '6' && (await store.approvals.list({ limit: 1 })).length > 0) {
          throw new LakedeskError('PLATFORM_UNREACHABLE', 'The registry does not answer. Try again in a minute.')
        }
        if (version === '8') return { kind: 'refused', why: 'The gate fails.', says: { text: 'Evidence against v8.' } }
        const plan = { subject: `model:${version}`, evidence: null, expects: { Champion: 'v2' } }
        const who = { kind: 'listed' as const, principals: ['ana@acme.io', 'ben@acme.io', 'cy@acme.io'] }
        const rule = { who, quorum: 1, selfDecides: false }
        return { kind: 'plan', plan: { ...plan, rule, expiresAfterMs: 3_600_000, remindAfterMs: null } }
      },
      mayDecide: async () => true,
      card: toCard,
      async carryOut({ version }, run) {
        runs++
        const ending = await options.carryOut?.(run)
        return ending ?? { state: 'done', outcome: `v${version} is Champion.` }
      },
    },
  })
  const versions = defineTool<Record<string, never>, string[]>({
    name: 'list-versions',
    description: 'Lists.',
    input: z.strictObject({}),
    run: async () => ['v1', 'v2'],
    toModelText: (all) => all.join(),
    toSaying: (all) => ({ text: `Versions: ${all.join(', ')}` }),
    commands: [
      { name: 'versions', usage: 'lists them', toInput: (text) => (text === '' ? { input: {} } : 'Write it alone.') },
    ],
  })
  const tools: AnyTool[] = [promote as AnyTool, versions as AnyTool]
  const find = (name: string) => tools.find((tool) => tool.name === name)
  tools.push(createDecideApproval({ approvals, find }) as AnyTool, createShowApproval({ approvals, find }) as AnyTool)
  const approvers = ['ben@acme.io']
  tools.push(createSubscribeApprovals({ places: store.places, approvers }) as AnyTool)
  const cards = createCards({ store, find, wake, ...(options.homeOf ? { homeOf: options.homeOf } : {}) })
  const runner = createApprovedRunner({ approvals, find, cards, log, retryMs: 5 })
  return { tools, approvals, runner, onWaiting: (id) => cards.announce(id), runs: () => runs }
}

/** Looks every few milliseconds until it holds; a sentence says what was waited for in vain. */
export async function eventually<T>(what: () => T | Promise<T>, ms = 8000): Promise<NonNullable<T>> {
  const end = Date.now() + ms
  for (;;) {
    const value = await what()
    if (value) return value as NonNullable<T>
    if (Date.now() > end) throw new Error(`Waited ${ms} ms in vain for ${what}`)
    await sleep(5)
  }
}
