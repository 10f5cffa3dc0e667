// Loads the classifier of a registered version from the files of its run.
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import { createClassifierTrainer } from '../platform/offline/ai/training/create-classifier-trainer.ts'
import type { ClassifierTrainer, TextClassifier } from '../platform/ports/classifier.ts'
import type { Platform } from '../platform/ports/platform.ts'
import { offlineEmbeddings } from './build-models.ts'

/** The trainer that this installation trains and loads with. The embeddings' file is read with the first text. */
export function buildClassifierTrainer({ data }: Pick<Settings, 'data'>): ClassifierTrainer {
  return createClassifierTrainer({ embeddings: offlineEmbeddings(data) })
}

/** Throws PLATFORM_NOT_FOUND where there is no such version, CLASSIFIER_INVALID where it holds no classifier, PLATFORM_*. */
export async function loadClassifier(
  { platform, trainer }: { platform: Pick<Platform, 'registry' | 'runs'>; trainer: ClassifierTrainer },
  model: string,
  version: string,
): Promise<TextClassifier> {
  const { registry, runs } = platform
  const found = await registry.getVersion(model, version)
  if (!found) {
    throw new LakedeskError(
      'PLATFORM_NOT_FOUND',
      `There is no version ${version} of ${model}. List its versions first.`,
    )
  }
  const { runId, status } = found
  if (status !== 'READY') throw invalid(model, version, `it is ${status} in the registry`)
  if (runId === null) throw invalid(model, version, 'it was registered without a run, so there are no files')
  return trainer.load((path) => runs.artifacts.read(runId, path))
}

function invalid(model: string, version: string, why: string): LakedeskError {
  return new LakedeskError(
    'CLASSIFIER_INVALID',
    `Version ${version} of ${model} cannot classify, because ${why}. Train it again, and promote that version.`,
  )
}
