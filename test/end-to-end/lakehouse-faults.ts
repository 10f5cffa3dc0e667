// Faults that are asked of the lakehouse by rule: drawn from a seed, and counted when requests met them.
import { z } from 'zod'
import type { TourSite } from './lakehouse-tour-site.ts'

/** How requests of the tour begin, by how often a rule is drawn for them. */
const ROUTES: readonly (readonly [number, string])[] = [
  [8, 'POST /serving-endpoints/'],
  [6, 'POST /api/2.0/vector-search/indexes/'],
  [3, 'GET /api/2.0/vector-search/'],
  [6, 'POST /api/2.0/sql/statements'],
  [2, 'GET /api/2.0/sql/'],
  [4, 'GET /api/2.0/mlflow/unity-catalog/'],
  [3, 'POST /api/2.0/mlflow/unity-catalog/'],
  [5, 'PUT /api/2.1/unity-catalog/'],
  [5, 'POST /api/2.1/unity-catalog/'],
  [3, 'GET /api/2.1/unity-catalog/'],
  [5, 'PUT /api/2.0/serving-endpoints/'],
  [4, 'GET /api/2.0/serving-endpoints'],
  [4, 'POST /api/2.0/mlflow/runs/'],
  [3, 'GET /api/2.0/mlflow/'],
  [2, '* /api/2.0/mlflow-artifacts/'],
  [2, '* /api/2.0/fs/'],
  [3, 'POST /api/2.2/jobs/'],
  [3, 'GET /api/2.2/jobs/'],
  [3, 'POST /api/2.0/fine-tuning/'],
  [3, 'GET /api/2.0/fine-tuning/'],
  [2, '* /api/2.0/preview/scim/'],
  [4, '* /'],
]

export const KINDS = [
  ...['429', '503', '500', '409', 'cut', 'cut-after', 'cut-after-bytes', 'html', 'slow', 'after-503'],
] as const
export type FaultKind = (typeof KINDS)[number]
export type Met = Record<string, number>

/** Numbers in [0, 1). */
export type Random = () => number

export const pick = <T>(random: Random, from: readonly T[]): T => {
  const one = from[Math.floor(random() * from.length)]
  if (one === undefined) throw new Error('nothing to pick from')
  return one
}

function pickRoute(random: Random): string {
  const all = ROUTES.reduce((sum, [weight]) => sum + weight, 0)
  let left = random() * all
  for (const [weight, start] of ROUTES) {
    left -= weight
    if (left < 0) return start
  }
  return '* /'
}

function write(kind: string, random: Random): string {
  if (kind === 'cut-after-bytes') return `${kind}=${1 + Math.floor(random() * 700)}`
  if (kind === 'slow') return `${kind}=${50 + Math.floor(random() * 750)}`
  return kind
}

const listSchema = z.object({ faults: z.array(z.looseObject({ times: z.number(), skip: z.number() })) })

export function createFaultsOf(site: Pick<TourSite, 'ask'>, random: Random) {
  /** Rules that were given and not counted yet, with how often they may still be met. */
  let given: { kind: string; key: string; times: number }[] = []
  const met: Met = {}

  return {
    met,
    total: (): number => Object.values(met).reduce((sum, count) => sum + count, 0),
    /** Draws so many rules: each is met by up to `most` requests, after a few that go by. */
    async inject(rules: number, most: number): Promise<void> {
      for (let nth = 0; nth < rules; nth++) {
        const kind = pick(random, KINDS)
        const rule = {
          start: pickRoute(random),
          fault: write(kind, random),
          times: 1 + Math.floor(random() * most),
          skip: Math.floor(random() ** 2 * 12),
        }
        const taken = await site.ask('POST /lakehouse/faults', rule)
        given.push({ kind, key: JSON.stringify([taken.start, taken.fault]), times: rule.times })
      }
    },
    /** Takes all rules away, and counts which were met. */
    async clear(): Promise<number> {
      const left = new Map<string, number>()
      for (const { start, fault, times } of listSchema.parse(await site.ask('GET /lakehouse/faults')).faults) {
        const key = JSON.stringify([start, fault])
        left.set(key, (left.get(key) ?? 0) + times)
      }
      await site.ask('DELETE /lakehouse/faults')
      let sum = 0
      for (const { kind, key, times } of given) {
        const unmet = Math.min(times, left.get(key) ?? 0)
        left.set(key, (left.get(key) ?? 0) - unmet)
        met[kind] = (met[kind] ?? 0) + times - unmet
        sum += times - unmet
      }
      given = []
      return sum
    },
  }
}
