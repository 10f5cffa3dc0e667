// A real server between stand-ins of Slack and Teams, and the fingers that press the buttons of its cards.
import { createSlackStandIn, type SlackStandIn } from '../stand-ins/slack.ts'
import type { StoredMessage } from '../stand-ins/slack-world.ts'
import { createTeamsStandIn, type TeamsStandIn } from '../stand-ins/teams.ts'
import type { ShownMessage } from '../stand-ins/teams-connector.ts'
import type { PromotionSite } from './promotion-site.ts'
import { eventually, type Served, slackEnv, startServed } from './served.ts'

/** A thread of a channel where approvers meet. */
export const APPROVERS = '19:approvers@thread.tacv2;messageid=1770000000000'
const TITLE = 'Promote product_docs_rag v'

interface SlackButton {
  action_id: string
  value: string
}

interface TeamsCard {
  actions?: { title: string; data: Record<string, string> }[]
}

export type Faces = Awaited<ReturnType<typeof openFaces>>

export async function openFaces(site: Pick<PromotionSite, 'env'>) {
  const slack: SlackStandIn = await createSlackStandIn()
  const teams: TeamsStandIn = await createTeamsStandIn({ requireToken: false, rules: { streamIntervalMs: 0 } })
  const start = (): Promise<Served> =>
    startServed({ ...site.env, ...slackEnv(slack), LAKEDESK_TEAMS_INSECURE_LOCAL: 'true' })
  let served = await start()

  const slackCards = (channel = 'C1'): StoredMessage[] =>
    slack.messages(channel).filter(({ text, bot_id }) => bot_id !== undefined && text.includes(TITLE))
  const teamsCards = (): ShownMessage[] =>
    teams.conversation(APPROVERS).messages.filter(({ text }) => text.includes(TITLE))
  const slackButtons = (message: StoredMessage): SlackButton[] =>
    (message.blocks.find(({ type }) => type === 'actions')?.elements ?? []) as SlackButton[]
  const teamsButtons = ({ activity }: ShownMessage) => {
    const [card] = (activity.attachments ?? []) as { content: TeamsCard }[]
    return card?.content.actions ?? []
  }

  return {
    slack,
    teams,
    teamsTexts: (): string[] => teams.conversation(APPROVERS).messages.map(({ text }) => text),
    slackCards,
    teamsCards,
    slackButtons,
    teamsButtons,
    served: () => served,
    async restart(signal: 'SIGTERM' | 'SIGKILL') {
      const code = await served.stop(signal)
      served = await start()
      return code
    },
    /** A signed slash command in #C1. */
    command: (command: string, text: string, user: string) =>
      slack.sendCommand(`${served.url}/slack/events`, { command, text, user_id: user, user_name: user.slice(1) }),
    sayInTeams: (text: string, user: string) =>
      teams.sendMessage(`${served.url}/api/messages`, {
        ...{ user, name: user, conversation: APPROVERS, type: 'channel', token: null },
        text: `<at>Lakedesk</at> ${text}`,
        more: {
          entities: [
            { type: 'mention', text: '<at>Lakedesk</at>', mentioned: { id: `28:${teams.appId}`, name: 'Lakedesk' } },
          ],
        },
      }),
    pressSlack(message: StoredMessage, user: string, label: string, trigger = `t.${slack.nextTs()}`) {
      const button = slackButtons(message).find(({ action_id }) => action_id.endsWith(label))
      if (!button) throw new Error(`no button ${label}`)
      return slack.sendAction(`${served.url}/slack/events`, {
        type: 'block_actions',
        trigger_id: trigger,
        team: { id: slack.team },
        user: { id: user, team_id: slack.team },
        channel: { id: message.channel },
        message: { ts: message.ts, ...(message.thread_ts ? { thread_ts: message.thread_ts } : {}) },
        container: { type: 'message', message_ts: message.ts, channel_id: message.channel },
        actions: [{ type: 'button', ...button, action_ts: slack.nextTs() }],
      })
    },
    pressTeams(message: ShownMessage, user: string, title: string, more: Record<string, unknown> = {}) {
      const button = teamsButtons(message).find((one) => one.title === title)
      if (!button) throw new Error(`no button ${title}`)
      return teams.sendMessage(`${served.url}/api/messages`, {
        ...{ user, name: user, conversation: APPROVERS, type: 'channel', token: null },
        more: { value: button.data, replyToId: message.id, ...more },
      })
    },
    /** The newest cards of both faces, once both are there and `holds` of their texts. */
    cards: (holds: (text: string) => boolean, what: string): Promise<{ slack: StoredMessage; teams: ShownMessage }> =>
      eventually(() => {
        const [inSlack, inTeams] = [slackCards().at(-1), teamsCards().at(-1)]
        const both = inSlack && inTeams && holds(inSlack.text) && holds(inTeams.text)
        return both ? { slack: inSlack, teams: inTeams } : undefined
      }, what),
    async close() {
      await served.stop('SIGTERM')
      await slack.close()
      await teams.close()
    },
  }
}
