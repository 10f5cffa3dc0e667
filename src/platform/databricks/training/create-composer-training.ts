// Fine-tuning by Composer: a shipped program on a GPU cluster of the workspace that reads Streaming's MDS shards.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { BaseModel, Training } from '../../ports/training.ts'
import { withOpenModels } from './base-models.ts'
import { createJobTraining, type JobTrainingParts } from './job-training.ts'
import { putProgram } from './put-files.ts'

export interface ComposerOptions extends JobTrainingParts {
  /** As the Jobs API takes `new_cluster`; default one machine with A100 GPUs of Azure. */
  cluster?: Readonly<Record<string, unknown>>
  /** What the workspace trains beside the open models, such as Lakedesk's own classifier. */
  moreModels?(): Promise<readonly BaseModel[]>
}

const PROGRAM = fileURLToPath(new URL('../programs/composer_finetune.py', import.meta.url))
const DEPENDENCIES = ['mosaicml==0.32.1', 'mosaicml-streaming==0.13.0', 'mlflow==3.17.2']
const CLUSTER = {
  spark_version: '16.4.x-gpu-ml-scala2.13',
  node_type_id: 'Standard_NC24ads_A100_v4',
  num_workers: 0,
  data_security_mode: 'SINGLE_USER',
  spark_conf: { 'spark.master': 'local[*]', 'spark.databricks.cluster.profile': 'singleNode' },
  custom_tags: { ResourceClass: 'SingleNode' },
}

/** Throws PLATFORM_*, TRAINING_INVALID. */
export function createComposerTraining(options: ComposerOptions): Training {
  const { cluster = CLUSTER, moreModels } = options
  return createJobTraining(
    {
      name: 'composer',
      formats: ['mds'],
      models: async () => withOpenModels((await moreModels?.()) ?? []),
      async toTask(_spec, parameters) {
        const file = await putProgram(options, 'composer_finetune.py', readFileSync(PROGRAM, 'utf8'))
        const given = Object.entries(parameters).flatMap(([name, value]) => [`--${name}`, value])
        return { kind: 'cluster', file, parameters: given, dependencies: DEPENDENCIES, cluster }
      },
    },
    options,
  )
}
