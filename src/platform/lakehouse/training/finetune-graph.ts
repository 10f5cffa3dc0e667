// The GraphQL that `databricks-genai` spoke to managed fine-tuning: enough of it to create, list and stop trainings.
import { asValues, type Call, invalid, Refusal, type Route, route, text, type Values } from '../wire.ts'
import { type StoredTraining, toFinetune } from './stored-training.ts'

export interface GraphParts {
  begin(args: Values, caller: string): StoredTraining
  stop(id: string): unknown
  /** Newest first. */
  all(): StoredTraining[]
}

/** Fields are given whole, whatever the query selects. The names of stop and delete were told by no source. */
export function createFinetuneGraph({ begin, stop, all }: GraphParts): Route[] {
  function answer({ args, caller }: Call): Values {
    const [query, variables] = [text(args, 'query'), asValues(args.variables)]
    const field = /\{\s*(\w+)/.exec(query)?.[1] ?? ''
    switch (field) {
      case 'createFinetune':
        return { createFinetune: toFinetune(begin(toRequest(asValues(variables.createFinetuneData)), caller)) }
      case 'getFinetunesPaginated':
        return {
          getFinetunesPaginated: {
            cursor: '',
            hasNextPage: false,
            finetunes: select(all(), variables).map(toFinetune),
          },
        }
      case 'stopFinetunes':
      case 'stopFinetune': {
        const found = select(all(), variables)
        for (const { id } of found) stop(id)
        return { [field]: found.map(toFinetune) }
      }
      default:
        throw invalid(`Cannot query field "${field}".`)
    }
  }
  return [
    route('POST /api/2.0/genai-mapi/graphql', (call) => {
      try {
        return { data: answer(call) }
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        const { message, error_code } = asValues(error.body)
        return { data: null, errors: [{ message, extensions: { code: error.status, error_code } }] }
      }
    }),
  ]
}

function toRequest(data: Values): Values {
  const tracker = asValues(asValues(data.experimentTracker).mlflow)
  return {
    model: data.model,
    task_type: data.taskType,
    train_data_path: data.trainDataPath,
    eval_data_path: data.evalDataPath,
    training_duration: data.trainingDuration,
    learning_rate: data.learningRate,
    data_prep_cluster_id: asValues(data.dataPrepConfig).clusterId,
    experiment_path: text(tracker, 'experiment_path') || tracker.experimentPath,
    register_to: text(tracker, 'model_registry_path') || tracker.modelRegistryPath,
  }
}

/** By names and ids, wherever in the variables they stand. */
function select(trainings: readonly StoredTraining[], variables: Values): StoredTraining[] {
  const filters = [
    variables,
    ...Object.values(variables)
      .flatMap((one) => [one, asValues(one).filters])
      .map(asValues),
  ]
  const wanted = filters
    .flatMap((one) => [one.name, one.id, one.names, one.ids].map(toNames))
    .find((list) => list.length > 0)
  return trainings.filter(({ name, id }) => !wanted || wanted.includes(name) || wanted.includes(id))
}

function toNames(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.map(String)
  const { in: list } = asValues(value)
  return Array.isArray(list) ? list.map(String) : []
}
