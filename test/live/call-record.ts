// Which client made which call of the lakehouse: by the user agents that they send, and the routes that answered.
import type { Asked } from '../../src/platform/lakehouse/start-lakehouse.ts'

export interface SeenCall {
  /** Method and path, such as `GET /api/2.0/serving-endpoints/{name}`. */
  spec: string
  /** `lakedesk` for our own drivers, else an official client with its version. */
  client: string
}

/** In the order in which they are looked for: MLflow and the search clients speak through the SDK, and name both. */
const CLIENTS: readonly (readonly [RegExp, string])[] = [
  [/^lakedesk\//, 'lakedesk'],
  [/mlflow(?:-python-client)?\/(\S+)/i, 'mlflow'],
  [/(?:vector-?search|ai-?search)[\w-]*\/(\S+)/i, 'databricks-vectorsearch'],
  [/databricks-ai-sdk-provider\/(\S+)/i, '@databricks/ai-sdk-provider'],
  [/databricks-sdk-js\/(\S+)/i, '@databricks/sdk-experimental'],
  [/databricks-sdk-py\/(\S+)/i, 'databricks-sdk'],
  [/OpenAI\/Python (\S+)/, 'openai (PyPI)'],
  [/OpenAI\/JS (\S+)/, 'openai (npm)'],
]

/** Null for requests of no client: tests that ask by themselves. */
export function clientOf(userAgent: string): string | null {
  for (const [pattern, name] of CLIENTS) {
    const found = pattern.exec(userAgent)
    if (found) return found[1] === undefined ? name : `${name} ${found[1]}`
  }
  return null
}

export type CallRecord = ReturnType<typeof createCallRecord>

export function createCallRecord() {
  const seen = new Map<string, SeenCall>()
  const agents = new Set<string>()
  return {
    add({ spec, headers }: Pick<Asked, 'spec' | 'headers'>): void {
      const agent = headers['user-agent'] ?? ''
      agents.add(agent)
      const client = clientOf(agent)
      if (spec !== null && client !== null) seen.set(`${client} ${spec}`, { spec, client })
    },
    calls: (): SeenCall[] => [...seen.values()],
    agents: (): string[] => [...agents],
  }
}
