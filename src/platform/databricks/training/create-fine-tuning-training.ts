// Managed fine-tuning by REST, for workspaces that still answer it: `POST /api/2.0/fine-tuning/runs/create`. No official client knows the path.
import { z } from 'zod'
import { LakedeskError } from '../../../core/errors.ts'
import type { MlflowHttp } from '../../mlflow/mlflow-http.ts'
import { answerOf, isNotFound } from '../../mlflow/platform-errors.ts'
import { nothingSchema } from '../../mlflow/wire.ts'
import type { Training, TrainingFile, TrainingFormat, TrainingSpec } from '../../ports/training.ts'
import { checkSpec, invalid } from './check-spec.ts'
import { describeFineTuning, type FineTuningParts, fineTuningRun, ROOT } from './describe-fine-tuning.ts'
import { findStarted } from './find-started.ts'
import { putData } from './put-files.ts'
import { readTrainedHere } from './trained-here.ts'

const ids = z.union([z.string().min(1), z.number()]).transform(String)
const createdSchema = z.union([
  z.looseObject({ run_id: ids }),
  z.looseObject({ id: ids }).transform(({ id }) => ({ run_id: id })),
])
/** Without a run: it was asked for, and its answer was not kept. */
const noteSchema = z.object({ run_id: z.string().optional() })

/** Throws PLATFORM_*, TRAINING_INVALID. */
export function createFineTuningTraining(parts: FineTuningParts): Training {
  const { http, volumes, volume } = parts
  const starting = new Map<string, Promise<string>>()
  const noteOf = (token: string): string => `${volume}/lakedesk/training/${token}/run.json`

  /**
   * The service promises no token that makes a second request harmless. A note in the volume is written before the request, so that whoever
   * comes after a lost answer asks a second time only where the service's own list shows that there is no such run.
   */
  async function startOnce(spec: TrainingSpec): Promise<string> {
    const models = await readTrainedHere(http)
    // Where the workspace does not list them it is left to its own check.
    checkSpec(spec, models ?? [{ name: spec.baseModel, tasks: [spec.task], pricePerMillionTokens: null, note: '' }])
    const note = await readNote(spec.token)
    if (note?.run_id !== undefined) return note.run_id
    const found = await findStarted(spec.token, http)
    if (note !== null && found === 'unknown') throw mayRun(spec)
    const run_id = typeof found === 'object' ? found.runId : await ask(spec)
    await writeNote(spec.token, { run_id })
    return run_id
  }

  async function ask(spec: TrainingSpec): Promise<string> {
    await writeNote(spec.token, {})
    try {
      return await create(spec, http)
    } catch (error) {
      if (surelyNotStarted(error)) await volumes.remove(noteOf(spec.token))
      throw error
    }
  }

  async function readNote(token: string): Promise<z.infer<typeof noteSchema> | null> {
    const noted = await volumes.read(noteOf(token))
    return noted && noteSchema.parse(JSON.parse(new TextDecoder().decode(noted)))
  }

  function writeNote(token: string, note: z.infer<typeof noteSchema>): Promise<void> {
    return volumes.put(noteOf(token), new TextEncoder().encode(JSON.stringify(note)))
  }

  return {
    name: 'fine-tuning',
    formats: ['labelled-jsonl', 'chat-jsonl', 'instruction-jsonl'],
    takesTables: true,
    async listBaseModels() {
      return (await readTrainedHere(http)) ?? []
    },
    upload: (name, format, files) =>
      putData(
        parts,
        name,
        files.map((file) => toChat(file, format)),
      ),
    start(spec) {
      const known = starting.get(spec.token) ?? startOnce(spec).finally(() => starting.delete(spec.token))
      starting.set(spec.token, known)
      return known
    },
    describe: (id) => describeFineTuning(id, parts),
    async cancel(id) {
      const run = await fineTuningRun(id, http)
      if (!run || !['QUEUED', 'RUNNING'].includes(run.state)) return
      await http.json({
        method: 'POST',
        path: `${ROOT}/${encodeURIComponent(id)}/cancel`,
        body: {},
        about: `fine-tuning run ${id}`,
        repeatable: true,
        answer: nothingSchema,
      })
    },
  }
}

/** The service takes conversations, prompts and texts: a label is the answer to its text. */
function toChat(file: TrainingFile, format: TrainingFormat): TrainingFile {
  if (format !== 'labelled-jsonl') return file
  const rowSchema = z.object({ text: z.string(), label: z.string() })
  const lines = new TextDecoder().decode(file.bytes).split('\n')
  const chats = lines.flatMap((line) => {
    if (line.trim() === '') return []
    const { text, label } = rowSchema.parse(JSON.parse(line))
    const messages = [
      { role: 'user', content: text },
      { role: 'assistant', content: label },
    ]
    return [JSON.stringify({ messages })]
  })
  return { ...file, bytes: new TextEncoder().encode(`${chats.join('\n')}\n`) }
}

async function create(spec: TrainingSpec, http: MlflowHttp): Promise<string> {
  const toPath = (data: string): string => (data.startsWith('/Volumes/') ? `dbfs:${data}` : data)
  try {
    const created = await http.json({
      method: 'POST',
      path: `${ROOT}/create`,
      body: {
        model: spec.baseModel,
        task_type: spec.task === 'CLASSIFICATION' ? 'CHAT_COMPLETION' : spec.task,
        train_data_path: toPath(spec.trainData),
        ...(spec.evalData === null ? {} : { eval_data_path: toPath(spec.evalData) }),
        training_duration: spec.duration,
        ...(spec.learningRate === null ? {} : { learning_rate: spec.learningRate }),
        register_to: spec.registerTo,
        experiment_path: spec.experiment,
        run_name: spec.token,
        // Where the service knows it, it holds against a crash right after this request.
        idempotency_token: spec.token,
      },
      about: `fine-tuning of ${spec.baseModel}`,
      answer: createdSchema,
    })
    return created.run_id
  } catch (error) {
    if (isNotFound(error)) throw gone(error)
    if (error instanceof LakedeskError && error.code === 'PLATFORM_REFUSED') throw invalid(error.userMessage)
    throw error
  }
}

/** True where the service refused, or was not reached at all. */
function surelyNotStarted(error: unknown): boolean {
  if (error instanceof LakedeskError && error.code === 'TRAINING_INVALID') return true
  const answer = answerOf(error)
  return answer !== undefined && (answer.nothingHappened || (answer.status >= 400 && answer.status < 500))
}

function mayRun({ token, baseModel, registerTo }: TrainingSpec): LakedeskError {
  return new LakedeskError(
    'TRAINING_FAILED',
    `It is not known whether the fine-tuning of ${baseModel} for ${registerTo} runs: the answer to its start was lost, and the workspace lists no runs to tell by. It was not asked for a second time. Look in the workspace for the run ${token}: if there is none, ask for the training again.`,
  )
}

function gone(cause: unknown): LakedeskError {
  return new LakedeskError(
    'TRAINING_INVALID',
    'This workspace does not answer managed fine-tuning any more: Databricks removed it on 2026-08-14. Set LAKEDESK_TRAINING=ai-runtime, its replacement, or composer.',
    cause,
  )
}
