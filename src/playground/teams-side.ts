// Teams' side of the playground: the stand-in, its people, and what the page may ask of them.
import type { DeedAnswer, DeedOf, PlatformSide } from './platform-side.ts'
import { createTeamsStandIn } from './teams/create-teams-stand-in.ts'
import type { Seat, TeamsView } from './words.ts'

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
  const standIn = await createTeamsStandIn({ port: options.port, tenantId: options.tenantId, requireToken: false })
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
      view: () => ({
        botName: 'Lakedesk',
        chats: [],
        messages: [],
        typing: {},
        commands: [],
        extensions: [],
        files: [],
      }),
      watch: () => () => {},
      onExchange() {},
      onFaults() {},
      setFaults() {},
      act,
      snapshot: () => ({}),
      restore() {},
      file: () => null,
      close: standIn.close,
    },
  }
}
