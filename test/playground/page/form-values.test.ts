// What stands in the inputs of a message or a modal, in the form that Slack's apps read.
import { describe, expect, it } from 'vitest'
import { findGaps, toFormValues, withChange } from '../../../src/playground/page/slack/blocks/form-values.ts'

const plain = (text: string) => ({ type: 'plain_text', text })
const option = (value: string) => ({ text: plain(value), value })

const input = (block_id: string, element: Record<string, unknown>, more = {}) => ({
  type: 'input',
  block_id,
  label: plain(block_id),
  element,
  ...more,
})

describe('state.values', () => {
  it('holds what the app sent where nobody changed anything', () => {
    const blocks = [
      input('text', { type: 'plain_text_input', action_id: 'a', initial_value: 'as sent' }),
      input('empty', { type: 'plain_text_input', action_id: 'a' }),
      input('select', { type: 'static_select', action_id: 's', options: [option('x')], initial_option: option('x') }),
      input('day', { type: 'datepicker', action_id: 'd', initial_date: '2026-11-01' }),
      input('boxes', { type: 'checkboxes', action_id: 'c', options: [option('x')] }),
    ]
    expect(toFormValues(blocks, {})).toEqual({
      text: { a: { type: 'plain_text_input', value: 'as sent' } },
      empty: { a: { type: 'plain_text_input', value: null } },
      select: { s: { type: 'static_select', selected_option: option('x') } },
      day: { d: { type: 'datepicker', selected_date: '2026-11-01' } },
      boxes: { c: { type: 'checkboxes', selected_options: [] } },
    })
  })

  it('holds what was typed and chosen since, block by block', () => {
    const blocks = [
      input('one', { type: 'plain_text_input', action_id: 'a', initial_value: 'as sent' }),
      input('two', { type: 'plain_text_input', action_id: 'a', initial_value: 'as sent' }),
    ]
    const changes = withChange({}, 'two', 'a', { type: 'plain_text_input', value: 'typed' })
    expect(toFormValues(blocks, changes)).toEqual({
      one: { a: { type: 'plain_text_input', value: 'as sent' } },
      two: { a: { type: 'plain_text_input', value: 'typed' } },
    })
  })

  it('holds the choices of actions and sections, and leaves buttons and words out', () => {
    const blocks = [
      { type: 'section', block_id: 's', text: plain('words'), accessory: { type: 'users_select', action_id: 'u' } },
      {
        type: 'actions',
        block_id: 'acts',
        elements: [
          { type: 'button', action_id: 'b', text: plain('Go'), value: 'x' },
          { type: 'radio_buttons', action_id: 'r', options: [option('x')], initial_option: option('x') },
        ],
      },
      { type: 'divider' },
    ]
    expect(toFormValues(blocks, {})).toEqual({
      s: { u: { type: 'users_select', selected_user: null } },
      acts: { r: { type: 'radio_buttons', selected_option: option('x') } },
    })
  })

  it('takes blocks that are nothing like blocks', () => {
    expect(toFormValues([{}, { type: 'input' }, { type: 'actions', elements: 'none' }], {})).toEqual({})
  })
})

describe('what must be mended first', () => {
  const gapsOf = (block: Record<string, unknown>, value: string | null) => {
    const changes = withChange({}, 'reason', 'a', { type: 'plain_text_input', value })
    return findGaps([block], toFormValues([block], changes))
  }

  it('names an empty input that must be filled, and no optional one', () => {
    const element = { type: 'plain_text_input', action_id: 'a' }
    expect(gapsOf(input('reason', element), null)).toEqual({ reason: 'Please complete this required field.' })
    expect(gapsOf(input('reason', element, { optional: true }), null)).toEqual({})
    expect(gapsOf(input('reason', element), 'a word')).toEqual({})
  })

  it('counts characters against the limits of the input', () => {
    const element = { type: 'plain_text_input', action_id: 'a', min_length: 3, max_length: 5 }
    expect(gapsOf(input('reason', element), 'ab')).toEqual({ reason: 'At least 3 characters are needed.' })
    expect(gapsOf(input('reason', element), 'abcdef')).toEqual({
      reason: 'At most 5 characters are taken; these are 6.',
    })
    expect(gapsOf(input('reason', element), 'abcd')).toEqual({})
  })

  it('names a select in which nothing is chosen', () => {
    const block = input('kind', { type: 'static_select', action_id: 's', options: [option('x')] })
    expect(findGaps([block], toFormValues([block], {}))).toEqual({ kind: 'Please complete this required field.' })
  })
})
