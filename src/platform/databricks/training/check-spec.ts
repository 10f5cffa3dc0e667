// What every training of Databricks checks before anything is uploaded or started.
import { LakedeskError } from '../../../core/errors.ts'
import type { BaseModel, TrainingSpec } from '../../ports/training.ts'

const DURATION = /^[1-9][\d_]*(?:ep|ba|tok)$/
const TOKEN = /^[A-Za-z0-9-]{1,64}$/
const MODEL = /^[^.\s/:]+\.[^.\s/:]+\.[^.\s/:]+$/

/** Throws TRAINING_INVALID. `models`: what may be trained, with their tasks. */
export function checkSpec(spec: TrainingSpec, models: readonly BaseModel[]): void {
  const { baseModel, task, duration, token, registerTo } = spec
  const model = models.find(({ name }) => name === baseModel)
  if (!model) {
    const names = models.map(({ name }) => name).join(', ') || 'none'
    throw invalid(`The base model ${baseModel.slice(0, 100)} cannot be trained here. There are: ${names}.`)
  }
  if (!model.tasks.includes(task)) {
    throw invalid(
      `${baseModel} is not trained for ${task}, but for ${model.tasks.join(' and ')}. Choose another base model or other data.`,
    )
  }
  if (!DURATION.test(duration)) {
    throw invalid(`"${duration}" is no duration: write 3ep (epochs), 100ba (batches) or 1_000_000tok (tokens).`)
  }
  if (!TOKEN.test(token)) throw invalid('The token of a training is 1 to 64 letters, digits and "-".')
  if (!MODEL.test(registerTo)) {
    throw invalid(`"${registerTo.slice(0, 100)}" is no model of Unity Catalog: write catalog.schema.model.`)
  }
}

export function invalid(sentence: string): LakedeskError {
  return new LakedeskError('TRAINING_INVALID', sentence)
}

/** Epochs of `3ep`; null for other units. */
export function epochsOf(duration: string): number | null {
  const match = /^([\d_]+)ep$/.exec(duration)?.[1]
  return match === undefined ? null : Number(match.replaceAll('_', ''))
}
