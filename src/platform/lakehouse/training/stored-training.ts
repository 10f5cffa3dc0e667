// Managed trainings of the local lakehouse as they are kept, and as both of their wires show them.
import type { ClassifierWish } from './train-classifier.ts'

export type TrainingStatus = 'PENDING' | 'QUEUED' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'STOPPED'

export interface StoredTraining {
  id: string
  name: string
  status: TrainingStatus
  /** Why it failed or was stopped. */
  reason: string
  caller: string
  model: string
  taskType: string
  wish: ClassifierWish
  token: string
  createdAt: number
  startedAt: number
  updatedAt: number
  completedAt: number
  epochsDone: number
  version: string
  events: { type: string; at: number; message: string }[]
  /** What the training noted: ids of its experiment and run, and how far it logged. */
  notes: Record<string, string | number | boolean>
}

export const hasEnded = ({ status }: StoredTraining): boolean => ['COMPLETED', 'FAILED', 'STOPPED'].includes(status)

/** The shape of the answers is this lakehouse's own: no official source tells one for these paths. */
export function toWire(one: StoredTraining) {
  const { wish, notes } = one
  return {
    run_id: one.id,
    name: one.name,
    status: one.status,
    reason: one.reason,
    model: one.model,
    task_type: one.taskType,
    train_data_path: wish.trainData,
    eval_data_path: wish.evalData,
    training_duration: `${wish.epochs}ep`,
    learning_rate: wish.learningRate,
    register_to: wish.registerTo,
    model_version: one.version || null,
    experiment_path: wish.experiment,
    mlflow_experiment_id: notes.mlflow_experiment_id ?? null,
    mlflow_run_id: notes.mlflow_run_id ?? null,
    epochs: { done: one.epochsDone, of: wish.epochs },
    created_by_email: one.caller,
    created_at: one.createdAt,
    started_at: one.startedAt || null,
    updated_at: one.updatedAt,
    completed_at: one.completedAt || null,
    events: one.events.map(({ type, at, message }) => ({ event_type: type, event_time: at, event_message: message })),
  }
}

const toIso = (at: number): string | null => (at > 0 ? new Date(at).toISOString() : null)

/** As the GraphQL of `databricks-genai` has it. */
export function toFinetune(one: StoredTraining) {
  const { wish } = one
  return {
    ...{ id: one.id, name: one.name, status: one.status, reason: one.reason, isDeleted: false },
    ...{ createdByEmail: one.caller, createdAt: toIso(one.createdAt), startedAt: toIso(one.startedAt) },
    ...{ updatedAt: toIso(one.updatedAt), completedAt: toIso(one.completedAt), estimatedEndTime: null },
    details: {
      ...{ model: one.model, taskType: one.taskType, trainDataPath: wish.trainData, evalDataPath: wish.evalData },
      saveFolder: `dbfs:/databricks/mlflow-tracking/${one.notes.mlflow_experiment_id ?? ''}/${one.notes.mlflow_run_id ?? ''}/artifacts`,
      ...{ evalPrompts: null, trainingDuration: `${wish.epochs}ep`, learningRate: wish.learningRate },
      ...{ contextLength: null, dataPrepConfig: null, customWeightsPath: null },
      experimentTracker: {
        mlflow: {
          ...{ experimentPath: wish.experiment, modelRegistryPath: wish.registerTo },
          ...{ experimentId: one.notes.mlflow_experiment_id ?? null, runId: one.notes.mlflow_run_id ?? null },
        },
      },
      formattedFinetuningEvents: one.events.map(({ type, at, message }) => ({
        ...{ eventType: type, eventTime: toIso(at), eventMessage: message },
      })),
    },
  }
}
