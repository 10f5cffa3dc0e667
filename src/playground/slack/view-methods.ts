// views.*: modals that a trigger opens, their updates and pushes, and Home tabs.
import { findViewFaults } from './check-blocks.ts'
import { isObject, type Json } from './json.ts'
import { isPictureOf, type Methods } from './method-parts.ts'
import { optional, refuse, text } from './refuse.ts'
import type { StoredModal } from './slack-modals.ts'
import type { SlackWorld } from './slack-world.ts'

/** Bytes. Source: https://docs.slack.dev/reference/methods/views.open */
const MAX_VIEW = 250_000

/** A view that Slack would take. */
export function readView(world: SlackWorld, value: unknown, type: 'modal' | 'home'): Json {
  if (!isObject(value)) return refuse('invalid_arguments', ['missing required field: view [json-pointer:/view]'])
  if (JSON.stringify(value).length > MAX_VIEW) refuse('view_too_large')
  const faults = findViewFaults(value, isPictureOf(world))
  if (value.type !== type) refuse('invalid_arguments', [`must be ${type} [json-pointer:/view/type]`])
  return faults.length > 0 ? refuse('invalid_arguments', faults.map(toViewPointer)) : value
}

const toViewPointer = (line: string) => line.replace('[json-pointer:/', '[json-pointer:/view/')

export function createViewMethods(world: SlackWorld): Methods {
  const { modals } = world

  function checkExternalId(view: Json, own?: StoredModal): void {
    const other = modals.find(optional(view, 'external_id'))
    if (optional(view, 'external_id') !== '' && other && other !== own) refuse('duplicate_external_id')
  }

  function put(args: Json, onTop: boolean): Json {
    const trigger = text(args, 'trigger_id')
    const view = readView(world, args.view, 'modal')
    checkExternalId(view)
    const used = modals.useTrigger(trigger)
    if ('error' in used) return refuse(used.error)
    const bottom = modals.open.find(({ user }) => user === used.user)
    if (onTop && !bottom && world.directory.strict) refuse('not_found')
    // A new modal takes the place of the stack that was there.
    if (!onTop && bottom) modals.close(bottom, true)
    world.views.push(view)
    const added = modals.add(used.user, view)
    return 'error' in added ? refuse(added.error) : { view: added.view }
  }

  return {
    'views.open': (args) => put(args, false),
    'views.push': (args) => put(args, true),
    'views.update': (args) => {
      const modal = modals.find(optional(args, 'view_id') || optional(args, 'external_id')) ?? refuse('not_found')
      if (args.hash !== undefined && args.hash !== modal.view.hash) refuse('hash_conflict')
      const view = readView(world, args.view, 'modal')
      checkExternalId(view, modal)
      modals.replace(modal, view)
      return { view: modal.view }
    },
    'views.publish': (args) => {
      const user = text(args, 'user_id')
      if (!world.directory.homeTab) refuse('not_enabled')
      if (world.directory.strict && !world.directory.users.has(user)) refuse('user_not_found')
      const view = readView(world, args.view, 'home')
      const before = modals.homes.get(user)
      if (args.hash !== undefined && before && args.hash !== before.hash) refuse('hash_conflict')
      return { view: modals.publish(user, view) }
    },
  }
}
