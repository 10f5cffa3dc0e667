// Managed fine-tuning of the local lakehouse, under the path of the chapter: what can be trained on this machine is trained for real.
import { randomBytes } from 'node:crypto'
import type { State } from '../state.ts'
import { type Call, invalid, notFound, type Route, required, route, text, toPage, type Values, whole } from '../wire.ts'
import { createFinetuneGraph } from './finetune-graph.ts'
import { isTable } from './read-training-data.ts'
import { createTrainingRuns, type RunTrainingsParts } from './run-trainings.ts'
import { type StoredTraining, toWire } from './stored-training.ts'
import { readEpochs, readRate, readRegisterTo, readSeed } from './train-classifier.ts'

export interface TrainingParts extends Omit<RunTrainingsParts, 'trainings'> {
  state: State
}

const ROOT = '/api/2.0/fine-tuning'
const NOTE = 'trained on this machine, on examples whose answer is a label'
const TASK_TYPES = ['CHAT_COMPLETION', 'INSTRUCTION_FINETUNE', 'CLASSIFICATION']

/**
 * `POST runs/create` takes what the managed service took. Nobody verified the answers against one: it was removed in August 2026.
 * `resume` is called once the lakehouse answers, `close` before its state is closed.
 */
export function createTraining(parts: TrainingParts) {
  const { state, filesOf, trainer, now } = parts
  const trainings = state.table<StoredTraining>('trainings')
  const runs = createTrainingRuns({ ...parts, trainings })

  function requireTraining(id: string): StoredTraining {
    const found = trainings.get(id)
    if (!found) throw notFound(`Fine-tuning run '${id}' does not exist.`)
    return found
  }
  function requireModel(model: string): void {
    if (model === trainer?.baseModel) return
    const instead = trainer
      ? `What can be trained here is '${trainer.baseModel}'.`
      : 'Nothing can be trained here: the lakehouse was started without a trainer.'
    throw invalid(
      `Model '${model}' cannot be fine-tuned by a local lakehouse: this machine has no GPU for it. ${instead}`,
    )
  }
  function requireData(path: string, field: string, args: Values, caller: string): void {
    if (isTable(path)) {
      if (text(args, 'data_prep_cluster_id') !== '') return
      throw invalid(`${field} '${path}' is a Delta table: data_prep_cluster_id is required to read one.`)
    }
    if (!/^(dbfs:)?\//.test(path))
      throw invalid(
        `${field} '${path}' is no path: give dbfs:/Volumes/<catalog>/<schema>/<volume>/<file>.jsonl, or a table.`,
      )
    const files = filesOf(caller)
    if (files.read(path) || files.list(path).length > 0) return
    throw invalid(`${field} '${path}' does not exist.`)
  }

  function create(args: Values, caller: string): StoredTraining {
    const token = text(args, 'idempotency_token')
    const same = token === '' ? undefined : trainings.values().find((one) => one.token === token)
    if (same) return same
    const model = required(args, 'model')
    const taskType = text(args, 'task_type') || 'CHAT_COMPLETION'
    requireModel(model)
    if (!TASK_TYPES.includes(taskType)) throw invalid(`task_type '${taskType}' is none of ${TASK_TYPES.join(', ')}.`)
    const id = `ft-${randomBytes(6).toString('hex')}`
    const name = text(args, 'name') || text(args, 'run_name') || `${model.split('/').at(-1)}-${id.slice(3, 9)}`
    const [trainData, evalData] = [required(args, 'train_data_path'), text(args, 'eval_data_path')]
    const wish = {
      trainData,
      evalData: evalData || null,
      epochs: readEpochs(text(args, 'training_duration') || '1ep'),
      learningRate: readRate(args.learning_rate),
      registerTo: readRegisterTo(required(args, 'register_to'), name),
      experiment: text(args, 'experiment_path') || `/Users/${caller}/fine-tuning`,
      runName: name,
      seed: readSeed(args.seed),
      params: { task_type: taskType },
      tags: {},
    }
    requireData(trainData, 'train_data_path', args, caller)
    if (evalData !== '') requireData(evalData, 'eval_data_path', args, caller)
    const times = { createdAt: now(), startedAt: 0, updatedAt: now(), completedAt: 0 }
    const fresh = { status: 'PENDING', reason: '', epochsDone: 0, version: '', events: [], notes: {} } as const
    return { id, name, caller, model, taskType, wish, token, ...times, ...fresh, events: [], notes: {} }
  }
  /** Gives it as it was before it waits: PENDING. */
  function begin(args: Values, caller: string): StoredTraining {
    const made = create(args, caller)
    if (trainings.has(made.id)) return made
    const first = structuredClone(made)
    runs.start(made)
    return first
  }
  const stop = (id: string) => {
    runs.stop(requireTraining(id))
    return {}
  }
  const idOf = ({ at, args }: Call): string => at.id ?? required(args, 'run_id')

  const routes: Route[] = [
    route(`POST ${ROOT}/runs/create`, ({ args, caller }) => toWire(begin(args, caller))),
    route(`GET ${ROOT}/runs`, ({ args }) => {
      const size = Math.min(whole(args, 'page_size', 50) || 50, 1000)
      const { items, ...next } = toPage(trainings.values().reverse(), args, size)
      return { runs: items.map(toWire), ...next }
    }),
    route(`GET ${ROOT}/runs/{id}`, (call) => toWire(requireTraining(idOf(call)))),
    route(`POST ${ROOT}/runs/{id}/cancel`, (call) => stop(idOf(call))),
    route(`POST ${ROOT}/runs/stop`, (call) => stop(idOf(call))),
    route(`GET ${ROOT}/models`, () => ({
      models: trainer
        ? [
            {
              name: trainer.baseModel,
              display_name: trainer.baseModel,
              task_types: TASK_TYPES,
              price_per_million_tokens: 0,
              note: NOTE,
            },
          ]
        : [],
    })),
  ]
  const graph = createFinetuneGraph({ begin, stop, all: () => trainings.values().reverse() })
  return { routes: [...routes, ...graph], control: {}, resume: runs.resume, close: runs.close }
}
