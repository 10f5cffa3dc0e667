// Teams' side of the playground: the stand-in, its people, and what the page may ask of them.
import { assertNever } from '../core/assert-never.ts'
import type { DeedAnswer, DeedOf, PlatformSide } from './platform-side.ts'
import { toTeamsWorkspace } from './rooms.ts'
import { createTeamsStandIn } from './teams/create-teams-stand-in.ts'
import { createTeamsPeople } from './teams/teams-people.ts'
import type { Exchange } from './wire-log.ts'
import type { FaultView, Seat, TeamsView } from './words.ts'

export interface TeamsSideOptions {
  seats: readonly Seat[]
  /** Teams app manifest as data. */
  manifest: unknown
  port: number
  /** Of the bot, without a path. */
  botUrl: string
  tenantId: string
  appPassword: string
}

export interface OpenedTeamsSide {
  side: PlatformSide<DeedOf<'teams'>, TeamsView>
  /** Settings of the bot that point it here. */
  botSettings: Record<string, string>
}

export async function openTeamsSide(options: TeamsSideOptions): Promise<OpenedTeamsSide> {
  const { seats, manifest, port, tenantId, appPassword } = options
  const exchanges = new Set<(exchange: Exchange) => void>()
  const used = new Set<(left: Pick<FaultView, 'limited' | 'cut'>) => void>()
  const standIn = await createTeamsStandIn({
    ...{ port, tenantId, appPassword, manifest, workspace: toTeamsWorkspace(seats) },
    onExchange: (exchange) => exchanges.forEach((listener) => void listener(exchange)),
    onFaults: (faults) => used.forEach((listener) => void listener(faults)),
  })
  const people = createTeamsPeople(standIn, { messagesUrl: `${options.botUrl}/api/messages` })

  function act(deed: DeedOf<'teams'>, { teamsUser: as }: Seat): Promise<DeedAnswer> {
    switch (deed.do) {
      case 'teams-post':
        return people.post({ ...deed, as })
      case 'teams-act':
        return people.act({ ...deed, as })
      case 'teams-feedback':
        return people.feedback({ ...deed, as })
      case 'teams-extension':
        return people.extension({ ...deed, as })
      case 'teams-consent':
        return people.consent({ ...deed, as })
      case 'teams-stop':
        return people.stop({ ...deed, as })
      default:
        return assertNever(deed)
    }
  }

  return {
    botSettings: {
      MicrosoftAppId: standIn.appId,
      MicrosoftAppPassword: standIn.appPassword,
      MicrosoftAppTenantId: standIn.tenantId,
      ToBotFromChannelOpenIdMetadataUrl: standIn.metadataUrl,
      ToChannelFromBotLoginUrl: standIn.loginUrl,
    },
    side: {
      view: standIn.view,
      watch: standIn.watch,
      onExchange: (listener) => void exchanges.add(listener),
      onFaults: (listener) => void used.add(listener),
      setFaults: (faults) => standIn.setFaults(faults),
      act,
      snapshot: standIn.snapshot,
      restore: standIn.restore,
      file: (id) => standIn.file(id) ?? null,
      async close() {
        people.close()
        await standIn.close()
      },
    },
  }
}
