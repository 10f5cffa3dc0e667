// What inputs hold, and what a press or a choice sends, in the form that Slack gives each kind of element.
import { isObject, type Json, listOf, objectOf, textOf } from './json.ts'

/** Field of the state that holds the value, by kind of element; and where its first value comes from. */
const FIELDS: Record<string, { field: string; initial: string; empty: unknown }> = {
  plain_text_input: { field: 'value', initial: 'initial_value', empty: null },
  email_text_input: { field: 'value', initial: 'initial_value', empty: null },
  url_text_input: { field: 'value', initial: 'initial_value', empty: null },
  number_input: { field: 'value', initial: 'initial_value', empty: null },
  rich_text_input: { field: 'rich_text_value', initial: 'initial_value', empty: null },
  static_select: { field: 'selected_option', initial: 'initial_option', empty: null },
  external_select: { field: 'selected_option', initial: 'initial_option', empty: null },
  radio_buttons: { field: 'selected_option', initial: 'initial_option', empty: null },
  multi_static_select: { field: 'selected_options', initial: 'initial_options', empty: [] },
  checkboxes: { field: 'selected_options', initial: 'initial_options', empty: [] },
  datepicker: { field: 'selected_date', initial: 'initial_date', empty: null },
  timepicker: { field: 'selected_time', initial: 'initial_time', empty: null },
  datetimepicker: { field: 'selected_date_time', initial: 'initial_date_time', empty: null },
  users_select: { field: 'selected_user', initial: 'initial_user', empty: null },
  conversations_select: { field: 'selected_conversation', initial: 'initial_conversation', empty: null },
  channels_select: { field: 'selected_channel', initial: 'initial_channel', empty: null },
}

export function elementsOf(block: Json): Json[] {
  return [...listOf(block.elements), ...[block.element, block.accessory].filter(isObject)]
}

/** The element with this id in these blocks, as the app sent it. */
export function findElement(blocks: readonly Json[], blockId: string, actionId: string): Json | undefined {
  const block = blocks.find(({ block_id }) => block_id === blockId)
  return block && elementsOf(block).find(({ action_id }) => action_id === actionId)
}

/** `state.values` of all inputs of these blocks: what was given, else what they began with. */
export function stateOf(blocks: readonly Json[], given: Json): Json {
  const values: Json = {}
  for (const block of blocks) {
    for (const element of elementsOf(block)) {
      const kind = FIELDS[textOf(element.type)]
      if (!kind) continue
      const id = textOf(block.block_id)
      const action = textOf(element.action_id)
      const typed = objectOf(objectOf(given[id])[action])
      const value = kind.field in typed ? typed[kind.field] : (element[kind.initial] ?? kind.empty)
      values[id] = {
        ...objectOf(values[id]),
        [action]: { type: element.type, [kind.field]: value === '' ? null : value },
      }
    }
  }
  return values
}

function optionsOf(element: Json): Json[] {
  return [...listOf(element.options), ...listOf(element.option_groups).flatMap(({ options }) => listOf(options))]
}

/** The part of an action, or of the state, that says what was chosen; null where the element has no such choice. */
function toChosen(element: Json, value: string, given: Json): Json | null {
  const type = textOf(element.type)
  const option = optionsOf(element).find((one) => one.value === value)
  const { text, icon, style } = element
  switch (type) {
    case 'button':
      return { text, ...(element.value === undefined ? {} : { value: element.value }), ...(style ? { style } : {}) }
    case 'icon_button':
      return { text, icon, value: element.value }
    case 'feedback_buttons': {
      const pressed = [element.positive_button, element.negative_button].map(objectOf)
      const one = value === 'positive' ? pressed[0] : value === 'negative' ? pressed[1] : undefined
      const found = one ?? pressed.find((button) => button.value === value)
      return found ? { text: found.text, value: found.value } : null
    }
    case 'overflow':
      return option ? { selected_option: option } : null
  }
  const kind = FIELDS[type]
  if (!kind) return null
  if (kind.field === 'selected_option') return option ? { selected_option: option } : null
  if (kind.field === 'selected_options') {
    const several =
      given.selected_options ?? optionsOf(element).filter((one) => value.split(',').includes(textOf(one.value)))
    return { selected_options: several }
  }
  return { [kind.field]: kind.field === 'selected_date_time' ? Number(value) : value }
}

/** `actions[0]`, and the state with it; null where this element cannot give this value. */
export function toAction(
  element: Json,
  blockId: string,
  value: string,
  given: Json,
  ts: string,
): { action: Json; given: Json } | null {
  const actionId = textOf(element.action_id)
  const before = objectOf(objectOf(given[blockId])[actionId])
  const chosen = toChosen(element, value, before)
  if (!chosen) return null
  const action = { type: element.type, action_id: actionId, block_id: blockId, ...chosen, action_ts: ts }
  if (!FIELDS[textOf(element.type)]) return { action, given }
  const own = { ...objectOf(given[blockId]), [actionId]: { ...before, ...chosen } }
  return { action, given: { ...given, [blockId]: own } }
}

/** What Slack's own client refuses before it sends a form, by block_id. */
export function findMissing(blocks: readonly Json[], values: Json): Record<string, string> {
  const errors: Record<string, string> = {}
  for (const block of blocks) {
    if (block.type !== 'input') continue
    const id = textOf(block.block_id)
    const element = objectOf(block.element)
    const kind = FIELDS[textOf(element.type)]
    const held = kind && objectOf(objectOf(values[id])[textOf(element.action_id)])[kind.field]
    const isEmpty = held === null || held === undefined || (Array.isArray(held) && held.length === 0)
    if (isEmpty && block.optional !== true) errors[id] = 'Please complete this required field.'
    if (typeof held !== 'string') continue
    const [least, most] = [Number(element.min_length ?? 0), Number(element.max_length ?? 3000)]
    if (held.length < least) errors[id] = `Must be at least ${least} characters.`
    if (held.length > most) errors[id] = `Must be at most ${most} characters.`
  }
  return errors
}
