// Base models that the shipped programs train: open-weight ones that fit on the GPUs that are asked for.
import type { BaseModel } from '../../ports/training.ts'

const TASKS = ['CHAT_COMPLETION', 'INSTRUCTION_FINETUNE'] as const

function model(name: string, note: string): BaseModel {
  return { name, tasks: TASKS, pricePerMillionTokens: null, note }
}

/** The weights are fetched from Hugging Face by the job: those of Meta ask for an accepted licence and a token there. */
const OPEN_MODELS: readonly BaseModel[] = [
  model('meta-llama/Llama-3.2-3B-Instruct', 'small and quick; licence of Meta'),
  model('meta-llama/Llama-3.1-8B-Instruct', 'licence of Meta'),
  model('Qwen/Qwen2.5-7B-Instruct', 'Apache 2.0'),
  model('Qwen/Qwen2.5-1.5B-Instruct', 'smallest; Apache 2.0'),
]

/** Lakedesk's own classifier: where the other side trains it. */
export const TICKET_CLASSIFIER = 'lakedesk/ticket-classifier'

/** Of what the workspace lists only the classifier: the rest belongs to another service. */
export function withOpenModels(listed: readonly BaseModel[]): BaseModel[] {
  return [...listed.filter(({ name }) => name === TICKET_CLASSIFIER), ...OPEN_MODELS]
}
