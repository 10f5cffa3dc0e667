// A training driver of the tests: it keeps what was uploaded and started, and moves on when the test says so.
import { LakedeskError } from '../../src/core/errors.ts'
import type { BaseModel, Training, TrainingFile, TrainingRun, TrainingSpec } from '../../src/platform/ports/training.ts'

export const CLASSIFIER: BaseModel = {
  name: 'lakedesk/ticket-classifier',
  tasks: ['CLASSIFICATION'],
  pricePerMillionTokens: 0,
  note: '',
}
export const LLAMA: BaseModel = {
  name: 'meta-llama/Llama-3.2-3B-Instruct',
  tasks: ['CHAT_COMPLETION', 'INSTRUCTION_FINETUNE'],
  pricePerMillionTokens: 2,
  note: 'small',
}

export function scriptTraining(models: readonly BaseModel[] = [CLASSIFIER, LLAMA]) {
  const uploads = new Map<string, readonly TrainingFile[]>()
  const started: TrainingSpec[] = []
  const runs = new Map<string, TrainingRun>()
  const cancelled: string[] = []
  const script = { broken: null as LakedeskError | null, starts: 0 }
  const training: Training = {
    name: 'scripted',
    formats: ['labelled-jsonl', 'chat-jsonl', 'instruction-jsonl'],
    takesTables: false,
    listBaseModels: async () => [...models],
    async upload(name, format, files) {
      uploads.set(`${name}.${format}`, files)
      return `${name}.${format}`
    },
    async start(spec) {
      if (script.broken) throw script.broken
      script.starts++
      const id = `run-${spec.token}`
      if (!runs.has(id)) {
        started.push(spec)
        runs.set(id, {
          ...{ id, state: 'QUEUED', message: 'waits for a GPU', epochs: null, losses: [], runId: null, version: null },
          ...{ url: null, startedAt: null, endedAt: null },
        })
      }
      return id
    },
    async describe(id) {
      if (script.broken) throw script.broken
      return runs.get(id) ?? null
    },
    async cancel(id) {
      cancelled.push(id)
      move({ state: 'CANCELED' })
    },
  }
  /** The newest run goes on. */
  function move(change: Partial<TrainingRun>): void {
    const [id, run] = [...runs].at(-1) ?? []
    if (id === undefined || !run) throw new Error('Nothing was started.')
    runs.set(id, { ...run, ...change })
  }
  return { training, uploads, started, cancelled, script, move }
}

export const unreachable = () =>
  new LakedeskError('PLATFORM_UNREACHABLE', 'The platform could not be reached. Check that it runs.')

/** As many texts of two labels, none of them twice. */
export function tickets(count: number): { text: string; label: string }[] {
  return Array.from({ length: count }, (_, n) => ({
    text: n % 3 === 0 ? `Invoice ${n} was charged twice` : `The app crashes at step ${n}`,
    label: n % 3 === 0 ? 'billing' : 'technical',
  }))
}
