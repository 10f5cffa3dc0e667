// What a person typed about a training, checked field by field; what was left empty gets what fits the data.
import type { BaseModel, TrainingFormat, TrainingTask } from '../platform/ports/training.ts'
import { type Duration, parseDuration } from './duration.ts'
import type { ExampleKind } from './example.ts'
import { chooseFormat } from './write-examples.ts'

/** As typed; empty where nothing was said. */
export interface TrainingWish {
  baseModel: string
  data: string
  duration: string
  learningRate: string
  registerTo: string
}
export type WishField = keyof TrainingWish
export type WishFaults = Partial<Record<WishField, string>>

export const DEFAULT_DURATION = '3ep'
/** Of Lakedesk's own trainer: its head is small, and an epoch takes moments. */
export const CLASSIFIER_DURATION = '20ep'

/** Native first: a labelled text can also be asked as a prompt, a prompt as a conversation. */
const TASKS_OF_KIND: Readonly<Record<ExampleKind, readonly TrainingTask[]>> = {
  labelled: ['CLASSIFICATION', 'INSTRUCTION_FINETUNE', 'CHAT_COMPLETION'],
  instruction: ['INSTRUCTION_FINETUNE', 'CHAT_COMPLETION'],
  chat: ['CHAT_COMPLETION', 'INSTRUCTION_FINETUNE'],
}

export interface ChosenBase {
  model: BaseModel
  task: TrainingTask
  format: TrainingFormat
}

/** A string is the sentence why it cannot be trained from. Empty: any. */
export function whyNoBaseModel(name: string, models: readonly BaseModel[]): string | null {
  if (models.length === 0) return 'The platform lists no base model that can be trained.'
  if (name === '' || models.some((model) => isCalled(model, name))) return null
  return `There is no base model ${name}. There are: ${models.map((model) => model.name).join(', ')}.`
}

function isCalled(model: BaseModel, name: string): boolean {
  return model.name.toLowerCase() === name.toLowerCase()
}

/** A string is the sentence why not. `name` empty: the first that fits best. */
export function chooseBase(
  name: string,
  kind: ExampleKind,
  models: readonly BaseModel[],
  formats: readonly TrainingFormat[],
): ChosenBase | string {
  const why = whyNoBaseModel(name, models)
  if (why !== null) return why
  const candidates = name === '' ? models : models.filter((model) => isCalled(model, name))
  for (const task of TASKS_OF_KIND[kind]) {
    const model = candidates.find(({ tasks }) => tasks.includes(task))
    const format = chooseFormat(formats, task)
    if (model && format) return { model, task, format }
  }
  const what = { labelled: 'texts with labels', instruction: 'prompts with responses', chat: 'conversations' }[kind]
  return name === ''
    ? `No base model here learns from ${what}, which is what this data holds. Choose other data.`
    : `${name} cannot learn from ${what}, which is what this data holds. Choose other data or another base model.`
}

/** A string is what is wrong. Empty: the driver's own. */
export function parseLearningRate(text: string): number | null | string {
  if (text.trim() === '') return null
  const rate = Number(text.trim())
  if (Number.isFinite(rate) && rate > 0 && rate <= 1) return rate
  return `"${text}" is no learning rate: write a number above 0 and at most 1, such as 0.05 or 5e-7, or leave it empty.`
}

/** A string is what is wrong. Empty: what suits the task. */
export function readDuration(text: string, task: TrainingTask): Duration | string {
  if (text.trim() === '') return parseDuration(task === 'CLASSIFICATION' ? CLASSIFIER_DURATION : DEFAULT_DURATION)
  const duration = parseDuration(text)
  if (typeof duration === 'string' || task !== 'CLASSIFICATION' || duration.unit === 'ep') return duration
  return `"${text}" does not suit a classifier, which is trained by whole epochs: write ${CLASSIFIER_DURATION}.`
}

const PLAIN_NAME = /^[\w][\w.-]{0,200}$/
const CATALOG_NAME = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** A string is what is wrong. `needsCatalog`: where models are registered as catalog.schema.model. */
export function whyNotModelName(name: string, needsCatalog: boolean): string | null {
  if (needsCatalog) {
    return CATALOG_NAME.test(name)
      ? null
      : `"${name}" is no full name of a model: write catalog.schema.model, such as ml_catalog.support.ticket_classifier.`
  }
  return PLAIN_NAME.test(name) ? null : `"${name}" is no name of a model: use letters, digits, _, - and dots.`
}
