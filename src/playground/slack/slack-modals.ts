// Views of the Slack stand-in: trigger ids that work once and not for long, modals on their stack, Home tabs.
import { randomBytes } from 'node:crypto'
import { withBlockIds } from './block-ids.ts'
import type { Json } from './json.ts'
import { listOf, objectOf, textOf } from './json.ts'

/** Source: https://docs.slack.dev/interactivity/handling-user-interaction#modal_responses (3 seconds, one use). */
const TRIGGER_LIFE_MS = 3_000
/** Source: https://docs.slack.dev/surfaces/modals#view-stack */
const MAX_STACK = 3

export interface StoredModal {
  id: string
  user: string
  /** As Slack keeps it: with id, hash and state. */
  view: Json
  errors: Record<string, string>
}

interface Trigger {
  user: string
  issuedAt: number
  used: boolean
}

export interface SlackModals {
  /** Bottom first for each user. */
  readonly open: StoredModal[]
  /** Home tabs by user. */
  readonly homes: Map<string, Json>
  issueTrigger(user: string): string
  /** The user behind a trigger, which is used up by it; `error` is Slack's name of what is wrong with it. */
  useTrigger(trigger: string): { user: string } | { error: string }
  /** Puts a view on top of the user's stack. */
  add(user: string, view: Json): StoredModal | { error: string }
  find(id: string): StoredModal | undefined
  replace(modal: StoredModal, view: Json): void
  /** Takes it off, and where `all` is set the whole stack. */
  close(modal: StoredModal, all?: boolean): void
  publish(user: string, view: Json): Json
}

export function createSlackModals(of: {
  team: string
  botId: string
  strict: boolean
  changed: () => void
  now: () => number
}): SlackModals {
  const open: StoredModal[] = []
  const homes = new Map<string, Json>()
  const triggers = new Map<string, Trigger>()
  let count = 0
  const serial = () => {
    count += 1
    return count
  }
  const nextId = (letter: string) => `${letter}${Date.now().toString(36).toUpperCase()}${serial()}`
  const hashOf = () => `${Math.floor(of.now() / 1000)}.${randomBytes(4).toString('hex')}`

  function toStored(view: Json, id: string, more: Json): Json {
    const state = objectOf(view.state)
    return {
      private_metadata: '',
      callback_id: '',
      external_id: '',
      clear_on_close: false,
      notify_on_close: false,
      ...view,
      blocks: withBlockIds(listOf(view.blocks), id),
      ...{ id, team_id: of.team, app_id: 'A1', bot_id: of.botId, hash: hashOf() },
      state: { values: objectOf(state.values) },
      ...more,
    }
  }

  function makeRoomForTriggers(): void {
    for (const [id, { issuedAt }] of triggers) if (of.now() - issuedAt > 600_000) triggers.delete(id)
  }

  return {
    open,
    homes,
    issueTrigger(user) {
      makeRoomForTriggers()
      const id = `${of.now()}.${serial()}.${randomBytes(8).toString('hex')}`
      triggers.set(id, { user, issuedAt: of.now(), used: false })
      return id
    },
    useTrigger(id) {
      const trigger = triggers.get(id)
      // Outside of a workspace the tests write trigger ids of their own.
      if (!trigger) return of.strict ? { error: 'invalid_trigger_id' } : { user: 'UASKER' }
      if (trigger.used) return { error: 'exchanged_trigger_id' }
      if (of.now() - trigger.issuedAt > TRIGGER_LIFE_MS) return { error: 'expired_trigger_id' }
      trigger.used = true
      return { user: trigger.user }
    },
    add(user, view) {
      const stack = open.filter((modal) => modal.user === user)
      if (stack.length >= MAX_STACK) return { error: 'push_limit_reached' }
      const id = nextId('V')
      const stored = toStored(view, id, {
        root_view_id: stack[0]?.id ?? id,
        previous_view_id: stack.at(-1)?.id ?? null,
      })
      const modal: StoredModal = { id, user, view: stored, errors: {} }
      open.push(modal)
      of.changed()
      return modal
    },
    find: (id) => open.find((modal) => modal.id === id || (id !== '' && textOf(modal.view.external_id) === id)),
    replace(modal, view) {
      const { root_view_id, previous_view_id } = modal.view
      modal.view = toStored(view, modal.id, { root_view_id, previous_view_id })
      modal.errors = {}
      of.changed()
    },
    close(modal, all = false) {
      const gone = new Set(all ? open.filter(({ user }) => user === modal.user) : [modal])
      open.splice(0, open.length, ...open.filter((one) => !gone.has(one)))
      of.changed()
    },
    publish(user, view) {
      const before = homes.get(user)
      const id = textOf(before?.id) || nextId('V')
      const stored = toStored(view, id, { root_view_id: id, previous_view_id: null })
      homes.set(user, stored)
      of.changed()
      return stored
    },
  }
}
