// A real server between stand-ins of Slack and Teams, and the hands of people with tickets: menus, commands, forms, buttons.
import type { Env } from '../cli/run-cli.ts'
import { createSlackStandIn, type SendOptions } from '../stand-ins/slack.ts'
import type { StoredMessage } from '../stand-ins/slack-world.ts'
import { createTeamsStandIn } from '../stand-ins/teams.ts'
import type { ShownMessage } from '../stand-ins/teams-connector.ts'
import { eventually, slackEnv, startServed } from './served.ts'

type Json = Record<string, unknown>

export type TicketFaces = Awaited<ReturnType<typeof openTicketFaces>>

/** A group chat of Teams. */
export const GROUP = '19:support@thread.v2'

export async function openTicketFaces(env: Env) {
  const slack = await createSlackStandIn()
  const teams = await createTeamsStandIn({ requireToken: false, rules: { streamIntervalMs: 0 } })
  const start = () => startServed({ ...env, ...slackEnv(slack), LAKEDESK_TEAMS_INSECURE_LOCAL: 'true' })
  let served = await start()
  const slackUrl = () => `${served.url}/slack/events`
  const sendTeams = (user: string, conversation: string, more: Json, text = '') =>
    teams.sendMessage(`${served.url}/api/messages`, {
      ...{ user, name: user, conversation, text, more, token: null },
      type: conversation.startsWith('a:') ? 'personal' : 'groupChat',
    })

  return {
    slack,
    teams,
    served: () => served,
    async restart(signal: 'SIGTERM' | 'SIGKILL') {
      await served.stop(signal)
      served = await start()
    },
    /** Files of this name that Slack has whole, in the order in which they came. */
    files: (name: string) =>
      [...slack.world.uploads.values()].filter((upload) => upload.name === name && upload.complete),
    /** What the bot says in a channel or thread of Slack, oldest first. */
    inSlack: (channel: string, thread?: string): StoredMessage[] =>
      slack.messages(channel, thread).filter(({ bot_id, subtype }) => bot_id !== undefined && subtype !== 'file_share'),
    inTeams: (conversation: string): ShownMessage[] => teams.conversation(conversation).messages,
    command: (command: string, text: string, user: string, fields: Record<string, string> = {}) =>
      slack.sendCommand(slackUrl(), { command, text, user_id: user, user_name: user.slice(1), ...fields }),
    /** "Triage this thread" of a message's menu. */
    shortcut(
      channel: string,
      message: { ts: string; thread_ts?: string },
      user: string,
      menu: Json,
      send?: SendOptions,
    ) {
      const payload = {
        ...{ type: 'message_action', callback_id: 'triage_thread', trigger_id: `menu.${slack.nextTs()}` },
        ...{ team: { id: slack.team }, user: { id: user, name: user.slice(1), team_id: slack.team } },
        ...{ channel: { id: channel, name: 'support' }, action_ts: slack.nextTs() },
        message: { type: 'message', user: 'UWRITER', text: 'as it was', ...message },
        response_url: `${slack.apiUrl.replace('/api/', '')}/response/${channel}`,
        ...menu,
      }
      return slack.sendAction(slackUrl(), payload, send)
    },
    /** Presses a button whose action is called so, with everything that stands in the inputs and what the person changed. */
    pressSlack(
      message: StoredMessage,
      user: string,
      action: string,
      changed: Record<string, string> = {},
      more: Json = {},
    ) {
      return slack.sendAction(slackUrl(), {
        ...toSlackPress(slack.team, message, user, action, changed),
        trigger_id: `t.${slack.nextTs()}`,
        ...more,
      })
    },
    sayInTeams: (text: string, user: string, conversation = `a:${user}`, more: Json = {}) =>
      sendTeams(user, conversation, more, text),
    /** "Triage this thread" of a message's menu in Teams. */
    menuInTeams(html: string, user: string, conversation: string, more: Json = {}) {
      const messagePayload = { id: '1790000000001', body: { contentType: 'html', content: html } }
      const value = { commandId: 'triage_thread', commandContext: 'message', messagePayload }
      return sendTeams(user, conversation, { type: 'invoke', name: 'composeExtension/submitAction', value, ...more })
    },
    /** Presses a button of a card with this action; of a form with what stands in its inputs. */
    pressTeams(
      conversation: string,
      message: ShownMessage,
      user: string,
      action: string,
      changed: Record<string, string> = {},
      more: Json = {},
    ) {
      return sendTeams(user, conversation, {
        value: toTeamsPress(message, action, changed),
        replyToId: message.id,
        ...more,
      })
    },
    /** Agrees to the file that is offered by this message. */
    acceptFile(conversation: string, offer: ShownMessage, user: string, name: string) {
      const [card] = (offer.activity.attachments ?? []) as { content: { acceptContext: Json } }[]
      const uploadInfo = {
        ...{ contentUrl: `https://x-my.sharepoint.com/${name}`, name, uniqueId: 'u-1', fileType: 'csv' },
        uploadUrl: `${teams.driveUrl}${name}`,
      }
      const value = { type: 'fileUpload', action: 'accept', context: card?.content.acceptContext, uploadInfo }
      return sendTeams(user, conversation, { type: 'invoke', name: 'fileConsent/invoke', replyToId: offer.id, value })
    },
    async close() {
      await served.stop('SIGTERM')
      await slack.close()
      await teams.close()
    },
  }
}

function toSlackPress(
  team: string,
  message: StoredMessage,
  user: string,
  action: string,
  changed: Record<string, string>,
): Json {
  const found = message.blocks
    .filter(({ type }) => type === 'actions')
    .flatMap(({ block_id, elements }) => (elements as Json[]).map((element): Json => ({ ...element, block_id })))
    .find(({ action_id }) => String(action_id).replace(/#\d+$/, '').endsWith(action))
  if (!found) throw new Error(`no button ${action} on ${JSON.stringify(message.blocks)}`)
  const thread = message.thread_ts ? { thread_ts: message.thread_ts } : {}
  return {
    type: 'block_actions',
    ...{ team: { id: team }, user: { id: user, name: user.slice(1), team_id: team }, channel: { id: message.channel } },
    message: { ts: message.ts, ...thread },
    container: { type: 'message', message_ts: message.ts, channel_id: message.channel, ...thread },
    actions: [{ ...found, type: 'button', action_ts: message.ts }],
    state: { values: toSlackState(message, changed) },
  }
}

/** Every input of the message, as Slack sends them with each press. */
function toSlackState(message: StoredMessage, changed: Record<string, string>): Json {
  const inputs = message.blocks.filter(({ type }) => type === 'input')
  return Object.fromEntries(
    inputs.map(({ block_id, element }) => {
      const { action_id, type, initial_value, initial_option } = element as Json & { action_id: string }
      const shown = type === 'static_select' ? (initial_option as { value: string } | undefined)?.value : initial_value
      const value = changed[action_id.replace('input_', '')] ?? shown ?? null
      const given = type === 'static_select' ? { selected_option: value === null ? null : { value } } : { value }
      return [block_id, { [action_id]: { type, ...given } }]
    }),
  )
}

function elementsOf(value: unknown): Json[] {
  if (!Array.isArray(value)) return []
  return (value as Json[]).flatMap((element) => [element, ...elementsOf(element.items), ...elementsOf(element.actions)])
}

function toTeamsPress({ activity }: ShownMessage, action: string, changed: Record<string, string>): Json {
  const [card] = (activity.attachments ?? []) as { content: { body?: Json[]; actions?: Json[] } }[]
  const all = [...elementsOf(card?.content.body), ...elementsOf(card?.content.actions)]
  const button = all.find(({ data }) => (data as Json | undefined)?.action === action)
  if (!button) throw new Error(`no button ${action} on ${JSON.stringify(activity)}`)
  const inputs = all.filter(({ type }) => String(type).startsWith('Input.'))
  const values = inputs.map(({ id, value }) => [id, changed[String(id).replace('input_', '')] ?? value])
  return { ...(button.data as Json), ...(button.associatedInputs === 'none' ? {} : Object.fromEntries(values)) }
}

/** The end of a run over yesterday. */
export const isDone = (text: string): boolean => /^\d+ tickets of yesterday/.test(text)

/** The card of a triaged ticket. */
export const isTriage = (text: string): boolean => /^Ticket .*\bt-[0-9a-f]{10}\b/.test(text)

/** Id of the triaged ticket that a card is about. */
export function triageOn(text: string): string {
  const id = /\bt-[0-9a-f]{10}\b/.exec(text)?.[0]
  if (!id) throw new Error(`no ticket on: ${text}`)
  return id
}

/** The first message of which this holds, once there is one; else tells what there was. */
export async function shown<T extends { text: string }>(
  look: () => T[],
  holds: (text: string) => boolean,
  what: string,
  timeoutMs = 120_000,
): Promise<T> {
  try {
    return await eventually(() => look().find(({ text }) => holds(text)), what, timeoutMs)
  } catch {
    const texts = look().map(({ text }) => text)
    throw new Error(`never shown: ${what}, but ${JSON.stringify(texts)}`)
  }
}
