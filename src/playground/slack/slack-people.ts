// What a person does in Slack, as the signed requests that it becomes: words, commands, presses, forms, menus, Stop.
import { createEventDelivery, type DeliveryOptions } from './deliver-event.ts'
import { type Json, objectOf } from './json.ts'
import { type Deed, type SlackPeople, toDeed } from './people-deeds.ts'
import { createPresses } from './people-presses.ts'
import { createWords } from './people-words.ts'
import type { SlackStandIn } from './slack-stand-in.ts'

export type { Delivered } from './deliver-event.ts'
export type { Deed, Press, PressPlace, SlackPeople, TypedMessage } from './people-deeds.ts'

export function createSlackPeople(slack: SlackStandIn, options: DeliveryOptions = {}): SlackPeople {
  const delivery = createEventDelivery(slack, options)
  const { world } = slack
  const words = createWords(slack, delivery)
  const presses = createPresses(slack, delivery)

  const tell = async (event: Json): Promise<Deed> =>
    toDeed(await delivery.deliver({ kind: 'event', event: slack.envelope(event) }))

  return {
    ...words,
    ...presses,
    async open(user, tab) {
      const channel = world.directory.directOf(user)
      if (tab === 'home' && !world.directory.homeTab) return { ok: false, error: 'This app has no Home tab.' }
      if (!world.directory.hears('app_home_opened')) return { ok: true }
      const view = tab === 'home' ? world.modals.homes.get(user) : undefined
      return tell({
        ...{ type: 'app_home_opened', user, channel, tab, event_ts: slack.nextTs() },
        ...(view ? { view: objectOf(view) } : {}),
      })
    },
    async stop(user, { channel, thread }) {
      const stopped = slack.pressStop(channel, thread)
      if (!world.directory.hears('agent_session_stopped')) return { ok: true }
      return tell({
        ...{ type: 'agent_session_stopped', channel, user, thread_ts: thread, event_ts: slack.nextTs() },
        streaming_message_ts: stopped,
      })
    },
    disturb: (next) => void Object.assign(delivery.faults, next),
    disturbance: () => ({ ...delivery.faults }),
    end: delivery.close,
  }
}
