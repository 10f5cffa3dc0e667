// What stands in the inputs of a message or a modal, in Slack's own form of `state.values`.
import { asList, asRecord, asRecords, asText, type Json } from './read-json.ts'

/** What a person chose or typed, by `block_id` and `action_id`; what is not there is as the app sent it. */
export type Changes = Readonly<Record<string, Readonly<Record<string, Json>>>>
export type FormValues = Record<string, Record<string, Json>>

/** The blocks' own id, or the one their place gives: Slack makes one up where the app named none. */
export function blockIdOf(block: Json, index: number): string {
  return asText(block.block_id) || `block-${index}`
}

export function actionIdOf(element: Json, index = 0): string {
  return asText(element.action_id) || `action-${index}`
}

/**
 * The state of an element as the app sent it; null for one that holds none, such as a button.
 * Source: https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
 */
export function firstState(element: Json): Json | null {
  const type = asText(element.type)
  switch (type) {
    case 'plain_text_input':
    case 'email_text_input':
    case 'url_text_input':
    case 'number_input':
      return { type, value: typeof element.initial_value === 'string' ? element.initial_value : null }
    case 'static_select':
    case 'external_select':
    case 'radio_buttons':
      return { type, selected_option: element.initial_option ?? null }
    case 'multi_static_select':
    case 'multi_external_select':
    case 'checkboxes':
      return { type, selected_options: asList(element.initial_options) }
    case 'datepicker':
      return { type, selected_date: element.initial_date ?? null }
    case 'timepicker':
      return { type, selected_time: element.initial_time ?? null }
    case 'datetimepicker':
      return { type, selected_date_time: element.initial_date_time ?? null }
    case 'users_select':
      return { type, selected_user: element.initial_user ?? null }
    case 'conversations_select':
      return { type, selected_conversation: element.initial_conversation ?? null }
    case 'channels_select':
      return { type, selected_channel: element.initial_channel ?? null }
    default:
      return null
  }
}

function elementsOf(block: Json): readonly Json[] {
  switch (block.type) {
    case 'input':
      return [asRecord(block.element)]
    case 'section':
      return block.accessory ? [asRecord(block.accessory)] : []
    case 'actions':
      return asRecords(block.elements)
    default:
      return []
  }
}

export function stateOf(element: Json, blockId: string, actionId: string, changes: Changes): Json | null {
  return changes[blockId]?.[actionId] ?? firstState(element)
}

/** Everything that holds a value, changed or not. */
export function toFormValues(blocks: readonly Json[], changes: Changes): FormValues {
  const values: FormValues = {}
  for (const [at, block] of blocks.entries()) {
    const blockId = blockIdOf(block, at)
    for (const [place, element] of elementsOf(block).entries()) {
      const actionId = actionIdOf(element, place)
      const state = stateOf(element, blockId, actionId, changes)
      if (state) values[blockId] = { ...values[blockId], [actionId]: state }
    }
  }
  return values
}

export function withChange(changes: Changes, blockId: string, actionId: string, state: Json): Changes {
  return { ...changes, [blockId]: { ...changes[blockId], [actionId]: state } }
}

function isEmpty(state: Json): boolean {
  return Object.entries(state).every(
    ([name, value]) =>
      name === 'type' || value === null || value === '' || (Array.isArray(value) && value.length === 0),
  )
}

/** By `block_id`, what a person must mend before the form may be handed in, as Slack's own client checks it. */
export function findGaps(blocks: readonly Json[], values: FormValues): Record<string, string> {
  const gaps: Record<string, string> = {}
  for (const [at, block] of blocks.entries()) {
    if (block.type !== 'input') continue
    const blockId = blockIdOf(block, at)
    const element = asRecord(block.element)
    const state = values[blockId]?.[actionIdOf(element)]
    if (!state) continue
    if (isEmpty(state)) {
      if (block.optional !== true) gaps[blockId] = 'Please complete this required field.'
      continue
    }
    const length = asText(state.value).length
    const least = Number(element.min_length ?? 0)
    const most = Number(element.max_length ?? Number.POSITIVE_INFINITY)
    if (length > 0 && length < least) gaps[blockId] = `At least ${least} characters are needed.`
    if (length > most) gaps[blockId] = `At most ${most} characters are taken; these are ${length}.`
  }
  return gaps
}
