// Presses, choices, forms and menus of people: the interaction payloads, and what the bot's answer does to a modal.
import type { EventDelivery } from './deliver-event.ts'
import { findElement, findMissing, stateOf, toAction } from './element-state.ts'
import { isObject, type Json, listOf, objectOf, textOf } from './json.ts'
import { toApiMessage } from './method-parts.ts'
import { type PressPlace, type SlackPeople, toDeed } from './people-deeds.ts'
import { Refusal } from './refuse.ts'
import type { StoredModal } from './slack-modals.ts'
import type { SlackStandIn } from './slack-stand-in.ts'
import { blocksOf } from './slack-view.ts'
import type { SlackWorld, StoredMessage } from './slack-world.ts'
import { readView } from './view-methods.ts'

const gone = (what: string) => ({
  ok: false as const,
  error: `This ${what} is not there any more. Look at the newest one.`,
})

function whoOf(world: SlackWorld, user: string): Json {
  const name = world.directory.users.get(user)?.name ?? user.toLowerCase()
  return { id: user, username: name, name, team_id: world.team }
}

interface Spot {
  blocks: readonly Json[]
  /** Of the payload: where it was pressed. */
  payload: Json
}

function findMessage(world: SlackWorld, user: string, channel: string, ts: string) {
  const seen = world.find(channel, ts)
  if (seen) return { message: seen, ephemeral: false }
  const own = world.privately.find((m) => m.channel === channel && m.ts === ts && m.user === user)
  return own && { message: own, ephemeral: true }
}

function channelPart(world: SlackWorld, channel: string): Json {
  const known = world.directory.channels.get(channel)
  return { id: channel, name: known?.kind === 'direct' ? 'directmessage' : (known?.name ?? 'general') }
}

function messageSpot(slack: SlackStandIn, user: string, channel: string, ts: string): Spot | null {
  const { world } = slack
  const found = findMessage(world, user, channel, ts)
  if (!found) return null
  const { message, ephemeral } = found
  const blocks = blocksOf(message)
  const thread = message.thread_ts === undefined ? {} : { thread_ts: message.thread_ts }
  const original = { ts, ephemeral, ...(message.thread_ts === undefined ? {} : { thread: message.thread_ts }) }
  return {
    blocks,
    payload: {
      container: { type: 'message', message_ts: ts, channel_id: channel, is_ephemeral: ephemeral, ...thread },
      channel: channelPart(world, channel),
      ...(ephemeral ? {} : { message: { ...toApiMessage(world, message), blocks } }),
      response_url: `${slack.origin}/response/${world.urls.issue({ channel, user, original })}`,
    },
  }
}

function viewSpot(view: Json | undefined): Spot | null {
  if (!view) return null
  return { blocks: listOf(view.blocks), payload: { container: { type: 'view', view_id: view.id }, view } }
}

/** What the bot answered to a form. Source: https://docs.slack.dev/surfaces/modals#updating_response */
function applyAnswer(world: SlackWorld, modal: StoredModal, body: string): void {
  const answer = parse(body)
  const { response_action: action } = answer
  if (action === 'errors') {
    modal.errors = Object.fromEntries(Object.entries(objectOf(answer.errors)).map(([id, text]) => [id, textOf(text)]))
    world.changedAround()
    return
  }
  if (action === 'update') {
    world.modals.replace(modal, readView(world, answer.view, 'modal'))
    return
  }
  if (action === 'push') {
    world.modals.add(modal.user, readView(world, answer.view, 'modal'))
    return
  }
  world.modals.close(modal, action === 'clear')
}

function parse(body: string): Json {
  try {
    const parsed: unknown = JSON.parse(body)
    return isObject(parsed) ? parsed : {}
  } catch {
    return {}
  }
}

export function createPresses(
  slack: SlackStandIn,
  delivery: EventDelivery,
): Pick<SlackPeople, 'act' | 'submit' | 'close' | 'shortcut'> {
  const { world } = slack

  const commonOf = (user: string, type: string): Json => ({
    type,
    ...{ team: { id: world.team, domain: 'lake' }, user: whoOf(world, user), api_app_id: 'A1', token: 'old' },
    ...{ enterprise: null, is_enterprise_install: false },
  })
  const send = (payload: Json) => delivery.deliver({ kind: 'interaction', payload })
  const ownModal = (user: string, id: string) => world.modals.open.find((one) => one.id === id && one.user === user)

  function spotOf(user: string, where: PressPlace): Spot | null {
    if (where.kind === 'message') return messageSpot(slack, user, where.channel, where.ts)
    return viewSpot(where.kind === 'home' ? world.modals.homes.get(user) : ownModal(user, where.id)?.view)
  }

  return {
    async act(user, { where, blockId, element, value = '', state }) {
      const spot = spotOf(user, where)
      if (!spot) return gone(where.kind === 'message' ? 'message' : 'view')
      const real = findElement(spot.blocks, blockId, textOf(element.action_id))
      const taken = real && toAction(real, blockId, value, state, slack.nextTs())
      if (!taken) return gone('button or input')
      const values = stateOf(spot.blocks, taken.given)
      const { view, ...rest } = spot.payload
      const payload = {
        ...commonOf(user, 'block_actions'),
        trigger_id: world.modals.issueTrigger(user),
        ...rest,
        ...(isObject(view) ? { view: { ...view, state: { values } } } : { state: { values } }),
        actions: [taken.action],
      }
      return toDeed(await send(payload))
    },
    async submit(user, id, state) {
      const modal = ownModal(user, id)
      if (!modal) return gone('form')
      const blocks = listOf(modal.view.blocks)
      const values = stateOf(blocks, state)
      modal.errors = findMissing(blocks, values)
      world.changedAround()
      if (Object.keys(modal.errors).length > 0)
        return { ok: false, error: 'Some fields of the form need another look.' }
      const view = { ...modal.view, state: { values } }
      const trigger_id = world.modals.issueTrigger(user)
      const sent = await send({ ...commonOf(user, 'view_submission'), trigger_id, view, response_urls: [] })
      if (!sent.ok) return { ok: false, error: 'We had some trouble connecting. Try again?' }
      try {
        applyAnswer(world, modal, sent.body)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        return { ok: false, error: `Slack did not take the view that the bot answered with (${error.message}).` }
      }
      return { ok: true }
    },
    async close(user, id) {
      const modal = ownModal(user, id)
      if (!modal) return gone('form')
      world.modals.close(modal)
      if (modal.view.notify_on_close !== true) return { ok: true }
      return toDeed(await send({ ...commonOf(user, 'view_closed'), view: modal.view, is_cleared: false }))
    },
    async shortcut(user, { callbackId, channel, ts }) {
      const found: StoredMessage | undefined = world.find(channel, ts)
      if (!found) return gone('message')
      const url = world.urls.issue({ channel, user, original: { ts, ephemeral: false } })
      return toDeed(
        await send({
          ...commonOf(user, 'message_action'),
          ...{ callback_id: callbackId, action_ts: slack.nextTs(), trigger_id: world.modals.issueTrigger(user) },
          ...{ response_url: `${slack.origin}/response/${url}`, message_ts: ts },
          channel: channelPart(world, channel),
          message: toApiMessage(world, found),
        }),
      )
    },
  }
}
