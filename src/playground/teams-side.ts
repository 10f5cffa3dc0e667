// Teams' side of the playground: the stand-in, its people, and what the page may ask of them.
import type { DeedAnswer, DeedOf, PlatformSide } from './platform-side.ts'
import { toTeamsWorkspace } from './rooms.ts'
import { createTeamsStandIn } from './teams/create-teams-stand-in.ts'
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
    ...{ port, tenantId, appPassword, manifest, workspace: toTeamsWorkspace(seats), requireToken: false },
    onExchange: (exchange) => exchanges.forEach((listener) => void listener(exchange)),
    onFaults: (faults) => used.forEach((listener) => void listener(faults)),
  })
  const url = `${options.botUrl}/api/messages`
  async function act(deed: DeedOf<'teams'>, seat: Seat): Promise<DeedAnswer> {
    if (deed.do !== 'teams-post') return { ok: false, error: 'not yet' }
    const { status } = await standIn.sendMessage(url, {
      text: deed.text,
      user: seat.teamsUser,
      name: seat.name,
      conversation: deed.chat,
      type: deed.chat.startsWith('a:') ? 'personal' : 'channel',
      token: null,
    })
    return status === 200 ? { ok: true } : { ok: false, error: `bot ${status}` }
  }
  return {
    botSettings: { LAKEDESK_TEAMS_INSECURE_LOCAL: 'true' },
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
      close: standIn.close,
    },
  }
}
