// Renders a form as inputs in the message, and reads what a person made of them.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Form } from '../../core/reply.ts'
import { dropOverrides } from '../../core/text/drop-overrides.ts'
import { toInert } from './render-slack-mrkdwn.ts'
import { BUTTON_PREFIX, FORM_PREFIX } from './surface.ts'

type SlackBlock = Readonly<Record<string, unknown>>
type Field = Form['fields'][number]

/** Slack's limits of a select and its options, of a text input, of a label, and of a button's value. */
const MAX_OPTIONS = 100
const MAX_OPTION_TEXT = 75
const MAX_OPTION_VALUE = 150
const MAX_INPUT = 3_000
const MAX_LABEL = 2_000
const MAX_BUTTON = 75
/** Inputs of one form: the message needs blocks for other things too. */
const MAX_FIELDS = 20
/** Characters of the names of fields that have no input. */
const MAX_NAMES = 1_000

function toPlainText(text: string, most: number): SlackBlock {
  const inert = toInert(text)
  return { type: 'plain_text', text: inert.length > most ? `${inert.slice(0, most - 1)}…` : inert, emoji: false }
}

/** A value of the list stays as the list has it. */
function toShown(field: Field): Field {
  return field.options?.includes(field.value) ? field : { ...field, value: dropOverrides(field.value) }
}

/** Null where a select cannot hold them: they are then typed. */
function toOptions({ options = [], value }: Field): string[] | null {
  const all = [...new Set(value === '' ? options : [...options, value])].filter((option) => option !== '')
  const fits = all.length > 0 && all.length <= MAX_OPTIONS && all.every((option) => option.length <= MAX_OPTION_VALUE)
  return options.length > 0 && fits ? all : null
}

function toElement(field: Field): SlackBlock {
  const action_id = `input_${field.id}`
  const options = toOptions(field)
  if (!options) {
    const hint = field.options ? { placeholder: toPlainText(`One of: ${field.options.join(', ')}`, 150) } : {}
    const initial = field.value === '' ? {} : { initial_value: field.value }
    const multiline = field.multiline === true
    return { type: 'plain_text_input', action_id, multiline, max_length: MAX_INPUT, ...initial, ...hint }
  }
  const toOption = (text: string) => ({ text: toPlainText(text, MAX_OPTION_TEXT), value: text })
  const initial = field.value === '' ? {} : { initial_option: toOption(field.value) }
  return { type: 'static_select', action_id, options: options.map(toOption), ...initial }
}

/** A value that no input holds is shown: cut, it would be handed in cut. */
function renderField(field: Field, block_id: string): SlackBlock {
  const label = toPlainText(field.label, MAX_LABEL)
  if (field.value.length > MAX_INPUT) {
    const note = `${field.label}: ${field.value.slice(0, 500)}… (too long to be changed here)`
    return { type: 'section', text: toPlainText(note, MAX_INPUT) }
  }
  return { type: 'input', block_id, label, element: toElement(field), optional: true, dispatch_action: false }
}

/** The first field and long texts before all others, in the order of the form. */
function chooseFields(fields: readonly Field[]): { shown: Field[]; others: Field[] } {
  const ranked = [...fields.keys()].sort((a, b) => rank(a) - rank(b) || a - b).slice(0, MAX_FIELDS)
  const chosen = new Set(ranked)
  function rank(at: number): number {
    return at === 0 ? 0 : fields[at]?.multiline ? 1 : 2
  }
  return { shown: fields.filter((_, at) => chosen.has(at)), others: fields.filter((_, at) => !chosen.has(at)) }
}

/** What has no input, and how to correct it in words. */
function renderLeftOut(others: readonly Field[], command: string | undefined): SlackBlock[] {
  if (others.length === 0) return []
  const names = others.map(({ label }) => label).join(', ')
  const listed = names.length > MAX_NAMES ? `${names.slice(0, MAX_NAMES)}…` : names
  const how = command === undefined ? '' : ` Correct them by command, such as: ${command}`
  return [{ type: 'context', elements: [toPlainText(`Not shown here: ${listed}.${how}`, MAX_LABEL)] }]
}

/**
 * Inputs, and the button that hands them in. The ids of the blocks hold a digest of the values: Slack keeps what was typed into
 * a block of the same id, so an edited message would go on showing what it held before.
 */
export function renderSlackForm(form: Form): SlackBlock[] {
  const id = FORM_PREFIX + createHash('sha256').update(JSON.stringify(form)).digest('hex').slice(0, 12)
  const { shown, others } = chooseFields(form.fields)
  const fields = shown.map((field) => renderField(toShown(field), `${id}:${field.id}`))
  const button = {
    type: 'button',
    action_id: `${BUTTON_PREFIX}${form.action}`,
    text: toPlainText(form.submit, MAX_BUTTON),
    value: JSON.stringify(form.value),
    style: 'primary',
  }
  const leftOut = renderLeftOut(others, form.command)
  return [...fields, ...leftOut, { type: 'actions', block_id: id, elements: [button] }]
}

const elementSchema = z.looseObject({
  value: z.string().nullish(),
  selected_option: z.looseObject({ value: z.string() }).nullish(),
})
export const stateSchema = z.object({ values: z.record(z.string(), z.record(z.string(), elementSchema)) })

/** What stands in the inputs of the form whose button was pressed, as `input_<id>`. Other forms of the message stay out. */
export function readFormValues(
  state: z.infer<typeof stateSchema> | null | undefined,
  block: string | undefined,
): Record<string, string> {
  if (!block?.startsWith(FORM_PREFIX)) return {}
  const own = Object.entries(state?.values ?? {}).filter(([id]) => id.startsWith(`${block}:`))
  const inputs = own.flatMap(([, elements]) => Object.entries(elements))
  return Object.fromEntries(
    inputs
      .filter(([name]) => /^input_[a-z][a-z0-9_]*$/.test(name))
      .map(([name, { value, selected_option }]) => [name, (selected_option?.value ?? value ?? '').slice(0, MAX_INPUT)]),
  )
}
