// The tool that lists the versions of the model: state, aliases, when they came, and their newest evaluation.
import { z } from 'zod'
import type { Saying } from '../core/reply.ts'
import { count } from '../evals/show-number.ts'
import type { ModelVersion } from '../platform/ports/registry.ts'
import { tellHowToBegin } from '../promotion/model-policies.ts'
import type { ModelKind } from '../promotion/policy.ts'
import { defineTool, type Tool } from './define-tool.ts'
import type { VersionParts } from './find-version.ts'

const MAX_SHOWN = 20
const inputSchema = z.object({})

export interface EvaluatedAt {
  runId: string
  /** ISO 8601. */
  finishedAt: string
}

export interface ListVersionsParts extends VersionParts {
  /** A chain where it is not told. */
  kind?: ModelKind
  /** The newest finished evaluation of each version that has one. Throws PLATFORM_*. */
  newestEvaluations(): Promise<ReadonlyMap<string, EvaluatedAt>>
}

export interface VersionList {
  model: string
  kind: ModelKind
  alias: string
  champion: string | null
  versions: readonly { version: ModelVersion; evaluated: EvaluatedAt | null }[]
  /** Versions beyond those listed. */
  older: number
}

export function createListVersions(parts: ListVersionsParts): Tool<z.infer<typeof inputSchema>, VersionList> {
  const { registry, model, alias, kind = 'chain' } = parts
  return defineTool<z.infer<typeof inputSchema>, VersionList>({
    name: 'list-versions',
    description: `Lists the registered versions of the ${kind === 'chain' ? 'RAG model' : 'classifier'} ${model}, newest first, with their state, their aliases (${alias} is the one in use) and their newest evaluation run.`,
    input: inputSchema,
    async run() {
      const [versions, champion, evaluated] = await Promise.all([
        registry.listVersions(model),
        registry.getAlias(model, alias),
        parts.newestEvaluations(),
      ])
      const shown = versions
        .slice(0, MAX_SHOWN)
        .map((version) => ({ version, evaluated: evaluated.get(version.version) ?? null }))
      return { model, kind, alias, champion, versions: shown, older: versions.length - shown.length }
    },
    toModelText: (list) => [summarize(list), ...list.versions.map(toLine)].join('\n'),
    toSaying,
    toAuditFacts: ({ versions }) => ({ versions: versions.length }),
    commands: [
      {
        name: 'versions',
        usage: 'lists the registered versions, and which one is in use',
        toInput: (text) =>
          text.trim() === '' ? { input: {} } : 'Write only `versions`; `evals v3` shows the evaluation of one.',
      },
    ],
  })
}

function summarize({ model, kind, alias, champion, versions, older }: VersionList): string {
  if (versions.length === 0) return `${model} has no versions yet: ${tellHowToBegin({ kind })}.`
  const inUse = champion === null ? `No version is ${alias}.` : `${alias} is v${champion}.`
  return `${model} has ${count(versions.length + older, 'version')}. ${inUse}${older > 0 ? ` The newest ${versions.length} are listed.` : ''}`
}

function toLine({ version, evaluated }: VersionList['versions'][number]): string {
  const aliases = version.aliases.length > 0 ? `, alias ${version.aliases.join(', ')}` : ''
  const evaluation = evaluated ? `evaluated ${evaluated.finishedAt} in run ${evaluated.runId}` : 'not evaluated'
  const note = version.description === '' ? '' : `: ${version.description}`
  return `v${version.version}: ${version.status}${aliases}, registered ${version.createdAt}, ${evaluation}${note}`
}

function toSaying(list: VersionList): Saying {
  if (list.versions.length === 0) return { text: summarize(list) }
  const rows = list.versions.map(({ version, evaluated }) => [
    `v${version.version}`,
    version.status,
    version.aliases.join(', '),
    version.createdAt.slice(0, 10),
    evaluated ? `${evaluated.finishedAt.slice(0, 10)} (run ${evaluated.runId})` : 'none',
    version.description,
  ])
  const columns = ['Version', 'State', 'Alias', 'Registered', 'Evaluation', 'Description']
  return { text: summarize(list), blocks: [{ kind: 'table', columns, rows }] }
}
