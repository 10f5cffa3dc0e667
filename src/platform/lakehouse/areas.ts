// The areas of the local lakehouse: each is routes over the shared state, and controls for whoever runs it.
import type { ClassifierTrainer } from '../ports/classifier.ts'
import { createArtifacts } from './artifacts.ts'
import type { Blobs } from './blobs.ts'
import { createCatalogObjects } from './catalog-objects.ts'
import { createDbfs } from './dbfs.ts'
import { createEndpoints, type EndpointParts } from './endpoints.ts'
import { createFoundation, type FoundationModels } from './foundation/create-foundation.ts'
import { createAsk } from './jobs/ask-inside.ts'
import { createJobs } from './jobs/create-jobs-area.ts'
import type { JobProgram } from './jobs/job-program.ts'
import { createLoggedModels } from './logged-models.ts'
import { createModelFiles } from './model-files.ts'
import { createModels } from './models.ts'
import { createPeople } from './people.ts'
import { createMayChange, type MayChange } from './rights.ts'
import { createRuns } from './runs.ts'
import { createReadCheck } from './search/check-read.ts'
import { createSearch } from './search/create-search.ts'
import { createSecrets } from './secrets.ts'
import type { SqlEngine } from './sql-engine.ts'
import { withGovernance } from './sql-governance.ts'
import type { State } from './state.ts'
import { createSql } from './statements.ts'
import { createTraces } from './traces.ts'
import { createTraining } from './training/create-training.ts'
import { createTrainingProgram } from './training/training-program.ts'
import { createVolumes } from './volumes/create-volumes.ts'
import { createWorkspaceFiles } from './volumes/create-workspace-files.ts'
import { createFileSpace } from './volumes/file-space.ts'
import { createFilesOf } from './volumes/files-of-caller.ts'
import { createVolumeGrants } from './volumes/volume-grants.ts'
import type { Route } from './wire.ts'

/** Whom everything belongs to that nobody made over the wire. */
export const OWNER = 'owner@lakehouse.local'

export interface AreaParts {
  state: State
  blobs: Blobs
  /** What a served entity says to a record. */
  answer: EndpointParts['answer']
  /** What executes SQL statements. */
  engine: SqlEngine
  /** What answers behind the pay-per-token endpoints. Without it there are none. */
  foundation?: FoundationModels
  /** What tasks of jobs really do; the first that knows a task carries it out. */
  programs?: readonly JobProgram[]
  /** What fine-tunings and jobs that name its base model are carried out with. Without it nothing is trained. */
  trainer?: ClassifierTrainer
  /** Path of a Python interpreter for scripts that no program knows. Without it they fail, and say so. */
  python?: string
  now(): number
  /** Address of this lakehouse, such as `http://127.0.0.1:8085`; known once it listens. */
  host(): string
}

/** To add an area: create it here, and return it with the others, and its control below. More specific routes go before others. */
export function createAreas(parts: AreaParts) {
  const { state, now, answer, engine, host } = parts
  // Asked when somebody changes something: who owns what is known by then.
  const mayChange: MayChange = (...asked) => createMayChange({ ...people, ownerOf: unityCatalog.ownerOf })(...asked)
  const models = createModels(state, now, mayChange)
  const unityCatalog = createCatalogObjects({
    ...{ state, now, owner: OWNER, modelNames: models.names, ownerOfModel: models.ownerOf, mayChange },
    listTables: async (signal) => (await engine.listTables?.(signal)) ?? [],
  })
  const requireSecurable = unityCatalog.requireObject
  const people = createPeople({ state, now, requireSecurable, mayChange })
  const modelFiles = createModelFiles({ blobs: parts.blobs, requireVersion: models.requireVersion })
  const endpoints = createEndpoints({ state, now, statusOf: models.statusOf, groupsOf: people.groupsOf, answer })
  const { system, invoke } = endpoints
  const foundation = createFoundation({ models: parts.foundation, now, system, invokeOther: invoke })
  const { groupsOf, privilegesOf } = people
  const checkRead = createReadCheck({ ownerOf: unityCatalog.ownerOf, groupsOf, privilegesOf })
  const search = createSearch({ state, now, host, engine, embedWith: foundation.embedWith, checkRead })
  unityCatalog.addTables(search.tableOf)
  const runs = createRuns(state, now)
  const traces = createTraces(state, runs.requireRun, now)
  const { requireRun, requireExperiment, points } = runs
  const loggedModels = createLoggedModels({ state, now, requireExperiment, points })
  const artifacts = createArtifacts({
    ...{ blobs: parts.blobs, now, requireRun, requireTrace: traces.requireTrace, uriOfModel: loggedModels.uriOf },
  })
  const sql = createSql({ state, engine: withGovernance(engine, { objects: unityCatalog, people }), now, host })
  const space = createFileSpace(parts)
  const environment = (caller: string) => {
    const token = people.control.addToken(caller)
    const variables = { DATABRICKS_HOST: host(), DATABRICKS_TOKEN: token }
    return { variables, end: () => people.control.revoke(token) }
  }
  const mayUseVolume = createVolumeGrants({
    ...people,
    ...unityCatalog,
    ownerOf: (name) => unityCatalog.ownerOf('volume', name),
  })
  const filesOf = createFilesOf(space, mayUseVolume)
  // Filled below: jobs ask the areas that they are among.
  const inside: Route[] = []
  const askAs = (caller: string, signal: AbortSignal) => createAsk(() => inside, caller, signal)
  const { programs = [], python, trainer } = parts
  const trainings = trainer ? [createTrainingProgram(trainer, now)] : []
  const others = { state, now, host, engine, askAs, environment, files: space, filesOf, ...(python ? { python } : {}) }
  const areas = {
    ...{ models, modelFiles, unityCatalog, people, endpoints, foundation, runs, traces, loggedModels, artifacts, sql },
    volumes: createVolumes({ tree: space.volumes, may: mayUseVolume }),
    dbfs: createDbfs({ space, may: mayUseVolume }),
    workspaceFiles: createWorkspaceFiles(space),
    search,
    secrets: createSecrets({ state, now, groupsOf: people.groupsOf }),
    jobs: createJobs({ ...others, programs: [...programs, ...trainings] }),
    training: createTraining({ state, now, engine, askAs, filesOf, trainer }),
  }
  inside.push(...routesOf(areas))
  return areas
}

/** Of all areas; the more specific ones first. */
export function routesOf(areas: Readonly<Record<string, { routes: readonly Route[] }>>): Route[] {
  return Object.values(areas)
    .flatMap((area) => area.routes)
    .sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0))
}

/** What steers each area, by the names that tests and the composition root use. */
export function controlsOf(areas: ReturnType<typeof createAreas>) {
  return {
    models: areas.models.control,
    people: areas.people.control,
    unityCatalog: areas.unityCatalog.control,
    endpoints: areas.endpoints.control,
    /** Where endpoints that nobody created are added, and who answers for served versions. */
    system: areas.endpoints.system,
    runs: areas.runs.control,
    traces: areas.traces.control,
    files: areas.artifacts.control,
    sql: areas.sql.control,
    search: areas.search.control,
    volumes: areas.volumes.control,
    jobs: areas.jobs.control,
  }
}
