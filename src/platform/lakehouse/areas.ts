// The areas of the local lakehouse: each is routes over the shared state, and controls for whoever runs it.
import { createArtifacts } from './artifacts.ts'
import type { Blobs } from './blobs.ts'
import { createEndpoints, type EndpointParts } from './endpoints.ts'
import { createFoundation, type FoundationModels } from './foundation/create-foundation.ts'
import { createModels } from './models.ts'
import { createPeople } from './people.ts'
import { createRuns } from './runs.ts'
import type { SqlEngine } from './sql-engine.ts'
import type { State } from './state.ts'
import { createSql } from './statements.ts'
import { createTraces } from './traces.ts'

export interface AreaParts {
  state: State
  blobs: Blobs
  /** What a served entity says to a record. */
  answer: EndpointParts['answer']
  /** What executes SQL statements. */
  engine: SqlEngine
  /** What answers behind the pay-per-token endpoints. Without it there are none. */
  foundation?: FoundationModels
  now(): number
  /** Address of this lakehouse, such as `http://127.0.0.1:8085`; known once it listens. */
  host(): string
}

/** To add an area: create it here, and return it with the others, and its control below. More specific routes go before others. */
export function createAreas(parts: AreaParts) {
  const { state, now, answer, engine, host } = parts
  const models = createModels(now)
  const people = createPeople(models.ownerOf, now)
  const endpoints = createEndpoints({ state, now, statusOf: models.statusOf, answer })
  const { system, invoke } = endpoints
  const foundation = createFoundation({ models: parts.foundation, now, system, invokeOther: invoke })
  const runs = createRuns(now)
  const traces = createTraces(runs.requireRun, now)
  const artifacts = createArtifacts({ requireRun: runs.requireRun, requireTrace: traces.requireTrace, now })
  const sql = createSql({ engine, now, host })
  return { models, people, endpoints, foundation, runs, traces, artifacts, sql }
}

/** What steers each area, by the names that tests and the composition root use. */
export function controlsOf(areas: ReturnType<typeof createAreas>) {
  return {
    models: areas.models.control,
    people: areas.people.control,
    endpoints: areas.endpoints.control,
    /** Where endpoints that nobody created are added, and who answers for served versions. */
    system: areas.endpoints.system,
    runs: areas.runs.control,
    traces: areas.traces.control,
    files: areas.artifacts.control,
    sql: areas.sql.control,
  }
}
