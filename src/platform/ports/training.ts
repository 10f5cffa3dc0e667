// The port of training: a model is made from a base model and examples, and registered as the next version of a model.

export const TRAINING_TASKS = ['CHAT_COMPLETION', 'INSTRUCTION_FINETUNE', 'CLASSIFICATION'] as const
export type TrainingTask = (typeof TRAINING_TASKS)[number]

/** How a driver reads examples: one file of JSON lines, or a folder of Streaming's MDS shards. */
export const TRAINING_FORMATS = ['chat-jsonl', 'instruction-jsonl', 'labelled-jsonl', 'mds'] as const
export type TrainingFormat = (typeof TRAINING_FORMATS)[number]

export interface BaseModel {
  /** As the platform spells it, such as `meta-llama/Meta-Llama-3.1-8B-Instruct`. */
  name: string
  tasks: readonly TrainingTask[]
  /** USD per million tokens of one epoch; 0 where it costs nothing, null where nobody says. */
  pricePerMillionTokens: number | null
  /** One sentence for people; may be empty. */
  note: string
}

export interface TrainingFile {
  /** Relative, with forward slashes. */
  path: string
  bytes: Uint8Array
}

export interface TrainingSpec {
  baseModel: string
  task: TrainingTask
  /** As `upload` gave it, or a table `catalog.schema.table` where the driver takes tables. */
  trainData: string
  evalData: string | null
  /** `3ep`, `100ba` or `1_000_000tok`. */
  duration: string
  /** Null: the driver's own. */
  learningRate: number | null
  /** Registered model that gets the next version: on Unity Catalog `catalog.schema.model`. */
  registerTo: string
  /** Experiment of the run. */
  experiment: string
  runName: string
  /** At most 64 letters, digits and `-`. Equal tokens are one run, however often it is started. */
  token: string
  /** Params of the run that say where its data came from. */
  params: Readonly<Record<string, string>>
}

export const TRAINING_STATES = ['QUEUED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELED'] as const
export type TrainingState = (typeof TRAINING_STATES)[number]

export interface LossPoint {
  step: number
  /** From 0, with its fraction; null where not known. */
  epoch: number | null
  loss: number
  /** On the evaluation data, where there is any. */
  evalLoss: number | null
}

export interface TrainingRun {
  /** Of the driver: what `start` gave. */
  id: string
  state: TrainingState
  /** In the platform's words; why, where it failed. */
  message: string
  /** Epochs done and asked for; null where not known. */
  epochs: { done: number; of: number } | null
  /** In order of their steps. */
  losses: readonly LossPoint[]
  /** Run of the tracking server. */
  runId: string | null
  /** Registered version; set at the latest when COMPLETED. */
  version: string | null
  /** Page of the run for people. */
  url: string | null
  /** ISO 8601. */
  startedAt: string | null
  endedAt: string | null
}

/** Every driver passes test/platform/training-contract.ts. Throws PLATFORM_*, TRAINING_INVALID. */
export interface Training {
  /** Name as people know it, such as `local` or `ai-runtime`. */
  readonly name: string
  /** The formats it reads, best first. */
  readonly formats: readonly TrainingFormat[]
  /** True where `trainData` may be a table. */
  readonly takesTables: boolean
  listBaseModels(): Promise<BaseModel[]>
  /** Brings files where the training reads them; gives what to write as `trainData`. `name` is unique to their content. */
  upload(name: string, format: TrainingFormat, files: readonly TrainingFile[]): Promise<string>
  /** Starts it, and returns at once with its id. Idempotent by token. Throws TRAINING_INVALID for what the driver cannot train. */
  start(spec: TrainingSpec): Promise<string>
  /** Null where there is no such run. */
  describe(id: string): Promise<TrainingRun | null>
  /** Idempotent; what has ended stays as it ended. */
  cancel(id: string): Promise<void>
}
