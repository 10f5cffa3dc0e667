// The models that a workspace can ask: found by their task in the list of its endpoints, never by a name that must exist.
import { z } from 'zod'
import type { MlflowHttp } from '../mlflow/mlflow-http.ts'
import { findRetired, takesNoSampling } from './retired-models.ts'

export type ModelTask = 'chat' | 'embeddings' | 'completions'

/** What an endpoint of provisioned throughput keeps ready: tokens a second, or units of a model. */
export interface Throughput {
  minTokens: number | null
  maxTokens: number | null
  units: number | null
}

export interface ListedModel {
  /** Name of the endpoint: what a request gives as its model. */
  name: string
  task: ModelTask
  ready: boolean
  /** True for pay-per-token endpoints, which Databricks keeps; false for those of the workspace. */
  system: boolean
  /** Such as `system.ai.llama_v3_3_70b_instruct`; empty for models elsewhere. */
  entity: string
  /** Null where it is paid per token, or runs on workload sizes. */
  throughput: Throughput | null
}

const numberSchema = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d+(\.\d+)?$/)
      .transform(Number),
  ])
  .nullish()
const entitySchema = z.looseObject({
  entity_name: z.string().nullish(),
  foundation_model: z.looseObject({ name: z.string().nullish() }).nullish(),
  min_provisioned_throughput: numberSchema,
  max_provisioned_throughput: numberSchema,
  provisioned_model_units: numberSchema,
})
const listSchema = z.object({
  endpoints: z
    .array(
      z.looseObject({
        name: z.string(),
        creator: z.string().nullish(),
        task: z.string().nullish(),
        state: z.looseObject({ ready: z.string().nullish() }).nullish(),
        config: z.looseObject({ served_entities: z.array(entitySchema).nullish() }).nullish(),
      }),
    )
    .default([]),
})
type Listed = z.infer<typeof listSchema>['endpoints'][number]

const TASKS: Readonly<Record<string, ModelTask>> = {
  'llm/v1/chat': 'chat',
  'llm/v1/embeddings': 'embeddings',
  'llm/v1/completions': 'completions',
}

function toThroughput(entity: z.infer<typeof entitySchema> | undefined): Throughput | null {
  const minTokens = entity?.min_provisioned_throughput ?? null
  const maxTokens = entity?.max_provisioned_throughput ?? null
  const units = entity?.provisioned_model_units ?? null
  return maxTokens === null && units === null && !minTokens ? null : { minTokens, maxTokens, units }
}

function toModel({ name, creator, task, state, config }: Listed): ListedModel[] {
  const known = TASKS[task ?? '']
  if (!known) return []
  const [entity] = config?.served_entities ?? []
  const entityName = entity?.entity_name ?? entity?.foundation_model?.name ?? ''
  return [
    {
      ...{ name, task: known, ready: state?.ready === 'READY', entity: entityName },
      // Databricks' own endpoints have no creator.
      system: !creator && (entityName.startsWith('system.ai.') || name.startsWith('databricks-')),
      throughput: toThroughput(entity),
    },
  ]
}

/** All models that chat, embed or complete, by name. The API has no pages and no filter. Throws PLATFORM_*. */
export async function listModels(http: MlflowHttp): Promise<ListedModel[]> {
  const about = 'the list of serving endpoints'
  const answer = await http.json({ method: 'GET', path: '/2.0/serving-endpoints', about, answer: listSchema })
  return answer.endpoints.flatMap(toModel).sort((a, b) => a.name.localeCompare(b.name))
}

/** Such as `50 units of provisioned throughput`. */
export function describeThroughput({ minTokens, maxTokens, units }: Throughput): string {
  if (units !== null) return `${units} units of provisioned throughput`
  return `${minTokens ?? 0} to ${maxTokens ?? '?'} tokens a second of provisioned throughput`
}

/** Families that follow instructions and call tools well at a moderate price, best first. Others come after them. */
const PREFERRED: readonly RegExp[] = [
  /meta-llama-[34]-\d+-70b/,
  /gpt-oss-120b/,
  /claude-haiku/,
  /llama-4/,
  /qwen3/,
  /gemini.*flash/,
  /gpt-oss/,
  /claude/,
]

function rank({ name, system }: ListedModel): number[] {
  const family = PREFERRED.findIndex((pattern) => pattern.test(name))
  return [system ? 0 : 1, takesNoSampling(name) ? 1 : 0, family < 0 ? PREFERRED.length : family]
}

/** The chat model to take where nobody named one: ready, Databricks' own first; null where none is listed. */
export function chooseChatModel(models: readonly ListedModel[]): ListedModel | null {
  const ready = models.filter((model) => model.task === 'chat' && model.ready)
  const ranked = ready.map((model) => ({ model, by: rank(model) }))
  ranked.sort((a, b) => {
    const at = a.by.findIndex((value, i) => value !== b.by[i])
    return at < 0 ? a.model.name.localeCompare(b.model.name) : (a.by[at] ?? 0) - (b.by[at] ?? 0)
  })
  return ranked[0]?.model ?? null
}

/** How many pairs of neighbouring letters two names share, from 0 to 1 (Dice). */
function likeness(a: string, b: string): number {
  const pairs = (text: string): string[] => [...text.slice(1)].map((letter, i) => `${text[i]}${letter}`)
  const left = pairs(a.toLowerCase())
  const right = new Set(pairs(b.toLowerCase()))
  const shared = left.filter((pair) => right.has(pair)).length
  return (2 * shared) / Math.max(1, left.length + right.size)
}

const NEAREST = 3

/** One or two sentences on a name that the workspace does not know: what replaced it, or the nearest names that there are. */
export function explainMissing(name: string, models: readonly ListedModel[]): string {
  const retired = findRetired(name)
  const names = models.map((model) => model.name)
  if (retired) {
    const { replacement, when } = retired
    const gone = `${retired.name} was retired ${when}`
    if (replacement === null) return `${gone}. ${nearest(name, names)}`
    const there = names.includes(replacement)
      ? ''
      : `, which this workspace does not list either. ${nearest(name, names)}`
    return `${gone} and replaced by ${replacement}${there || '. Set that name instead.'}`
  }
  const listed = models.find((model) => model.name === name)
  if (listed && !listed.ready) return `The endpoint ${name} exists, but is not ready: wait until it is.`
  return nearest(name, names)
}

function nearest(name: string, names: readonly string[]): string {
  if (names.length === 0) return 'The workspace lists no model that Lakedesk may see: ask for CAN QUERY on one.'
  const best = [...names].sort((a, b) => likeness(name, b) - likeness(name, a)).slice(0, NEAREST)
  return `The nearest names that there are: ${best.join(', ')}.`
}
