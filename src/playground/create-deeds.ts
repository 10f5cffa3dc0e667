// Does what a visitor asks for: passes it to the platform it belongs to, to the bot's process, or to the fault drawer.
import type { EventHub } from './event-hub.ts'
import type { BotHandle, DeedAnswer, DeedOf, PlatformSide } from './platform-side.ts'
import type { FaultView, PlaygroundDeed, Seat, SlackView, TeamsView } from './words.ts'

export interface Deeds {
  act(deed: PlaygroundDeed): Promise<DeedAnswer>
  faults(): FaultView
}

export interface DeedParts {
  slack: PlatformSide<DeedOf<'slack'>, SlackView>
  teams: PlatformSide<DeedOf<'teams'>, TeamsView>
  bot: BotHandle
  seats: readonly Seat[]
}

const CALM: FaultView = { twice: false, lateMs: 0, limited: 0, cut: 0 }

type ChatDeed = Exclude<PlaygroundDeed, { do: 'bot' | 'faults' }>

function isSlack(deed: ChatDeed): deed is DeedOf<'slack'> {
  return deed.do.startsWith('slack-')
}

export function createDeeds({ slack, teams, bot, seats }: DeedParts, hub: EventHub): Deeds {
  let faults = CALM

  function setFaults(change: Partial<FaultView>): void {
    faults = { ...faults, ...change }
    slack.setFaults(faults)
    teams.setFaults(faults)
    hub.send({ kind: 'faults', faults })
  }

  // What one platform used up is used up for the other too.
  for (const side of [slack, teams]) {
    side.onFaults(({ limited, cut }) => {
      if (limited !== faults.limited || cut !== faults.cut) setFaults({ limited, cut })
    })
  }

  return {
    faults: () => faults,
    async act(deed) {
      if (deed.do === 'bot') return bot.act(deed.action)
      if (deed.do === 'faults') {
        setFaults(deed.faults)
        return { ok: true }
      }
      const seat = seats.find(({ id }) => id === deed.as)
      if (!seat) return { ok: false, error: `There is no person ${JSON.stringify(deed.as)} in this playground.` }
      const { state, note } = bot.view()
      if (state === 'preparing' || state === 'starting') {
        return { ok: false, error: `Lakedesk is getting ready: ${note} Please try again in some seconds.` }
      }
      return isSlack(deed) ? slack.act(deed, seat) : teams.act(deed, seat)
    },
  }
}
