// How people say what to train: the form of `/finetune`, its command line, and the form again with what was wrong at its field.
import { z } from 'zod'
import type { Block, Saying } from '../core/reply.ts'
import type { TrainingDesk } from '../training/create-training-desk.ts'
import { ANSWERS, CORRECTIONS, FEEDBACK } from '../training/read-data.ts'
import type { TrainingWish, WishFaults, WishField } from '../training/training-wish.ts'
import { readCommandLine } from './command-line.ts'

const typed = z.string().trim().max(300, 'at most 300 characters').default('')

export const startTrainingInput = z.object({
  /** `form`: shows the form; `status`: lists trainings. */
  what: z.enum(['start', 'form', 'status']).default('start'),
  baseModel: typed,
  data: typed,
  duration: typed,
  learningRate: typed,
  registerTo: typed,
})
export type StartTrainingInput = z.infer<typeof startTrainingInput>

const USAGE =
  'finetune corrections [--epochs 20] [--base <model>] [--learning-rate 0.05] [--register catalog.schema.model]'
const OPTIONS = {
  base: 'value',
  epochs: 'value',
  duration: 'value',
  'learning-rate': 'value',
  register: 'value',
} as const

/** Field of the wish by id of its input. */
const FIELDS: readonly { id: string; field: WishField; label: string }[] = [
  { id: 'data', field: 'data', label: 'Data' },
  { id: 'base_model', field: 'baseModel', label: 'Base model' },
  { id: 'duration', field: 'duration', label: 'Duration, such as 3ep' },
  { id: 'learning_rate', field: 'learningRate', label: 'Learning rate (empty: its own)' },
  { id: 'register_to', field: 'registerTo', label: 'Register to' },
]

/** A string is the sentence what cannot be read. */
export function readTrainingCommand(text: string): { input: StartTrainingInput } | string {
  if (text.trim() === '') return { input: startTrainingInput.parse({ what: 'form' }) }
  if (/^status$/i.test(text.trim())) return { input: startTrainingInput.parse({ what: 'status' }) }
  const line = readCommandLine(text, OPTIONS, USAGE)
  if (typeof line === 'string') return line
  const [data = '', ...more] = line.words
  if (more.length > 0) return `Name the data once, in one word: write \`${USAGE}\`. \`finetune\` alone opens a form.`
  const option = (name: string) => line.options.get(name) ?? ''
  const [epochs, duration] = [option('epochs'), option('duration')]
  if (epochs !== '' && duration !== '') return `Say either --epochs or --duration. Write it like this: \`${USAGE}\`.`
  const wish = startTrainingInput.safeParse({
    data,
    baseModel: option('base'),
    duration: epochs === '' ? duration : /^\d+$/.test(epochs) ? `${epochs}ep` : epochs,
    learningRate: option('learning-rate'),
    registerTo: option('register'),
  })
  return wish.success ? { input: wish.data } : `What you wrote is too long. Write it like this: \`${USAGE}\`.`
}

/** For people who see no form; each fault behind the name of its field. */
export function tellFaults(faults: WishFaults): string {
  return FIELDS.flatMap(({ field, label }) => {
    const fault = faults[field]
    return fault === undefined ? [] : [`${toName(label)}: ${fault}`]
  }).join(' ')
}

/** Without its example. */
function toName(label: string): string {
  return label.split(/[,(]/)[0]?.trim() ?? label
}

/** The untrusted value of a button or of the form. */
export function readTrainingForm(value: Readonly<Record<string, string>>): unknown {
  const wish = Object.fromEntries(FIELDS.map(({ id, field }) => [field, value[`input_${id}`] ?? '']))
  return Object.values(wish).every((text) => text.trim() === '') ? { what: 'form' } : wish
}

/** What a button carries so that the same is asked again. */
export function toFormValue(wish: TrainingWish): Record<string, string> {
  return Object.fromEntries(FIELDS.map(({ id, field }) => [`input_${id}`, wish[field]]))
}

/** Throws PLATFORM_* where base models or files cannot be listed. */
export async function toTrainingForm(desk: TrainingDesk, wish: TrainingWish, faults: WishFaults): Promise<Saying> {
  const [models, files] = await Promise.all([desk.listBaseModels(), desk.listFiles()])
  const told = FIELDS.flatMap(({ field, label }) => {
    const fault = faults[field]
    return fault === undefined ? [] : [`**${toName(label)}**: ${fault}`]
  })
  const head =
    told.length > 0
      ? `Nothing was started yet: ${told.length === 1 ? 'one thing is' : 'some things are'} not right. What you wrote is kept.`
      : `Train the next version of a model (${desk.driver}). Nothing starts before approvers agree to the counted data and the estimate.`
  const listed = files.names.length > 0 ? `: ${files.names.slice(0, 10).join(', ')}` : ''
  const help = `Data is \`${CORRECTIONS}\` (tickets that people corrected), \`${ANSWERS}\` (answers with a thumb up), \`${FEEDBACK}\` (answers as people worded them), a table, or a file of JSON lines in ${files.where}${listed}.`
  const form: Block = {
    kind: 'form',
    action: 'start-training',
    submit: 'Count the data',
    value: {},
    // Where there is no form, the command is written again: with the data that were named.
    command: wish.data === '' ? USAGE : USAGE.replace(CORRECTIONS, () => wish.data),
    fields: FIELDS.map(({ id, field, label }) => {
      const fault = faults[field]
      const shown = wish[field] || toProposal(field, desk, models)
      const options = field === 'baseModel' && models.length > 0 ? { options: models.map(({ name }) => name) } : {}
      return { id, label: fault === undefined ? label : `${label}: ${fault}`, value: shown, ...options }
    }),
  }
  const prices = models.flatMap(({ name, note }) => (note === '' ? [] : [`${name}: ${note}`]))
  return { text: [head, ...told, help, ...prices].join('\n\n'), blocks: [form] }
}

function toProposal(
  field: WishField,
  desk: TrainingDesk,
  models: readonly { name: string; tasks: readonly string[] }[],
): string {
  const [first] = models
  const isClassifier = first?.tasks.includes('CLASSIFICATION') ?? false
  switch (field) {
    case 'data':
      return isClassifier ? CORRECTIONS : ''
    case 'baseModel':
      return first?.name ?? ''
    case 'duration':
      return isClassifier ? '20ep' : '3ep'
    case 'registerTo':
      return isClassifier ? desk.classifier : ''
    case 'learningRate':
      return ''
  }
}
