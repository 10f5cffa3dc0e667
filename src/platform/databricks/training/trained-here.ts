// What this workspace says that it trains: the path that the local lakehouse answers, and no official client confirms.
import { z } from 'zod'
import type { MlflowHttp } from '../../mlflow/mlflow-http.ts'
import { isNotFound } from '../../mlflow/platform-errors.ts'
import { type BaseModel, TRAINING_TASKS } from '../../ports/training.ts'
import { TICKET_CLASSIFIER } from './base-models.ts'

const entrySchema = z
  .union([
    z.string().transform((name) => ({ name })),
    z.looseObject({
      name: z.string(),
      task_types: z.array(z.string()).nullish(),
      price_per_million_tokens: z.number().nullish(),
      note: z.string().nullish(),
    }),
  ])
  .pipe(z.looseObject({ name: z.string() }))
const answerSchema = z.looseObject({ models: z.array(entrySchema) })
const detailsSchema = z.object({
  task_types: z.array(z.string()).nullish(),
  price_per_million_tokens: z.number().nullish(),
  note: z.string().nullish(),
})

/** Null where the workspace does not answer the path. Throws PLATFORM_*. */
export async function readTrainedHere(http: MlflowHttp): Promise<BaseModel[] | null> {
  try {
    const about = 'the models that may be fine-tuned'
    const { models } = await http.json({ method: 'GET', path: '/2.0/fine-tuning/models', about, answer: answerSchema })
    return models.map(toBaseModel)
  } catch (error) {
    if (isNotFound(error)) return null
    throw error
  }
}

function toBaseModel(entry: { name: string }): BaseModel {
  const { task_types, price_per_million_tokens, note } = detailsSchema.parse(entry)
  const isClassifier = entry.name === TICKET_CLASSIFIER
  const tasks = TRAINING_TASKS.filter((task) => task_types?.includes(task))
  return {
    name: entry.name,
    // A conversation whose answer is the label is how a classifier is taught over this path.
    tasks: isClassifier ? ['CLASSIFICATION'] : tasks.length > 0 ? tasks : ['CHAT_COMPLETION', 'INSTRUCTION_FINETUNE'],
    pricePerMillionTokens: price_per_million_tokens ?? (isClassifier ? 0 : null),
    note: note ?? '',
  }
}
