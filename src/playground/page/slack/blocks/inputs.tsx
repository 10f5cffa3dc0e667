// The elements that take something: text, choices, dates, people.
import { useContext } from 'preact/hooks'
import { seats, slack } from '../../state/store.ts'
import type { ElementProps } from './button.tsx'
import { asList, asRecord, asRecords, asText, type Json, textOf } from './read-json.ts'
import { change, currentState, press, SurfaceContext } from './surface.ts'
import { toPlain } from './text-object.tsx'

export interface InputProps extends ElementProps {
  /** Ids of the label, and of what says more about the input. */
  label: { id?: string; words?: string; about?: string; invalid?: boolean }
  /** True where every change is told to the app: in actions and sections, and in inputs that ask for it. */
  tells: boolean
}

function useElement({ element, blockId, actionId, tells }: InputProps) {
  const surface = useContext(SurfaceContext)
  const state = currentState(surface, blockId, actionId, element)
  const put = (part: Json, told?: string) => {
    change(surface, blockId, actionId, { type: element.type, ...part })
    if (tells && told !== undefined) press(surface, blockId, actionId, element, told)
  }
  const tell = (told: string) => {
    if (tells) press(surface, blockId, actionId, element, told)
  }
  return { state, put, tell }
}

function aria({ label }: InputProps) {
  return {
    'aria-labelledby': label.id,
    'aria-label': label.id ? undefined : label.words || 'Choose',
    'aria-describedby': label.about,
    'aria-invalid': label.invalid ? true : undefined,
  }
}

/** Which keys a phone offers; what is right is the app's to judge. */
function toMode(type: unknown): 'text' | 'email' | 'url' | 'decimal' {
  if (type === 'email_text_input') return 'email'
  if (type === 'url_text_input') return 'url'
  return type === 'number_input' ? 'decimal' : 'text'
}

export function TextInput(props: InputProps) {
  const { element } = props
  const { state, put, tell } = useElement(props)
  const value = asText(state.value)
  const words = { value, placeholder: textOf(element.placeholder) || undefined, ...aria(props) }
  if (element.multiline === true) {
    const rows = Math.min(Math.max(value.split('\n').length, 3), 10)
    return (
      <textarea
        class="field"
        rows={rows}
        {...words}
        onInput={(event) => put({ value: event.currentTarget.value || null })}
      />
    )
  }
  return (
    <input
      class="field"
      type="text"
      inputMode={toMode(element.type)}
      {...words}
      onInput={(event) => put({ value: event.currentTarget.value || null })}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && props.tells) {
          event.preventDefault()
          tell(value)
        }
      }}
    />
  )
}

function allOptions(element: Json): readonly Json[] {
  return [
    ...asRecords(element.options),
    ...asRecords(element.option_groups).flatMap(({ options }) => asRecords(options)),
  ]
}

function Choices({ options }: { options: readonly Json[] }) {
  return (
    <>
      {options.map((option) => (
        <option key={asText(option.value)} value={asText(option.value)}>
          {toPlain(textOf(option.text))}
        </option>
      ))}
    </>
  )
}

export function SelectInput(props: InputProps) {
  const { element } = props
  const { state, put } = useElement(props)
  const chosen = asText(asRecord(state.selected_option).value)
  return (
    <select
      class="field"
      value={chosen}
      {...aria(props)}
      onChange={({ currentTarget: { value } }) => {
        const option = allOptions(element).find((one) => one.value === value) ?? null
        put({ selected_option: option }, value)
      }}
    >
      <option value="">{textOf(element.placeholder) || 'Choose'}</option>
      <Choices options={asRecords(element.options)} />
      {asRecords(element.option_groups).map((group, at) => (
        <optgroup key={at} label={textOf(group.label)}>
          <Choices options={asRecords(group.options)} />
        </optgroup>
      ))}
    </select>
  )
}

/** Radio buttons, checkboxes, and selects of several, as a list of boxes. */
export function BoxesInput(props: InputProps) {
  const { element, blockId, actionId } = props
  const { state, put } = useElement(props)
  const isOne = element.type === 'radio_buttons'
  const chosen = isOne
    ? [asText(asRecord(state.selected_option).value)]
    : asRecords(state.selected_options).map(({ value }) => asText(value))
  return (
    <div class="boxes" role={isOne ? 'radiogroup' : 'group'} {...aria(props)}>
      {allOptions(element).map((option) => {
        const value = asText(option.value)
        return (
          <label key={value}>
            <input
              type={isOne ? 'radio' : 'checkbox'}
              name={`${blockId}:${actionId}`}
              checked={chosen.includes(value)}
              onChange={({ currentTarget: { checked } }) => {
                const rest = asList(state.selected_options).filter((one) => asRecord(one).value !== value)
                put(
                  isOne ? { selected_option: option } : { selected_options: checked ? [...rest, option] : rest },
                  value,
                )
              }}
            />
            <span>{toPlain(textOf(option.text))}</span>
          </label>
        )
      })}
    </div>
  )
}

export function DateInput(props: InputProps) {
  const { element } = props
  const { state, put } = useElement(props)
  if (element.type === 'datetimepicker') {
    const seconds = Number(state.selected_date_time ?? Number.NaN)
    const shown = Number.isFinite(seconds) ? toLocal(seconds) : ''
    return (
      <input
        class="field field-short"
        type="datetime-local"
        value={shown}
        {...aria(props)}
        onChange={({ currentTarget: { value } }) => {
          const at = Math.floor(new Date(value).getTime() / 1_000)
          put({ selected_date_time: Number.isFinite(at) ? at : null }, String(at))
        }}
      />
    )
  }
  const name = element.type === 'timepicker' ? 'selected_time' : 'selected_date'
  return (
    <input
      class="field field-short"
      type={element.type === 'timepicker' ? 'time' : 'date'}
      value={asText(state[name])}
      {...aria(props)}
      onChange={({ currentTarget: { value } }) => put({ [name]: value || null }, value)}
    />
  )
}

function toLocal(seconds: number): string {
  const date = new Date(seconds * 1_000)
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

const PEOPLE = {
  users_select: 'selected_user',
  conversations_select: 'selected_conversation',
  channels_select: 'selected_channel',
}

export function PlaceInput(props: InputProps) {
  const { element } = props
  const { state, put } = useElement(props)
  const isUser = element.type === 'users_select'
  const name = isUser
    ? PEOPLE.users_select
    : element.type === 'channels_select'
      ? PEOPLE.channels_select
      : PEOPLE.conversations_select
  const all = isUser
    ? seats.value.map(({ slackUser, name: words }) => ({ id: slackUser, words }))
    : slack.value.channels
        .filter(({ kind }) => kind === 'channel')
        .map((one) => ({ id: one.id, words: `#${one.name}` }))
  return (
    <select
      class="field"
      value={asText(state[name])}
      {...aria(props)}
      onChange={({ currentTarget: { value } }) => put({ [name]: value || null }, value)}
    >
      <option value="">{textOf(element.placeholder) || 'Choose'}</option>
      {all.map(({ id, words }) => (
        <option key={id} value={id}>
          {words}
        </option>
      ))}
    </select>
  )
}
