// The policy file: which model, alias and endpoint, what the gate demands, who may approve, how the rollout goes.
import { z } from 'zod'
import { personEntrySchema, principalSchema } from '../approvals/people.ts'
import { digestOf } from '../core/digest.ts'
import { LakedeskError } from '../core/errors.ts'
import { isSameName } from '../core/identity.ts'

const metricRuleSchema = z
  .strictObject({
    /** Worst mean that is still good enough, on the scale of the key (judges of the `/v1/` form: 1 to 5). */
    floor: z.number().optional(),
    /** How much worse than Champion, at most, in the same unit. */
    maxDrop: z.number().min(0).optional(),
  })
  .refine((rule) => rule.floor !== undefined || rule.maxDrop !== undefined, 'give floor, maxDrop or both')
export type MetricRule = z.infer<typeof metricRuleSchema>

const gateSchema = z.strictObject({
  /** Questions that an evaluation must have scored. Of fewer than ten, an interval says nothing. */
  minimumSamples: z.number().int().min(10).default(30),
  /** An older evaluation is stale. */
  freshForHours: z.number().positive().default(168),
  /** Name of the only judge whose evaluations count, such as `offline`; absent: any, the same on both sides. */
  judge: z.string().min(1).optional(),
  /** By MLflow key, such as `faithfulness/v1/mean`. */
  metrics: z.record(z.string(), metricRuleSchema),
})
export type GatePolicy = z.infer<typeof gateSchema>

const approvalSchema = z.strictObject({
  /** Principals of `people`, each once however it is spelled. Empty: nobody may approve. */
  approvers: z
    .array(principalSchema)
    .transform((names) => names.filter((name, at) => names.findIndex((other) => isSameName(other, name)) === at))
    .default([]),
  /** Different people who must approve. A forced promotion needs at least two. */
  quorum: z.number().int().min(1).default(1),
  expiresAfterHours: z.number().positive().default(24),
  remindAfterHours: z.number().positive().nullable().default(4),
  /** Any of these, checked with the catalog at the click. Empty: not checked. */
  privileges: z.array(z.string().min(1)).default(['MANAGE', 'OWNER', 'ALL_PRIVILEGES']),
})

const rolloutSchema = z.strictObject({
  /** Share of the traffic for the new version at first, and for how long; null: all at once. */
  canary: z
    .strictObject({ percentage: z.number().int().min(1).max(99), observeSeconds: z.number().min(0) })
    .nullable()
    .default(null),
  /** Longest wait for the endpoint. */
  waitMinutes: z.number().positive().default(20),
  /** Asked of the endpoint before it counts as promoted: each must be answered, and `expect` must stand in the answer. */
  probe: z.array(z.strictObject({ question: z.string().min(1), expect: z.string().min(1).optional() })).default([]),
})

const grantSchema = z.strictObject({ principal: principalSchema, privileges: z.array(z.string().min(1)) })

const aliasSchema = z
  .string()
  .regex(/^[\w-]{1,255}$/, 'letters, digits, _ and -')
  .default('Champion')

/** What is registered under a model's name: a RAG chain, or a trained classifier of texts. */
export const MODEL_KINDS = ['chain', 'classifier'] as const
export type ModelKind = (typeof MODEL_KINDS)[number]

/** A further model. What is left out is as at the top level: approval and experiment; or by its own name: the endpoint. */
const furtherSchema = z.strictObject({
  kind: z.enum(MODEL_KINDS).default('chain'),
  model: z.string().min(1),
  alias: aliasSchema,
  endpoint: z.string().min(1).optional(),
  evaluationSet: z.string().min(1).optional(),
  experiment: z.string().min(1).optional(),
  gate: gateSchema,
  approval: approvalSchema.optional(),
  rollout: rolloutSchema.prefault({}),
})
export type FurtherModel = Readonly<z.infer<typeof furtherSchema>>

const policyFields = z.strictObject({
  model: z.string().min(1).default('ml_catalog.rag_apps.product_docs_rag'),
  alias: aliasSchema,
  endpoint: z.string().min(1).default('support-llm-endpoint'),
  /** The labelled questions: a file beside the policy file, or `dataset:<name>` of the tracking server. */
  evaluationSet: z.string().min(1).optional(),
  /** Experiment that evaluations are logged to. */
  experiment: z.string().min(1).default('/Shared/lakedesk-evaluations'),
  gate: gateSchema.prefault({ metrics: {} }),
  approval: approvalSchema.prefault({}),
  rollout: rolloutSchema.prefault({}),
  /** Principals who decide which questions from users join the labelled set. Absent: the approvers. */
  curators: z.array(principalSchema).optional(),
  people: z.array(personEntrySchema).default([]),
  /** Rights on the embedded platform, which has no catalog of its own. Real catalogs ignore it. */
  grants: z.array(grantSchema).default([]),
  /** Models beside this one, each with a gate of its own. */
  also: z.array(furtherSchema).default([]),
})

export const policySchema = policyFields.superRefine(({ model, also }, context) => {
  const names = [model, ...also.map((each) => each.model)].map((name) => name.toLowerCase())
  for (const [at, name] of names.entries()) {
    if (names.indexOf(name) === at) continue
    context.addIssue({ code: 'custom', path: ['also', at - 1, 'model'], message: 'this model stands there already' })
  }
})
export type Policy = Readonly<z.infer<typeof policySchema>>

/** The gate that stands where no policy file is given. Nobody may approve by it. */
export const DEFAULT_POLICY: Policy = parsePolicy(
  {
    gate: {
      metrics: {
        'faithfulness/v1/mean': { floor: 3.5, maxDrop: 0.25 },
        'answer_relevance/v1/mean': { maxDrop: 0.25 },
        'correctness/v1/mean': { maxDrop: 0.25 },
        'toxicity/v1/ratio': { floor: 0.07, maxDrop: 0.07 },
        'context_recall/v1/mean': { maxDrop: 0.05 },
        'refusal_correctness/v1/mean': { floor: 0.8, maxDrop: 0.1 },
      },
    },
  },
  'the built-in policy',
)

/** Throws POLICY_INVALID listing every fault. `where` names the file for people. */
export function parsePolicy(value: unknown, where: string): Policy {
  const parsed = policySchema.safeParse(value)
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.map((issue) => `- ${issue.path.join('.') || 'the file'}: ${issue.message}`)
  throw new LakedeskError(
    'POLICY_INVALID',
    `The promotion policy ${where} is not valid, so nothing can be promoted by it:\n${faults.join('\n')}\nCorrect these fields; docs/promotion.md describes the file.`,
    parsed.error,
  )
}

/**
 * Names the policy of one model in seals and on cards: eight digits of the digest of everything that decides. Where the questions
 * lie is no part of it: what they are is sealed by their own digest. Nor are other models.
 */
export function policyDigest(policy: Policy & { kind?: ModelKind }): string {
  const { people: _, grants: __, evaluationSet: ___, also: ____, kind: _____, curators: ______, ...deciding } = policy
  return digestOf(deciding).slice(0, 8)
}
