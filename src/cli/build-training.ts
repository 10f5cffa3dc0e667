// Builds the driver of training of the settings, the desk over it, and the tools over the desk.
import { join, resolve } from 'node:path'
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { createDatabricksJobs } from '../platform/databricks/create-databricks-jobs.ts'
import { createDatabricksVolumes } from '../platform/databricks/create-databricks-volumes.ts'
import { createAiRuntimeTraining } from '../platform/databricks/training/create-ai-runtime-training.ts'
import { createComposerTraining } from '../platform/databricks/training/create-composer-training.ts'
import { createFineTuningTraining } from '../platform/databricks/training/create-fine-tuning-training.ts'
import { readTrainedHere } from '../platform/databricks/training/trained-here.ts'
import { createLocalTraining } from '../platform/local/training/create-local-training.ts'
import type { Sql } from '../platform/ports/sql.ts'
import type { Training } from '../platform/ports/training.ts'
import type { Volumes } from '../platform/ports/volumes.ts'
import { toModelPolicies } from '../promotion/model-policies.ts'
import { type Policy, policyDigest } from '../promotion/policy.ts'
import type { Store } from '../store/port.ts'
import type { TicketPlan } from '../tickets/ticket-plan.ts'
import { createMayDecide } from '../tools/may-decide.ts'
import { allowedTables } from '../tools/query-tickets.ts'
import { createTrainingTools, type TrainingTools } from '../tools/training-tools.ts'
import { createTrainingDesk } from '../training/create-training-desk.ts'
import type { BuiltPlatform } from './build-platform.ts'
import { DATASETS_FOLDER, dataFiles } from './data-files.ts'
import { openWorkspace } from './databricks-auth.ts'
import { buildClassifierTrainer } from './load-classifier.ts'
import { linkPeople } from './load-policy.ts'

export interface BuiltTraining extends TrainingTools {
  close(): Promise<void>
}

export interface TrainingOptions {
  settings: Settings
  policy: Policy
  built: Pick<BuiltPlatform, 'platform'>
  store: Store
  sql: Sql
  /** Of the tickets: its tables may be trained on. */
  plan: TicketPlan
  log: Log
}

/** Between two looks at a run on this machine, and elsewhere. */
const LOCAL_POLL_MS = 500
const POLL_MS = 10_000

interface Driver {
  training: Training
  volumes: Volumes | null
  close(): Promise<void>
}

function buildDriver({ settings, built, log }: TrainingOptions): Driver {
  const { platform, training, volume, data } = settings
  const { registry, runs } = built.platform
  const workspace = platform.kind === 'databricks' ? openWorkspace(platform, log) : null
  const volumes = workspace && createDatabricksVolumes(workspace)
  if (training.driver === 'local') {
    const folder = join(resolve(data), 'training')
    const local = createLocalTraining({ registry, runs, trainer: buildClassifierTrainer(settings), folder, log })
    return { training: local, volumes, close: () => local.close() }
  }
  if (!workspace || !volumes || volume === undefined) {
    throw new LakedeskError(
      'CONFIG_INVALID',
      `Training by ${training.driver} needs a workspace and a folder of a volume for its programs and data. Set LAKEDESK_PLATFORM=databricks and LAKEDESK_VOLUME, or LAKEDESK_TRAINING=local.`,
    )
  }
  const common = { volumes, runs, registry, volume }
  const close = async (): Promise<void> => {}
  const jobs = createDatabricksJobs(workspace)
  const moreModels = async () => (await readTrainedHere(workspace.http)) ?? []
  switch (training.driver) {
    case 'fine-tuning':
      return { training: createFineTuningTraining({ ...common, http: workspace.http }), volumes, close }
    case 'ai-runtime':
      return { training: createAiRuntimeTraining({ ...common, jobs, moreModels }), volumes, close }
    case 'composer':
      return { training: createComposerTraining({ ...common, jobs, moreModels }), volumes, close }
  }
}

/** Throws CONFIG_INVALID where the driver of the settings lacks what it needs. */
export function buildTraining(options: TrainingOptions): BuiltTraining {
  const { settings, policy, built, store, sql, plan, log } = options
  const { registry, runs, catalog } = built.platform
  const driver = buildDriver(options)
  const { classifier } = settings.training
  const models = toModelPolicies(policy, classifier)
  const policyOf = (model: string) => models.find((own) => own.model.toLowerCase() === model.toLowerCase()) ?? policy
  const desk = createTrainingDesk({
    training: driver.training,
    sources: {
      ...{ memory: store, sql, tables: allowedTables(plan) },
      files: dataFiles(join(resolve(settings.data), DATASETS_FOLDER), driver.volumes),
    },
    registry,
    classifier,
    models: models.map(({ model }) => model),
    needsCatalog: settings.platform.kind === 'databricks',
    pollMs: settings.training.driver === 'local' ? LOCAL_POLL_MS : POLL_MS,
  })
  const tools = createTrainingTools({
    desk,
    people: linkPeople(policy),
    approvalOf: (model) => ({ ...policyOf(model).approval, digest: policyDigest(policyOf(model)) }),
    async mayDecide(principal, model) {
      // A model that has no version yet has no grants of its own: those of its schema count, or those on the model in use.
      const isNew = (await registry.listVersions(model)).length === 0
      const { privileges } = policyOf(model).approval
      if (!isNew) return createMayDecide({ catalog, model, privileges })(principal)
      const ofSchema = { ...catalog, effectivePrivileges: catalog.schemaPrivileges }
      const may = await createMayDecide({ catalog: ofSchema, model, privileges })(principal)
      if (may === true) return true
      if ((await createMayDecide({ catalog, model: policy.model, privileges })(principal)) === true) return true
      return `${may} It has no version yet, so rights on its schema count, or those on ${policy.model}.`
    },
    approvals: store.approvals,
    checkpoints: store.checkpoints,
    runs,
    log,
  })
  return { ...tools, close: () => driver.close() }
}
