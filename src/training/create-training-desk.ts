// The desk of trainings: counts what was asked for, and carries out what was agreed to.
import { digestOf } from '../core/digest.ts'
import type { Registry } from '../platform/ports/registry.ts'
import type { BaseModel, Training, TrainingRun } from '../platform/ports/training.ts'
import { type CheckedData, checkExamples } from './check-examples.ts'
import { convertExample } from './convert-example.ts'
import { toDurationText } from './duration.ts'
import { estimateTraining } from './estimate-training.ts'
import { type Example, estimateTokens, KIND_OF_TASK } from './example.ts'
import { type Ended, followTraining, type Hands } from './follow-training.ts'
import { eachPaced } from './paced.ts'
import type { PreparedTraining } from './prepared-training.ts'
import { type DataSources, readData } from './read-data.ts'
import { type Split, splitExamples } from './split-examples.ts'
import type { Uploaded } from './training-journal.ts'
import {
  type ChosenBase,
  chooseBase,
  parseLearningRate,
  readDuration,
  type TrainingWish,
  type WishFaults,
  whyNoBaseModel,
  whyNotModelName,
} from './training-wish.ts'
import { writeInPieces } from './write-examples.ts'

export interface TrainingDeskParts {
  training: Training
  sources: DataSources
  registry: Pick<Registry, 'listVersions'>
  /** Registered model of the ticket classifier: where labelled texts are registered unless something else is said. */
  classifier: string
  /** Registered models as the policy spells them; the classifier need not be among them. */
  models?: readonly string[]
  /** True where models are registered as catalog.schema.model. */
  needsCatalog: boolean
  /** Of the runs; default `/Shared/lakedesk-training`. */
  experiment?: string
  /** Between two looks at a run, milliseconds; default 5,000. */
  pollMs?: number
}

export type Prepared = { kind: 'prepared'; training: PreparedTraining } | { kind: 'refused'; faults: WishFaults }

export interface TrainingDesk {
  /** Name of the driver. */
  readonly driver: string
  readonly classifier: string
  /** The model that is meant, as the policy spells it: names that differ in case alone are one model. Empty: the classifier. */
  spell(model: string): string
  listBaseModels(): Promise<BaseModel[]>
  /** Names of files that may be trained on, and where they lie. */
  listFiles(): Promise<{ names: string[]; where: string }>
  /** Reads only. Throws PLATFORM_*, STORE_*, SQL_*. */
  prepare(wish: TrainingWish, signal: AbortSignal): Promise<Prepared>
  /** Safe to call again after a crash: equal tokens are one run. Throws PLATFORM_*, STORE_*, SQL_*, TRAINING_INVALID, and the reason of the signal. */
  run(training: PreparedTraining, hands: Hands): Promise<Ended>
  /** What has begun, to its end; null where nothing has. Throws as `run`. */
  resume(hands: Hands): Promise<Ended | null>
}

export type { Ended, Hands, TrainingRun }

const EXPERIMENT = '/Shared/lakedesk-training'
/** Any number will do, as long as it stays: it decides what is held out. */
const SEED = 20

export function createTrainingDesk(parts: TrainingDeskParts): TrainingDesk {
  const { training, sources } = parts
  const { pollMs = 5_000 } = parts
  return {
    driver: training.name,
    classifier: parts.classifier,
    spell: (model) => spell(model, parts),
    listBaseModels: () => training.listBaseModels(),
    listFiles: async () => ({ names: await sources.files.list(), where: sources.files.where }),
    prepare: (wish, signal) => prepare(wish, signal, parts),
    run: (prepared, hands) =>
      followTraining(hands, {
        training,
        pollMs,
        upload: () => upload(prepared, hands.signal, parts),
        start: (uploaded) => start(prepared, uploaded, hands, parts),
      }),
    async resume(hands) {
      const hasBegun = (await hands.journal.started()) !== null || (await hands.journal.starting()) !== null
      const upload = async () => 'Its request cannot be read any more, so nothing is uploaded.'
      return hasBegun ? followTraining(hands, { training, pollMs, upload, start: null }) : null
    },
  }
}

function spell(model: string, { models = [], classifier }: TrainingDeskParts): string {
  if (model === '') return classifier
  return [...models, classifier].find((known) => known.toLowerCase() === model.toLowerCase()) ?? model
}

async function prepare(wish: TrainingWish, signal: AbortSignal, parts: TrainingDeskParts): Promise<Prepared> {
  const { training, registry, needsCatalog } = parts
  const faults: WishFaults = {}
  const learningRate = parseLearningRate(wish.learningRate)
  if (typeof learningRate === 'string') faults.learningRate = learningRate
  // A wrong duration is said together with everything else, whatever the data turn out to be.
  const early = readDuration(wish.duration, 'CHAT_COMPLETION')
  if (typeof early === 'string') faults.duration = early
  const whyNotName = wish.registerTo === '' ? null : whyNotModelName(wish.registerTo, needsCatalog)
  if (whyNotName !== null) faults.registerTo = whyNotName
  const models = await training.listBaseModels()
  const whyNoBase = whyNoBaseModel(wish.baseModel, models)
  if (whyNoBase !== null) faults.baseModel = whyNoBase
  const checked = await loadData(wish.data, signal, parts)
  if (typeof checked === 'string') return { kind: 'refused', faults: { ...faults, data: checked } }
  const base = chooseBase(wish.baseModel, checked.kind, models, training.formats)
  if (typeof base === 'string') return { kind: 'refused', faults: { ...faults, baseModel: base } }
  const duration = readDuration(wish.duration, base.task)
  if (typeof duration === 'string') faults.duration = duration
  const isNamed = wish.registerTo !== '' || base.task === 'CLASSIFICATION'
  const registerTo = isNamed ? spell(wish.registerTo, parts) : ''
  if (registerTo === '')
    faults.registerTo = 'Name the model that gets the next version, such as ml_catalog.llm_models.support_ft.'
  if (typeof learningRate === 'string' || typeof duration === 'string' || Object.keys(faults).length > 0) {
    return { kind: 'refused', faults }
  }
  const divided = await divide(checked, base, signal)
  if (typeof divided === 'string') return { kind: 'refused', faults: { data: divided } }
  const tokens = divided.train.reduce((sum, example) => sum + estimateTokens(example), 0)
  const [newest] = await registry.listVersions(registerTo)
  return {
    kind: 'prepared',
    training: {
      driver: training.name,
      baseModel: base.model.name,
      task: base.task,
      format: base.format,
      data: checked.name,
      digest: checked.digest,
      seed: SEED,
      duration: toDurationText(duration),
      learningRate,
      registerTo,
      newest: newest?.version ?? null,
      counts: {
        rows: checked.rows,
        train: divided.train.length,
        held: divided.held.length,
        tokens,
        leftOut: checked.leftOut,
        labels: [...checked.labels],
      },
      notes: [...checked.notes],
      estimate: estimateTraining(tokens, duration, base.model),
    },
  }
}

async function loadData(
  name: string,
  signal: AbortSignal,
  { sources }: TrainingDeskParts,
): Promise<CheckedData | string> {
  const raw = await readData(name, sources, signal)
  return typeof raw === 'string' ? raw : checkExamples(raw, signal)
}

/** A string is the sentence why not. */
async function divide(
  checked: CheckedData,
  { task }: Pick<ChosenBase, 'task'>,
  signal: AbortSignal,
): Promise<Split | string> {
  const labels = checked.labels.map(({ label }) => label).sort()
  const { train, held } = await splitExamples(checked.examples, SEED, signal)
  const convert = async (examples: readonly Example[]): Promise<Example[] | null> => {
    const converted: (Example | null)[] = []
    const add = (example: Example) => converted.push(convertExample(example, KIND_OF_TASK[task], labels))
    await eachPaced(examples, add, signal)
    return converted.every((example) => example !== null) ? converted : null
  }
  const [toTrain, toHold] = [await convert(train), await convert(held)]
  if (toTrain && toHold) return { train: toTrain, held: toHold }
  return `${checked.name} holds conversations of several turns, which this base model does not take. Choose a base model for conversations.`
}

/** Null where the data are no longer what was agreed to. */
async function upload(
  prepared: PreparedTraining,
  signal: AbortSignal,
  parts: TrainingDeskParts,
): Promise<Uploaded | string> {
  const { training } = parts
  const checked = await loadData(prepared.data, signal, parts)
  if (typeof checked === 'string') return checked
  if (checked.digest !== prepared.digest) {
    return `${prepared.data} has changed since it was agreed to: its digest was ${prepared.digest.slice(0, 12)} and is ${checked.digest.slice(0, 12)}.`
  }
  const divided = await divide(checked, prepared, signal)
  if (typeof divided === 'string') return divided
  const { format, task, seed, digest } = prepared
  const name = digestOf({ digest, task, seed, format }).slice(0, 16)
  const train = await writeInPieces(divided.train, format, signal)
  const trainData = await training.upload(`${name}-train`, format, train)
  const held = divided.held.length > 0 ? await writeInPieces(divided.held, format, signal) : null
  return { trainData, evalData: held && (await training.upload(`${name}-eval`, format, held)) }
}

function start(
  prepared: PreparedTraining,
  uploaded: Uploaded,
  { token, runName }: Hands,
  parts: TrainingDeskParts,
): Promise<string> {
  const { baseModel, task, duration, learningRate, registerTo, data, digest, seed, counts } = prepared
  return parts.training.start({
    ...{ baseModel, task, duration, learningRate, registerTo, runName, token, ...uploaded },
    experiment: parts.experiment ?? EXPERIMENT,
    params: {
      data,
      data_digest: digest,
      data_train: String(counts.train),
      data_held_out: String(counts.held),
      split_seed: String(seed),
    },
  })
}
