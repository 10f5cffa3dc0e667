// Fine-tuning on AI Runtime: a shipped program on GPUs that the workspace provides (`ai_runtime_task`), the replacement of managed fine-tuning.
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path/posix'
import { fileURLToPath } from 'node:url'
import type { BaseModel, Training } from '../../ports/training.ts'
import { withOpenModels } from './base-models.ts'
import { createJobTraining, type JobTrainingParts } from './job-training.ts'
import { putProgram } from './put-files.ts'

export interface AiRuntimeOptions extends JobTrainingParts {
  /** Such as `GPU_1xH100`; default that. */
  accelerator?: string
  /** A multiple of the accelerators of one node; default 1. */
  count?: number
  /** What the workspace trains beside the open models, such as Lakedesk's own classifier. */
  moreModels?(): Promise<readonly BaseModel[]>
}

const PROGRAM = fileURLToPath(new URL('../programs/finetune.py', import.meta.url))

/** Trains on conversations or prompts in JSON lines. Throws PLATFORM_*, TRAINING_INVALID. */
export function createAiRuntimeTraining(options: AiRuntimeOptions): Training {
  const { accelerator = 'GPU_1xH100', count = 1, moreModels } = options
  return createJobTraining(
    {
      name: 'ai-runtime',
      formats: ['chat-jsonl', 'instruction-jsonl', 'labelled-jsonl'],
      models: async () => withOpenModels((await moreModels?.()) ?? []),
      async toTask(spec, parameters) {
        const program = await putProgram(options, 'finetune.py', readFileSync(PROGRAM, 'utf8'))
        const settings = await putProgram(options, `spec-${spec.token}.json`, JSON.stringify(parameters))
        const command = await putProgram(options, `train-${spec.token}.sh`, toCommand(program, settings))
        const folder = dirname(spec.experiment)
        return {
          kind: 'gpu',
          // The Jobs API takes folders of the workspace by their whole path alone.
          folder: folder.startsWith('/Workspace') ? folder : `/Workspace${folder}`,
          ...{ command, accelerator, count, parameters, run: spec.runName },
          experiment: spec.experiment.slice(folder.length).replace(/^\//, ''),
        }
      },
    },
    options,
  )
}

/** Versions that train together; torch comes with the image of the accelerators. */
const PACKAGES = ['transformers==4.57.6', 'peft==0.21.2', 'accelerate==1.15.0', 'mlflow==3.17.2']

/** How parameters of the task reach a command is not documented, so the program gets them as a file. */
function toCommand(program: string, settings: string): string {
  return [
    '#!/bin/bash',
    'set -euo pipefail',
    `pip install --quiet ${PACKAGES.map((each) => `'${each}'`).join(' ')}`,
    `exec accelerate launch '${program}' --spec '${settings}'`,
    '',
  ].join('\n')
}
