// The local lakehouse in memory as the stand-in of a Databricks workspace, steered by the test.
import { appendFileSync } from 'node:fs'
import { memoryBlobs } from '../../src/platform/lakehouse/blobs.ts'
import type { EndpointParts } from '../../src/platform/lakehouse/endpoints.ts'
import type { Fault } from '../../src/platform/lakehouse/faults.ts'
import type { FoundationModels } from '../../src/platform/lakehouse/foundation/create-foundation.ts'
import { cannedEngine, type SqlEngine } from '../../src/platform/lakehouse/sql-engine.ts'
import { type Asked, type LakehouseParts, startLakehouse } from '../../src/platform/lakehouse/start-lakehouse.ts'
import { memoryState } from '../../src/platform/lakehouse/state.ts'

export { type Fault, LOGIN_PAGE, TOO_MANY, UNAVAILABLE } from '../../src/platform/lakehouse/faults.ts'
export type { Asked } from '../../src/platform/lakehouse/start-lakehouse.ts'

export interface DatabricksOptions extends Pick<LakehouseParts, 'programs' | 'python' | 'trainer'> {
  /** What a served entity says to a record. Default: its version and the record. */
  answer?: EndpointParts['answer']
  now?: () => number
  /** What executes SQL statements. Default: every statement gives one row with 1. */
  engine?: SqlEngine
  /** What answers behind the pay-per-token endpoints. Default: there are none. */
  foundation?: FoundationModels
}

const ONE = cannedEngine([{ name: '1', type: 'INT' }], [[1]])
const OWNER = 'owner@example.com'

export async function startDatabricks({ answer, now, engine = ONE, foundation, ...jobs }: DatabricksOptions = {}) {
  const asked: Asked[] = []
  const lakehouse = await startLakehouse({
    state: memoryState(),
    blobs: memoryBlobs(now),
    answer: answer ?? ((entity, record) => ({ version: entity.entity_version, record })),
    engine,
    ...jobs,
    onAsked(one) {
      asked.push(one)
      writeDown(one)
    },
    ...(now ? { now } : {}),
    ...(foundation ? { foundation } : {}),
  })
  lakehouse.people.addUser({ userName: OWNER, groups: ['admins'] })
  return {
    ...lakehouse,
    /** A personal access token of the owner. */
    token: lakehouse.people.addToken(OWNER),
    /** Every request that was answered, in order. */
    asked,
    /** `start` such as `PUT /api/2.0/serving-endpoints/`: the next requests that begin so meet the fault. */
    fail(start: string, fault: Fault, times = 1): void {
      lakehouse.faults.add({ start, fault, times })
    },
  }
}

/** A file that gets one line per request, as JSON: who asked what. For the comparison of our drivers with official clients. */
const RECORD = process.env.LAKEDESK_RECORD_CALLS

function writeDown({ spec, headers }: Asked): void {
  if (RECORD) appendFileSync(RECORD, `${JSON.stringify({ spec, agent: headers['user-agent'] ?? '' })}\n`)
}

export type DatabricksStandIn = Awaited<ReturnType<typeof startDatabricks>>
