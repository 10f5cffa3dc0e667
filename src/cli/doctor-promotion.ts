// What `doctor` checks of promotions: the policy with its questions and people, the platform, and the record.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import { silentLog } from '../core/log.ts'
import { readLabelSet } from '../evals/eval-set.ts'
import { METRICS } from '../evals/metrics.ts'
import { count } from '../evals/show-number.ts'
import { type ModelPolicy, toModelPolicies } from '../promotion/model-policies.ts'
import type { Policy } from '../promotion/policy.ts'
import { verifyAudit } from '../store/sqlite/verify-audit.ts'
import { STORE_FILE } from './build-answering.ts'
import { readPolicySet } from './build-evaluations.ts'
import { type BuiltPlatform, buildPlatform } from './build-platform.ts'
import { linkPeople, loadPolicy } from './load-policy.ts'

export interface Check {
  name: string
  /** What was found, in a few words. Throws a LakedeskError whose sentence says how to fix it. */
  run(): Promise<string>
}

const KEYS: ReadonlySet<string> = new Set(Object.values(METRICS).flatMap(({ key, key3 }) => [key, key3]))

function wrong(what: string): LakedeskError {
  return new LakedeskError('POLICY_INVALID', `${what} Correct the policy file; docs/promotion.md describes it.`)
}

/** What the shape of the file cannot tell. */
function checkSense(policy: Policy): void {
  const { model } = policy
  const strange = Object.keys(policy.gate.metrics).filter((key) => !KEYS.has(key))
  if (strange.length > 0)
    throw wrong(`No metric is called ${strange.join(', ')}, so the gate of ${model} could never pass.`)
  const { approvers, quorum, expiresAfterHours, remindAfterHours } = policy.approval
  const people = new Set(approvers.map((name) => name.trim().toLowerCase())).size
  if (people > 0 && people < quorum) throw wrong(`${quorum} approvals are needed, but ${people} people may approve.`)
  if (remindAfterHours !== null && remindAfterHours >= expiresAfterHours) {
    throw wrong(
      `Approvers would be reminded after ${remindAfterHours} h, when the request has expired (${expiresAfterHours} h).`,
    )
  }
}

function openPlatform(settings: Settings, policy: Policy): BuiltPlatform {
  const buildAgent = (): never => {
    throw new Error('doctor asks no version')
  }
  return buildPlatform({ settings, policy, log: silentLog, readOnly: true, buildAgent })
}

async function describePolicy(settings: Settings): Promise<string> {
  const policy = loadPolicy(settings.policy)
  linkPeople(policy)
  const [, ...others] = toModelPolicies(policy, settings.training.classifier)
  for (const own of [policy, ...others]) checkSense(own)
  if (settings.policy === undefined) return 'the built-in one: nobody may approve (set LAKEDESK_POLICY)'
  const built = openPlatform(settings, policy)
  try {
    const set = policy.evaluationSet === undefined ? null : await readPolicySet({ policy, built })
    const questions = set ? `${set.cases.length} questions` : 'no evaluation set'
    const sets = await Promise.all(others.map((own) => describeOther(own, built)))
    return [`${settings.policy}: ${policy.approval.approvers.length} approvers, ${questions}`, ...sets].join('; ')
  } finally {
    await built.platform.close()
  }
}

/** Its set is read, so that a fault in it shows here. */
async function describeOther(policy: ModelPolicy, built: BuiltPlatform): Promise<string> {
  const { model, kind, evaluationSet } = policy
  if (evaluationSet === undefined)
    return kind === 'classifier' ? `${model} by held-out rows` : `${model}, no evaluation set`
  const { runs } = built.platform
  const set =
    kind === 'classifier' ? await readLabelSet(evaluationSet, { runs }) : await readPolicySet({ policy, built })
  return `${model}, ${count(set.cases.length, kind === 'classifier' ? 'row' : 'question')}`
}

async function describePlatform(settings: Settings): Promise<string> {
  const { model, alias, endpoint } = loadPolicy(settings.policy)
  const { platform } = openPlatform(settings, loadPolicy(settings.policy))
  try {
    const versions = await platform.registry.listVersions(model)
    if (versions.length === 0) return `${platform.name}: no version of ${model} yet`
    const champion = await platform.registry.getAlias(model, alias)
    const served = await platform.serving.describe(endpoint)
    const answers = served?.config?.entities.map(({ version }) => `v${version}`).join(', ') ?? 'nothing'
    return `${platform.name}: ${versions.length} versions, ${alias} ${champion ? `v${champion}` : 'unset'}, ${endpoint} serves ${answers}`
  } finally {
    await platform.close()
  }
}

async function describeAudit(settings: Settings): Promise<string> {
  const file = join(resolve(settings.data), STORE_FILE)
  if (!existsSync(file)) return 'no record yet'
  const { lines, broken } = await verifyAudit(file)
  if (!broken) return `${lines} lines, none changed or missing`
  throw new LakedeskError(
    'AUDIT_BROKEN',
    `The record is broken at line ${broken.seq}: ${broken.why} Compare with a copy.`,
  )
}

export function promotionChecks(settings: Settings): Check[] {
  return [
    { name: 'policy', run: () => describePolicy(settings) },
    { name: 'platform', run: () => describePlatform(settings) },
    { name: 'audit', run: () => describeAudit(settings) },
  ]
}
