// The tool that asks for a promotion: reads the evidence, shows the card that is the gate, and moves after the approval.
import { z } from 'zod'
import type { Saying } from '../core/reply.ts'
import { toPreview } from '../promotion/card.ts'
import type { PromotionPlan, PromotionPlanner } from '../promotion/plan-promotion.ts'
import { readCommandLine } from './command-line.ts'
import { defineTool, type Planned, type Tool } from './define-tool.ts'
import { toEvaluateButton } from './lookup-evals.ts'
import {
  carryOutMove,
  type MoveParts,
  readAlias,
  resumeMove,
  type StoredMove,
  toMoveCard,
  toSubject,
} from './move-champion.ts'
import { whyNotForModel } from './why-not-for-model.ts'

const HOUR_MS = 3_600_000
const USAGE = 'promote v3 [--dry-run] [--force "reason"]'

const inputSchema = z.object({
  version: z.string().trim().max(40, 'write a version such as v3').describe('The version to promote, such as v3.'),
  dryRun: z.boolean().optional().describe('True to show the evidence alone: nothing is stored, nobody is asked.'),
  force: z
    .string()
    .trim()
    .min(1)
    .max(300, 'a reason has at most 300 characters')
    .optional()
    .describe('Never set it: people write `/promote v3 --force "reason"` themselves.'),
})
export type RequestPromotionInput = z.infer<typeof inputSchema>

export interface RequestPromotionParts extends MoveParts {
  planner: PromotionPlanner
}

export function createRequestPromotion(parts: RequestPromotionParts): Tool<RequestPromotionInput, Saying> {
  const { policy, planner, saga, now = Date.now } = parts
  const planFor = ({ version, force }: RequestPromotionInput) =>
    planner.plan({ version, ...(force === undefined ? {} : { force }) })
  return defineTool<RequestPromotionInput, Saying>({
    name: 'request-promotion',
    description: `Asks for the promotion of a version of ${policy.model} to ${policy.alias}: shows its evaluation beside the version in use, the verdict of the gate and what would change. Nothing moves before people approve.`,
    input: inputSchema,
    run: () => Promise.reject(new Error('A promotion runs only as an approved operation.')),
    toModelText: ({ text }) => text,
    toSaying: (saying) => saying,
    commands: [
      {
        name: 'promote',
        usage: '<version> [--dry-run] [--force "reason"]: shows the evidence and asks for approval',
        toInput,
      },
    ],
    actions: { 'ask-again': ({ version }) => (version ? { version } : null) },
    approval: {
      async plan(input) {
        const planned = toPlanned(await planFor(input), input, parts)
        if (planned.kind !== 'refused' || planned.facts) return planned
        return { ...planned, facts: await readAlias(parts) }
      },
      // A dry run stores nothing and asks nobody.
      whyNotForModel: ({ version, force, dryRun }, said) =>
        dryRun && force === undefined
          ? null
          : whyNotForModel({ version, command: `promote ${version}`, ...(force === undefined ? {} : { force }) }, said),
      mayDecide: (principal) => parts.mayDecide(principal),
      card: (approval) => toMoveCard(approval, now()),
      carryOut: (input, run, signal) =>
        carryOutMove(run, signal, saga, async () => {
          const plan = await planFor(input)
          if (plan.kind === 'refused') {
            return { kind: 'refused', why: plan.why, facts: plan.facts ?? (await readAlias(parts)) }
          }
          const { blocked, expects } = plan
          return blocked === null ? { kind: 'facts', expects } : { kind: 'refused', why: blocked, facts: expects }
        }),
      resume: (run, signal) => resumeMove(run, signal, saga),
    },
  })
}

function toInput(text: string): { input: RequestPromotionInput } | string {
  const line = readCommandLine(text, { 'dry-run': 'flag', force: 'value' }, USAGE)
  if (typeof line === 'string') return line
  const [version = '', ...more] = line.words
  if (more.length > 0) return `Name one version: write \`${USAGE}\`. A reason stands in quotes.`
  const force = line.options.get('force')
  const dryRun = line.options.has('dry-run')
  return { input: { version, ...(dryRun ? { dryRun } : {}), ...(force === undefined ? {} : { force }) } }
}

function toPlanned(
  plan: PromotionPlan,
  { dryRun }: RequestPromotionInput,
  { policy }: RequestPromotionParts,
): Planned<Saying> {
  if (plan.kind === 'refused') {
    const { why, evidence, offer, versions = [], facts } = plan
    const buttons = offer === 'evaluate' ? versions.map(toEvaluateButton) : []
    const preview = evidence ? toPreview(evidence, why) : { text: why }
    const says = evidence || buttons.length > 0 ? { says: { ...preview, buttons } } : {}
    return { kind: 'refused', why, ...says, ...(facts ? { facts } : {}) }
  }
  const { evidence, expects, move, blocked, forced } = plan
  if (blocked !== null) return { kind: 'refused', why: blocked, says: toPreview(evidence, blocked), facts: expects }
  if (dryRun) return { kind: 'done', value: toPreview(evidence, null) }
  const { approvers, expiresAfterHours, remindAfterHours } = policy.approval
  const stored: StoredMove = { evidence, move }
  return {
    kind: 'plan',
    plan: {
      subject: toSubject(policy),
      evidence: stored,
      expects,
      rule: { who: { kind: 'listed', principals: approvers }, quorum: evidence.quorum, selfDecides: false },
      expiresAfterMs: expiresAfterHours * HOUR_MS,
      remindAfterMs: remindAfterHours === null ? null : remindAfterHours * HOUR_MS,
      ...(forced === null ? {} : { forced }),
    },
  }
}
