// The trainer as a program of jobs: AI Runtime tasks and Python scripts whose parameters name its base model are carried out here.
import type { ClassifierTrainer } from '../../ports/classifier.ts'
import type { JobProgram, JobTask } from '../jobs/job-program.ts'
import { asValues, text } from '../wire.ts'
import {
  type ClassifierWish,
  readEpochs,
  readRate,
  readRegisterTo,
  readSeed,
  trainClassifier,
} from './train-classifier.ts'

/** Names of a parameter that trainings use, in order of preference. */
const NAMES = {
  model: ['model', 'base_model', 'model_name'],
  train: ['train_data_path', 'train_data', 'train', 'data'],
  eval: ['eval_data_path', 'eval_data', 'eval'],
  duration: ['training_duration', 'duration', 'max_duration'],
  rate: ['learning_rate', 'lr'],
  registerTo: ['register_to', 'registered_model'],
  experiment: ['experiment_path', 'experiment', 'experiment_name'],
  run: ['mlflow_run', 'run_name', 'run'],
  token: ['token'],
} as const

/** What the shipped programs of Lakedesk set on their run, by which it is found again. */
const TOKEN_TAG = 'lakedesk.training.token'
const MODEL_TAG = 'lakedesk.training.register_to'
const VERSION_TAG = 'lakedesk.training.version'

function find({ named }: JobTask, what: keyof typeof NAMES): string {
  for (const name of NAMES[what]) if (named[name]) return named[name]
  return ''
}

/** Recognised by its base model alone, whatever the script: `model` of the parameters is `trainer.baseModel`. */
export function createTrainingProgram(trainer: ClassifierTrainer, now: () => number = Date.now): JobProgram {
  return {
    name: 'train-classifier',
    repeatable: true,
    matches: (task) => find(task, 'model') === trainer.baseModel,
    async run(task, world) {
      const { experimentId, runId, version } = await trainClassifier(toWish(task, world.caller), world, {
        trainer,
        now,
      })
      return { result: `version ${version}`, mlflow: { experimentId, runId } }
    },
  }
}

function toWish(task: JobTask, caller: string): ClassifierWish {
  const runName = find(task, 'run') || text(task.body, 'mlflow_run') || task.key
  const folder = text(task.body, 'mlflow_experiment_directory') || `/Users/${caller}`
  const experiment = find(task, 'experiment') || text(task.body, 'experiment') || 'training'
  const train = find(task, 'train')
  const token = find(task, 'token')
  const registerTo = readRegisterTo(find(task, 'registerTo'), runName)
  if (train === '') throw new Error(`The task ${task.key} has no parameter train_data_path`)
  const known = new Set<string>(Object.values(NAMES).flat())
  const others = Object.entries(task.named).filter(([name]) => !known.has(name) && name !== 'seed' && name !== 'params')
  return {
    trainData: train,
    evalData: find(task, 'eval') || null,
    epochs: readEpochs(find(task, 'duration') || (task.named.epochs ? `${task.named.epochs}ep` : '1ep')),
    learningRate: readRate(find(task, 'rate')),
    registerTo,
    experiment: experiment.startsWith('/') ? experiment : `${folder.replace(/\/$/, '')}/${experiment}`,
    runName,
    seed: readSeed(task.named.seed),
    params: { ...readParams(task.named.params), ...Object.fromEntries(others) },
    ...(token === ''
      ? { tags: {} }
      : { tags: { [TOKEN_TAG]: token, [MODEL_TAG]: registerTo }, versionTag: VERSION_TAG }),
  }
}

/** Further params of the run, as one text of JSON. */
function readParams(given: string | undefined): Record<string, string> {
  const parsed: unknown = given ? JSON.parse(given) : {}
  return Object.fromEntries(Object.entries(asValues(parsed)).map(([name, value]) => [name, String(value)]))
}
