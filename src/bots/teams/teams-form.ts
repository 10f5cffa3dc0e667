// Renders a form: the values as facts, and behind "Edit" inputs that hold them.
import type { Form } from '../../core/reply.ts'
import { dropOverrides } from '../../core/text/drop-overrides.ts'
import { cut, plain, toInert } from './teams-plain.ts'

type Element = Record<string, unknown>
type Field = Form['fields'][number]

/** Longer values are shown, and changed by command: the whole card must stay small. */
const MAX_INPUT = 3_000
const MAX_FACT = 2_000
/** Characters of all options of a choice; larger ones are typed. */
const MAX_OPTIONS = 5_000
const MAX_LABEL = 200
const MAX_TITLE = 75

/** A value of the list stays as the list has it. */
function toShown(field: Field): Field {
  return field.options?.includes(field.value) ? field : { ...field, value: dropOverrides(field.value) }
}

function toChoices({ options = [], value }: Field): string[] | null {
  const all = [...new Set(value === '' ? options : [...options, value])].filter((option) => option !== '')
  const size = all.reduce((sum, option) => sum + option.length * 2 + 24, 0)
  return options.length > 0 && all.length > 0 && size <= MAX_OPTIONS ? all : null
}

/** How much of a form a card has room for: characters of a shown value, and whether values are typed, never chosen. */
export interface FormRoom {
  words: number
  typed?: boolean
}

function renderInput(field: Field, typed: boolean): Element {
  const choices = typed ? null : toChoices(field)
  const common = { id: `input_${field.id}`, label: cut(toInert(field.label), MAX_LABEL), value: field.value }
  if (choices) {
    const style = choices.length > 20 ? 'filtered' : 'compact'
    return {
      ...{ type: 'Input.ChoiceSet', ...common, style, isMultiSelect: false },
      choices: choices.map((option) => ({ title: cut(toInert(option), MAX_LABEL), value: option })),
    }
  }
  const hint = field.options
    ? { placeholder: cut(dropOverrides(`One of: ${field.options.join(', ')}`), MAX_LABEL) }
    : {}
  return { type: 'Input.Text', ...common, isMultiline: field.multiline === true, maxLength: MAX_INPUT, ...hint }
}

/** `at`: its place in the card, so that two forms do not share an id. Inputs are named by their field, so only the first form has some. */
export function renderTeamsForm(form: Form, at: number, { words, typed = false }: FormRoom): Element[] {
  const [facts, inputs] = [`form${at}-facts`, `form${at}-inputs`]
  const shown = {
    type: 'FactSet',
    id: facts,
    facts: form.fields.map(({ label, value }) => ({
      title: plain(label),
      value: plain(cut(value, Math.min(words, MAX_FACT))) || '–',
    })),
  }
  const most = typed ? words : MAX_INPUT
  const editable = form.fields.map(toShown).filter(({ value }) => value.length <= most)
  if (at > 0 || editable.length === 0) return [shown]
  const toggle = (title: string) => ({
    type: 'Action.ToggleVisibility',
    title,
    targetElements: [facts, inputs, 'form0-edit'],
  })
  const save = {
    type: 'Action.Submit',
    title: cut(dropOverrides(form.submit), MAX_TITLE),
    style: 'positive',
    data: { ...form.value, action: form.action },
  }
  return [
    shown,
    { type: 'ActionSet', id: 'form0-edit', actions: [toggle('Edit')] },
    {
      type: 'Container',
      id: inputs,
      isVisible: false,
      items: [
        ...editable.map((field) => renderInput(field, typed)),
        { type: 'ActionSet', actions: [save, toggle('Cancel')] },
      ],
    },
  ]
}
