// The local driver of training over an embedded platform in a folder, with the real trainer.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { silentLog } from '../../../../src/core/log.ts'
import { createOfflineEmbeddings } from '../../../../src/platform/local/embeddings/offline-embeddings.ts'
import {
  createLocalTraining,
  type LocalTraining,
} from '../../../../src/platform/local/training/create-local-training.ts'
import { createClassifierTrainer } from '../../../../src/platform/offline/ai/training/create-classifier-trainer.ts'
import type { LabelledRow } from '../../../../src/platform/ports/ai-functions.ts'
import type { ClassifierTrainer } from '../../../../src/platform/ports/classifier.ts'
import type { Platform } from '../../../../src/platform/ports/platform.ts'
import type { TrainingFile, TrainingSpec } from '../../../../src/platform/ports/training.ts'
import { openTestPlatform } from '../platform-under-test.ts'

const cacheFolder = fileURLToPath(new URL('../../../../node_modules/.cache/lakedesk', import.meta.url))

export const realTrainer: ClassifierTrainer = createClassifierTrainer({
  embeddings: createOfflineEmbeddings({ cacheFolder }),
})

export interface OpenTraining {
  platform: Platform
  training: LocalTraining
  close(): Promise<void>
}

export function openTraining(folder: string, trainer: ClassifierTrainer = realTrainer): OpenTraining {
  const { platform, close } = openTestPlatform({ file: join(folder, 'platform.db') })
  const { registry, runs } = platform
  const training = createLocalTraining({ registry, runs, trainer, folder: join(folder, 'training'), log: silentLog })
  return {
    platform,
    training,
    async close() {
      await training.close()
      await close()
    },
  }
}

export function toFile(rows: readonly unknown[], path = 'train.jsonl'): TrainingFile {
  return { path, bytes: new TextEncoder().encode(rows.map((row) => `${JSON.stringify(row)}\n`).join('')) }
}

export function specOf(trainData: string, more: Partial<TrainingSpec> = {}): TrainingSpec {
  return {
    ...{ baseModel: 'lakedesk/ticket-classifier', task: 'CLASSIFICATION', trainData, evalData: null },
    ...{ duration: '3ep', learningRate: null, registerTo: 'ml.support.ticket_classifier' },
    ...{ experiment: '/Shared/training', runName: 'tickets', token: 'a-token', params: {} },
    ...more,
  }
}

/** The same rows as each format writes them. */
export const AS_FORMAT = {
  'labelled-jsonl': (rows: readonly LabelledRow[]) => rows,
  'instruction-jsonl': (rows: readonly LabelledRow[]) =>
    rows.map(({ text, label }) => ({ prompt: text, response: label })),
  'chat-jsonl': (rows: readonly LabelledRow[]) =>
    rows.map(({ text, label }) => ({
      messages: [
        { role: 'system', content: 'Classify the ticket.' },
        { role: 'user', content: text },
        { role: 'assistant', content: label },
      ],
    })),
} as const
