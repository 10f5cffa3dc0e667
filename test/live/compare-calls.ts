// The calls of our drivers beside those of official clients: who makes each, where its form is written down, and what nobody confirms.
import { LAKEDESK, type SeenCall } from './call-record.ts'

export interface ComparedCall {
  spec: string
  /** What Lakedesk uses it for. */
  use: string
  /** Where its form is published. */
  source: string
  /** Official clients with their versions that made the same call of the same server. */
  confirmedBy: readonly string[]
  /** Why no official client makes it; empty where one does. */
  unconfirmed: string
}

const SDK = 'Databricks SDK'

/** By the beginning of what follows the method: what we use it for, and where it is published. The first that fits. */
const SOURCES: readonly (readonly [prefix: string, use: string, source: string])[] = [
  ['/.well-known/databricks-config', 'sign-in, id of the workspace', `${SDK} (\`config.py\`)`],
  ['/oidc/', 'sign-in', `${SDK} (\`oauth.py\`), RFC 6749, RFC 8414`],
  ['/serving-endpoints/chat/', 'chat', 'docs: Foundation Model REST API reference'],
  ['/serving-endpoints/embeddings', 'embeddings', 'docs: Foundation Model REST API reference'],
  ['/serving-endpoints/{name}/', 'asking a served version', 'docs: Query serving endpoints for custom models'],
  ['/api/2.0/serving-endpoints', 'endpoints, models by task', `${SDK} (\`serving.py\`)`],
  ['/api/2.0/permissions/', 'doctor', `${SDK} (\`iam.py\`)`],
  ['/api/2.0/sql/', 'statements, warehouse', `${SDK} (\`sql.py\`)`],
  ['/api/2.0/vector-search/', 'documentation index', `${SDK} (\`vectorsearch.py\`)`],
  ['/api/2.0/ai-search/', 'documentation index', `${SDK} (\`aisearch.py\`)`],
  ['/api/2.0/mlflow/artifacts/', 'files of runs', 'MLflow (`databricks_artifacts.proto`, `service.proto`)'],
  ['/api/2.0/mlflow/traces', 'traces', 'MLflow (`databricks_tracing.proto`)'],
  ['/api/3.0/mlflow/traces', 'traces, assessments', 'MLflow (`service.proto`, `assessments.proto`)'],
  ['/api/3.0/mlflow/datasets', 'labelled sets', 'MLflow (`service.proto`, `datasets.proto`)'],
  ['/api/2.0/mlflow/', 'experiments and runs', 'MLflow (`service.proto`)'],
  ['/api/2.1/unity-catalog/', 'versions, aliases, privileges', `${SDK} (\`catalog.py\`)`],
  ['/api/2.2/jobs/', 'ingestion and training jobs', `${SDK} (\`jobs.py\`)`],
  ['/api/2.0/fs/', 'files of volumes', `${SDK} (\`files.py\`)`],
  ['/api/2.0/secrets/', 'secrets as settings', `${SDK} (\`workspace.py\`)`],
  ['/api/2.0/preview/scim/', 'who may approve', `${SDK} (\`iam.py\`)`],
  ['/api/2.0/fine-tuning/', 'managed fine-tuning', 'none: the path that the seed prints'],
  ['/storage/', 'signed addresses', 'none: the address is whatever the workspace signs'],
]

const FINE_TUNING =
  'Managed fine-tuning was never in an SDK, and was removed on 2026-08-14. Kept for workspaces that still answer.'

/** Calls that no official client makes, each with the reason. A reason that is not needed any more fails the comparison. */
export const EXCEPTIONS: Readonly<Record<string, string>> = {
  'GET /api/2.0/fine-tuning/models': FINE_TUNING,
  'GET /api/2.0/fine-tuning/runs': FINE_TUNING,
  'GET /api/2.0/fine-tuning/runs/{id}': FINE_TUNING,
  'POST /api/2.0/fine-tuning/runs/create': FINE_TUNING,
  'POST /api/2.0/fine-tuning/runs/{id}/cancel': FINE_TUNING,
  'POST /serving-endpoints/{name}/served-models/{entity}/invocations':
    'Asking one version behind an endpoint is documented for REST alone; clients ask the endpoint.',
}

/** By path, then method. Throws for a call of ours whose source nobody has named. */
export function compareCalls(calls: readonly SeenCall[]): ComparedCall[] {
  const clients = new Map<string, Set<string>>()
  for (const { spec, client } of calls) clients.set(spec, (clients.get(spec) ?? new Set()).add(client))
  const ours = [...clients].filter(([, known]) => known.has(LAKEDESK))
  const byPath = (spec: string): string => spec.split(' ').toReversed().join(' ')
  return ours
    .sort(([a], [b]) => (byPath(a) < byPath(b) ? -1 : 1))
    .map(([spec, known]) => {
      const path = spec.split(' ')[1] ?? ''
      const found = SOURCES.find(([prefix]) => path.startsWith(prefix))
      if (!found) throw new Error(`Name the published source of ${spec} in compare-calls.ts.`)
      const confirmedBy = [...known].filter((client) => client !== LAKEDESK).sort()
      const unconfirmed = confirmedBy.length > 0 ? '' : (EXCEPTIONS[spec] ?? 'nobody knows why')
      return { spec, use: found[1], source: found[2], confirmedBy, unconfirmed }
    })
}

const MARK = ['<!-- calls: written by test/live/lakehouse.live.ts -->', '<!-- end of calls -->'] as const

/** `text` with the table between its marks replaced. */
export function putTable(text: string, rows: readonly ComparedCall[]): string {
  const [from, to] = [text.indexOf(MARK[0]), text.indexOf(MARK[1])]
  if (from < 0 || to < from) throw new Error('The marks of the table of calls are missing.')
  return `${text.slice(0, from)}${MARK[0]}\n${writeTable(rows)}\n${text.slice(to)}`
}

/** The calls of the table, each with whether anybody confirms it. */
export function callsIn(text: string): string[] {
  const table = text.slice(text.indexOf(MARK[0]), text.indexOf(MARK[1]))
  return [...table.matchAll(/^\| `([^`]+)` .*\| (nobody)?[^|]*\|$/gm)].map(
    ([, spec = '', nobody]) => `${spec}${nobody ? ' unconfirmed' : ''}`,
  )
}

/** Numbers stand for the clients, so that lines stay short: their list follows the table. */
function writeTable(rows: readonly ComparedCall[]): string {
  const clients = [...new Set(rows.flatMap(({ confirmedBy }) => confirmedBy))].sort()
  const numbers = (names: readonly string[]): string => names.map((name) => clients.indexOf(name) + 1).join(', ')
  return [
    '| Call | For | Source | Confirmed by |',
    '|---|---|---|---|',
    ...rows.map(
      ({ spec, use, source, confirmedBy, unconfirmed }) =>
        `| \`${spec}\` | ${use} | ${source} | ${unconfirmed ? `nobody: ${unconfirmed}` : numbers(confirmedBy)} |`,
    ),
    '',
    clients.map((name, nth) => `${nth + 1} = ${name}`).join('; '),
  ].join('\n')
}
