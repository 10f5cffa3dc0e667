// People of the tour in Slack and Teams: they ask, command and press, and see what stands on their screens.
import type { StoredMessage } from '../stand-ins/slack-world.ts'
import type { ShownMessage } from '../stand-ins/teams-connector.ts'
import type { TourSite } from './lakehouse-tour-site.ts'
import { eventually } from './served.ts'
import { openTicketFaces, shown } from './tickets-faces.ts'

/** A thread of a channel of Teams where approvers meet. */
export const APPROVERS = '19:approvers@thread.tacv2;messageid=1770000000000'
const WAIT_MS = 120_000

export type TourFaces = Awaited<ReturnType<typeof openTourFaces>>

const isComplete = ({ streaming_state }: StoredMessage): boolean => streaming_state !== 'in_progress'

export async function openTourFaces(site: TourSite, more: Record<string, string> = {}) {
  const faces = await openTicketFaces({ ...site.env(), ...more })
  const { slack, teams, served } = faces
  let channels = 0

  const inTeams = (): ShownMessage[] => faces.inTeams(APPROVERS)
  const sayInTeams = (text: string, user: string) =>
    teams.sendMessage(`${served().url}/api/messages`, {
      ...{ user, name: user, conversation: APPROVERS, type: 'channel', token: null },
      text: `<at>Lakedesk</at> ${text}`,
      more: {
        entities: [
          { type: 'mention', text: '<at>Lakedesk</at>', mentioned: { id: `28:${teams.appId}`, name: 'Lakedesk' } },
        ],
      },
    })

  return {
    ...faces,
    sayInTeams,
    inTeams,
    /** Asks in a direct chat of their own; the thread in which the answer will stand. */
    async ask(question: string, user = 'UANA'): Promise<{ channel: string; thread: string }> {
      const channel = `D${++channels}`
      const thread = slack.say(channel, question, { user })
      const event = { type: 'message', channel_type: 'im', channel, user, text: question, ts: thread, event_ts: thread }
      await slack.sendEvent(`${served().url}/slack/events`, event)
      return { channel, thread }
    },
    /** Everything that the bot has said in full in a thread. */
    said: ({ channel, thread }: { channel: string; thread: string }): StoredMessage[] =>
      faces.inSlack(channel, thread).filter(isComplete),
    /** The complete answer to a question. */
    async answerTo(question: string): Promise<StoredMessage> {
      const where = await this.ask(question)
      return shown(
        () => this.said(where),
        () => true,
        `an answer to ${question}`,
        WAIT_MS,
      )
    },
    /** A command in a channel of its own; what the bot says there. */
    async command(command: string, text: string, user = 'UANA') {
      const channel = `C${100 + ++channels}`
      await faces.command(command, text, user, { channel_id: channel, trigger_id: `${command}.${slack.nextTs()}` })
      const said = () => [...faces.inSlack(channel), ...slack.ephemeral(channel, user)].filter(isComplete)
      return {
        channel,
        said,
        /** The first message of which this holds. */
        shows: (holds: (text: string) => boolean, what: string) => shown(said, holds, what, WAIT_MS),
      }
    },
    /** The card about this request in the approvers' place, once this holds of it. */
    cardInTeams: (request: string, holds: (text: string) => boolean, what: string): Promise<ShownMessage> =>
      eventually(
        () => inTeams().find(({ text, activity }) => JSON.stringify(activity).includes(request) && holds(text)),
        what,
        WAIT_MS,
      ),
    pressInTeams: (message: ShownMessage, user: string, action: string) =>
      faces.pressTeams(APPROVERS, message, user, action),
  }
}

/** The id of the request on a card. */
export function requestOn(shown: object): string {
  const id = /approval[\\":]+(\w{6})/.exec(JSON.stringify(shown))?.[1]
  if (!id) throw new Error(`no request on ${JSON.stringify(shown)}`)
  return id
}
