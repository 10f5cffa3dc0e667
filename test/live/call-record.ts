// Which client made which call of the lakehouse: by the user agents that they send, and the routes that answered.
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Asked } from '../../src/platform/lakehouse/start-lakehouse.ts'

/** How our own drivers are called in a record. */
export const LAKEDESK = 'Lakedesk'

export interface SeenCall {
  /** Method and path, such as `GET /api/2.0/serving-endpoints/{name}`. */
  spec: string
  /** `Lakedesk`, or an official client with its version, such as `databricks-sdk 0.156.0`. */
  client: string
}

/** Written by pip's rules: `name==version` per line. */
const pins = new Map(
  readFileSync(new URL('requirements.txt', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => [line.split('==')[0] ?? '', line.split('==')[1] ?? ''] as const),
)

const manifestSchema = z.object({ version: z.string() })
const packages = new URL('../../node_modules/', import.meta.url)

/** Its version stands in the manifest of the installed package. */
function fromNpm(name: string): string {
  const manifest = readFileSync(new URL(`${name}/package.json`, packages), 'utf8')
  const { version } = manifestSchema.parse(JSON.parse(manifest))
  return `${name} ${version} (npm)`
}

const fromPyPi = (name: string): string => `${name} ${pins.get(name)} (PyPI)`

/** Clients that name themselves. The SDKs for Python and JavaScript are also what other clients speak through. */
const BY_AGENT: readonly (readonly [RegExp, string])[] = [
  [/^lakedesk\//, LAKEDESK],
  [/ai-sdk\/provider-utils/, fromNpm('@databricks/ai-sdk-provider')],
  [/databricks-sdk-js\//, fromNpm('@databricks/sdk-experimental')],
  [/databricks-sdk-py\//, fromPyPi('databricks-sdk')],
  [/^OpenAI\/Python/, fromPyPi('openai')],
  [/^OpenAI\/JS/, fromNpm('openai')],
]

/** Areas of lakehouse_clients.py whose client does not name itself, and what it sends instead. */
const BY_AREA: Readonly<Record<string, readonly (readonly [RegExp, string])[]>> = {
  'sign-in': [[/^python-requests\//, fromPyPi('databricks-sdk')]],
  search: [[/^python-requests\//, fromPyPi('databricks-vectorsearch')]],
  'ai-search': [[/^python-requests\//, fromPyPi('databricks-ai-search')]],
  models: [[/^python-requests\/|databricks-sdk-py\//, fromPyPi('mlflow')]],
  datasets: [[/^mlflow|^python-requests\//, fromPyPi('mlflow')]],
  tracking: [[/^python-requests\/|databricks-sdk-py\//, fromPyPi('mlflow')]],
  evaluate: [[/databricks-sdk-py\//, fromPyPi('mlflow')]],
}

/** Null for requests of no client: those that a test makes itself. */
export function clientOf(agent: string, area?: string): string | null {
  const known = [...((area === undefined ? undefined : BY_AREA[area]) ?? []), ...BY_AGENT]
  return known.find(([pattern]) => pattern.test(agent))?.[1] ?? null
}

export type CallRecord = ReturnType<typeof createCallRecord>

export function createCallRecord() {
  const seen = new Map<string, SeenCall>()
  /** The area of lakehouse_clients.py that runs now. */
  let area: string | undefined
  function add(spec: string | null, agent: string): void {
    const client = clientOf(agent, area)
    if (spec !== null && client !== null) seen.set(`${client} ${spec}`, { spec, client })
  }
  return {
    asked: ({ spec, headers }: Pick<Asked, 'spec' | 'headers'>): void => add(spec, headers['user-agent'] ?? ''),
    add,
    /** Areas go one after the other: their clients are told apart by it. */
    async during<T>(name: string, work: () => Promise<T>): Promise<T> {
      if (area !== undefined) throw new Error(`${name} begins while ${area} runs.`)
      area = name
      try {
        return await work()
      } finally {
        area = undefined
      }
    },
    calls: (): SeenCall[] => [...seen.values()],
  }
}
