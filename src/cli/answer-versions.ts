// What answers for registered versions: the chain or the classifier in the files of their run, loaded once each.
import type { AnswerAgent } from '../agent/answer.ts'
import { LakedeskError } from '../core/errors.ts'
import { CLASSIFIER_FOLDER, type ClassifierTrainer, type TextClassifier } from '../platform/ports/classifier.ts'
import type { Platform } from '../platform/ports/platform.ts'
import type { RagChain } from '../rag/chain.ts'
import { loadChain } from '../rag/registered/load-chain.ts'
import { askAlone } from './build-agents.ts'
import { loadClassifier } from './load-classifier.ts'
import { loadOnce } from './load-once.ts'

export interface VersionAnswerer {
  /** Throws CHAIN_INVALID, PLATFORM_*. */
  chainOf(model: string, version: string): Promise<RagChain>
  agentOf(model: string, version: string): Promise<AnswerAgent>
  /** Throws CLASSIFIER_INVALID, PLATFORM_*. */
  classifierOf(model: string, version: string): Promise<TextClassifier>
  /** Prepares a version, whichever kind it is; throws where it cannot answer. */
  load(model: string, version: string): Promise<void>
  /** `{answer}` of a chain to `question`; `{label, confidence}` of a classifier to `text`, or to `question` as probes ask. */
  answer(
    model: string,
    version: string,
    record: Readonly<Record<string, unknown>>,
    options?: { signal?: AbortSignal },
  ): Promise<unknown>
}

export interface VersionAnswererParts {
  /** Where versions are registered and their files are; asked for with the first version. */
  platform(): Pick<Platform, 'registry' | 'runs'>
  trainer: ClassifierTrainer
  buildAgent(chain: RagChain): AnswerAgent
}

export function createVersionAnswerer({ platform, trainer, buildAgent }: VersionAnswererParts): VersionAnswerer {
  const chainOf = (model: string, version: string) => {
    const { registry, runs } = platform()
    return loadChain({ registry, artifacts: runs.artifacts }, model, version)
  }
  const agentOf = loadOnce((model, version) => chainOf(model, version).then(buildAgent))
  const classifierOf = loadOnce((model, version) => loadClassifier({ platform: platform(), trainer }, model, version))
  const isClassifier = loadOnce((model, version) => holdsClassifier(platform(), model, version))
  return {
    chainOf,
    agentOf,
    classifierOf,
    async load(model, version) {
      await ((await isClassifier(model, version)) ? classifierOf(model, version) : agentOf(model, version))
    },
    async answer(model, version, record, { signal = new AbortController().signal } = {}) {
      if (await isClassifier(model, version)) {
        const classifier = await classifierOf(model, version)
        const [predicted] = await classifier.classify([textOf(record, 'text', 'question')], signal)
        return { label: predicted?.label ?? '', confidence: predicted?.confidence ?? 0 }
      }
      const asked = { text: textOf(record, 'question'), signal }
      const answer = await askAlone(await agentOf(model, version), 'endpoint', asked)
      return { answer: answer.text }
    },
  }
}

/** Its files tell: a version that is served stays what it is, whatever became of the policy. */
async function holdsClassifier(
  { registry, runs }: Pick<Platform, 'registry' | 'runs'>,
  model: string,
  version: string,
): Promise<boolean> {
  const found = await registry.getVersion(model, version)
  if (!found) {
    throw new LakedeskError(
      'PLATFORM_NOT_FOUND',
      `There is no version ${version} of ${model}. List its versions first.`,
    )
  }
  const { runId } = found
  return runId !== null && (await runs.artifacts.list(runId, CLASSIFIER_FOLDER)).length > 0
}

function textOf(record: Readonly<Record<string, unknown>>, ...names: readonly string[]): string {
  return names.map((name) => record[name]).find((value) => typeof value === 'string') ?? ''
}
