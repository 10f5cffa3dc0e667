// The limits of Block Kit's elements: buttons, menus, pickers, inputs, and what asks before a press counts.
import type { FaultList } from './fault-list.ts'
import { isObject, type Json, listOf } from './json.ts'

/** Source: https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object */
function checkConfirm(confirm: unknown, at: string, faults: FaultList): void {
  if (confirm === undefined) return
  if (!isObject(confirm)) return void faults.add('must provide an object', at)
  faults.textObject(confirm.title, `${at}/title`, 100)
  faults.textObject(confirm.text, `${at}/text`, 300, ['plain_text', 'mrkdwn'])
  faults.textObject(confirm.confirm, `${at}/confirm`, 30)
  faults.textObject(confirm.deny, `${at}/deny`, 30)
  checkStyle(confirm.style, at, faults)
}

function checkStyle(style: unknown, at: string, faults: FaultList): void {
  if (style !== undefined && style !== 'primary' && style !== 'danger') {
    faults.add('must be one of the allowed values: primary, danger', `${at}/style`)
  }
}

function checkPlaceholder(element: Json, at: string, faults: FaultList): void {
  if (element.placeholder !== undefined) faults.textObject(element.placeholder, `${at}/placeholder`, 150)
}

/** Source: https://docs.slack.dev/reference/block-kit/composition-objects/option-object */
function checkOptions(value: unknown, at: string, faults: FaultList, kinds = ['plain_text'], most = 100): void {
  for (const [index, option] of faults.list(value, at, most).entries()) {
    faults.textObject(option.text, `${at}/${index}/text`, 75, kinds)
    faults.text(option.value, `${at}/${index}/value`, 150)
    if (option.description !== undefined) {
      faults.textObject(option.description, `${at}/${index}/description`, 75, kinds)
    }
  }
}

const same = (a: unknown, b: unknown) => isObject(a) && isObject(b) && a.value === b.value

function checkInitial(element: Json, at: string, faults: FaultList): void {
  const options = [
    ...listOf(element.options),
    ...listOf(element.option_groups).flatMap(({ options }) => listOf(options)),
  ]
  const chosen = [element.initial_option, ...listOf(element.initial_options)].filter((one) => one !== undefined)
  for (const one of chosen) {
    if (!options.some((option) => same(option, one))) {
      faults.add('initial option must be one of the options', `${at}/initial_option`)
    }
  }
}

/** Source: https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element and multi-select-menu-element */
function checkSelect(element: Json, at: string, faults: FaultList): void {
  checkPlaceholder(element, at, faults)
  if (element.option_groups === undefined) checkOptions(element.options, `${at}/options`, faults)
  else {
    for (const [index, group] of faults.list(element.option_groups, `${at}/option_groups`, 100).entries()) {
      faults.textObject(group.label, `${at}/option_groups/${index}/label`, 75)
      checkOptions(group.options, `${at}/option_groups/${index}/options`, faults)
    }
  }
  checkInitial(element, at, faults)
}

/** Source: https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element */
function checkTextInput(element: Json, at: string, faults: FaultList): void {
  checkPlaceholder(element, at, faults)
  const most = element.max_length ?? 3000
  const least = element.min_length ?? 0
  if (!(Number(most) >= 1 && Number(most) <= 3000)) faults.add('must be between 1 and 3000', `${at}/max_length`)
  if (!(Number(least) >= 0 && Number(least) <= 3000)) faults.add('must be between 0 and 3000', `${at}/min_length`)
  faults.maybe(element.initial_value, `${at}/initial_value`, Number(most))
}

/** Source: https://docs.slack.dev/reference/block-kit/block-elements/button-element */
function checkButton(element: Json, at: string, faults: FaultList): void {
  faults.textObject(element.text, `${at}/text`, 75)
  faults.maybe(element.value, `${at}/value`, 2000)
  faults.maybe(element.url, `${at}/url`, 3000)
  faults.maybe(element.accessibility_label, `${at}/accessibility_label`, 75)
  checkStyle(element.style, at, faults)
}

/** Source: https://docs.slack.dev/reference/block-kit/block-elements/feedback-buttons-element */
function checkFeedback(element: Json, at: string, faults: FaultList): void {
  for (const name of ['positive_button', 'negative_button']) {
    const button = element[name]
    if (!isObject(button)) faults.add(`missing required field: ${name}`, at)
    else {
      faults.textObject(button.text, `${at}/${name}/text`, 75)
      faults.text(button.value, `${at}/${name}/value`, 2000)
      faults.maybe(button.accessibility_label, `${at}/${name}/accessibility_label`, 75)
    }
  }
}

function checkIconButton(element: Json, at: string, faults: FaultList): void {
  faults.textObject(element.text, `${at}/text`, 75)
  faults.maybe(element.value, `${at}/value`, 2000)
  faults.text(element.icon, `${at}/icon`, 100)
}

function checkDate(element: Json, at: string, faults: FaultList): void {
  checkPlaceholder(element, at, faults)
  const initial = element.initial_date
  if (initial !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(String(initial))) {
    faults.add('must match format YYYY-MM-DD', `${at}/initial_date`)
  }
}

function checkTime(element: Json, at: string, faults: FaultList): void {
  checkPlaceholder(element, at, faults)
  const initial = element.initial_time
  if (initial !== undefined && !/^([01]\d|2[0-3]):[0-5]\d$/.test(String(initial))) {
    faults.add('must match format HH:mm', `${at}/initial_time`)
  }
}

type Check = (element: Json, at: string, faults: FaultList) => void
const checkChoices: Check = (element, at, faults) => {
  checkOptions(element.options, `${at}/options`, faults, ['plain_text', 'mrkdwn'], 10)
  checkInitial(element, at, faults)
}
/** Source: https://docs.slack.dev/reference/block-kit/block-elements/overflow-menu-element (five options). */
const checkOverflow: Check = (element, at, faults) =>
  checkOptions(element.options, `${at}/options`, faults, undefined, 5)
const CHECKS: Record<string, Check> = {
  button: checkButton,
  static_select: checkSelect,
  multi_static_select: checkSelect,
  external_select: checkPlaceholder,
  users_select: checkPlaceholder,
  multi_users_select: checkPlaceholder,
  conversations_select: checkPlaceholder,
  multi_conversations_select: checkPlaceholder,
  channels_select: checkPlaceholder,
  overflow: checkOverflow,
  datepicker: checkDate,
  timepicker: checkTime,
  datetimepicker: () => undefined,
  radio_buttons: checkChoices,
  checkboxes: checkChoices,
  plain_text_input: checkTextInput,
  email_text_input: checkTextInput,
  url_text_input: checkTextInput,
  number_input: checkPlaceholder,
  rich_text_input: checkPlaceholder,
  file_input: () => undefined,
  feedback_buttons: checkFeedback,
  icon_button: checkIconButton,
}

const INPUTS = [
  'plain_text_input',
  'email_text_input',
  'url_text_input',
  'number_input',
  'rich_text_input',
  'file_input',
]
const PICKERS = Object.keys(CHECKS).filter((type) => /select|picker|radio|checkboxes/.test(type))

/** What may stand where. Source: https://docs.slack.dev/reference/block-kit/block-elements (its table of compatible blocks). */
export const ELEMENTS_OF = {
  input: [...INPUTS, ...PICKERS],
  actions: [
    'button',
    'overflow',
    'rich_text_input',
    'plain_text_input',
    ...PICKERS.filter((type) => !type.startsWith('multi')),
  ],
  section: ['button', 'overflow', ...PICKERS],
  context_actions: ['feedback_buttons', 'icon_button'],
} as const

export function checkElement(element: unknown, place: keyof typeof ELEMENTS_OF, at: string, faults: FaultList): void {
  if (!isObject(element)) return void faults.add('must provide an object', at)
  const type = String(element.type)
  const check = CHECKS[type]
  if (!check || !(ELEMENTS_OF[place] as readonly string[]).includes(type)) {
    return void faults.add(`unsupported type: ${type}`, `${at}/type`)
  }
  if (element.action_id !== undefined) faults.text(element.action_id, `${at}/action_id`, 255)
  checkConfirm(element.confirm, `${at}/confirm`, faults)
  check(element, at, faults)
}
