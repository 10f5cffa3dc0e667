// The activities that a person's Teams client makes: messages, presses of cards, thumbs, menu entries, files, installations.
import { isJson, type Json, listOf } from './refused.ts'
import type { BotAccount } from './teams-tokens.ts'
import { mriOf, type TeamsPerson, threadId } from './teams-workspace.ts'
import type { Chat, HeldMessage } from './teams-world.ts'

export interface ClientParts {
  account: BotAccount
  serviceUrl: string
  botName: string
  /** For the next activity; ids only grow. */
  nextId(): string
}

const LOCALE = 'en-US'
/** Where something was pressed. */
const SOURCE = { source: { name: 'message' } }

function aadOf(person: TeamsPerson): string {
  return person.aadObjectId ?? `aad-${person.id}`
}

function dataOf(activity: Json): Json {
  return isJson(activity.channelData) ? activity.channelData : {}
}

/** Of time zones that are no whole hours away, the minutes too. */
function toLocal(at: Date): string {
  const offset = -at.getTimezoneOffset()
  const two = (n: number) => String(Math.floor(Math.abs(n))).padStart(2, '0')
  const local = new Date(at.getTime() + offset * 60_000).toISOString().replace('Z', '')
  return `${local}${offset < 0 ? '-' : '+'}${two(offset / 60)}:${two(offset % 60)}`
}

function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}

export function createActivities({ account, serviceUrl, botName, nextId }: ClientParts) {
  const { appId, tenantId } = account
  const bot = { id: `28:${appId}`, name: botName }
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const clientInfo = { type: 'clientInfo', locale: LOCALE, country: 'US', platform: 'Web', timezone: zone }

  /** `root`: of the thread in a channel that it happens in. */
  function base(person: TeamsPerson, chat: Chat, root: string | undefined, source: Json = {}, id = nextId()): Json {
    const at = new Date()
    const team = chat.team ? { teamsTeamId: chat.team.id, team: { id: chat.team.id } } : {}
    const channel = chat.kind === 'channel' ? { teamsChannelId: chat.id, ...team, channel: { id: chat.id } } : {}
    return {
      id,
      channelId: 'msteams',
      serviceUrl,
      timestamp: at.toISOString(),
      localTimestamp: toLocal(at),
      localTimezone: zone,
      locale: LOCALE,
      from: { id: mriOf(person.id), name: person.name, aadObjectId: aadOf(person) },
      recipient: bot,
      conversation: {
        ...(chat.kind === 'personal' ? {} : { isGroup: true }),
        ...{ conversationType: chat.kind, tenantId, id: threadId(chat.id, chat.kind === 'channel' ? root : undefined) },
      },
      entities: [clientInfo],
      channelData: { ...channel, ...source, tenant: { id: tenantId } },
    }
  }

  return {
    /** `mention`: the bot is named first, as people must in groups and channels. */
    message(
      person: TeamsPerson,
      chat: Chat,
      given: { id: string; root: string | undefined; text: string; mention: boolean },
    ): Json {
      const at = `<at>${botName}</at>`
      const named = given.mention && !given.text.includes(at) ? `${at} ${given.text}` : given.text
      const entity = { type: 'mention', text: at, mentioned: bot }
      const activity = base(person, chat, given.root ?? given.id, {}, given.id)
      const html = escapeHtml(given.text)
      const shown = given.mention
        ? `<span itemscope itemtype="http://schema.skype.com/Mention" itemid="0">${escapeHtml(botName)}</span>&nbsp;${html}`
        : html
      return {
        ...{ type: 'message', ...activity, text: named, textFormat: 'plain' },
        attachments: [{ contentType: 'text/html', content: `<p>${shown}</p>` }],
        entities: [...(given.mention ? [entity] : []), clientInfo],
      }
    },

    /** Action.Execute. Source: "Universal Actions for Adaptive Cards". */
    execute(person: TeamsPerson, chat: Chat, message: HeldMessage, action: Json, data: Json): Json {
      const { id, verb, title } = action
      const pressed = {
        type: 'Action.Execute',
        ...(id === undefined ? {} : { id }),
        ...(title === undefined ? {} : { title }),
      }
      return {
        ...{ type: 'invoke', name: 'adaptiveCard/action', ...base(person, chat, message.root ?? message.id, SOURCE) },
        replyToId: message.id,
        value: { action: { ...pressed, ...(verb === undefined ? {} : { verb }), data }, trigger: 'manual' },
      }
    },

    /** Action.Submit, and what its `msteams` asks for. Source: "Card actions" of Teams. */
    submit(person: TeamsPerson, chat: Chat, message: HeldMessage, data: Json): Json {
      const asked = isJson(data.msteams) ? data.msteams : {}
      const common = { ...base(person, chat, message.root ?? message.id, SOURCE), replyToId: message.id }
      if (asked.type === 'task/fetch') {
        const { msteams: _, ...rest } = data
        const value = { data: { type: 'task/fetch', ...rest }, context: { theme: 'default' } }
        return { type: 'invoke', name: 'task/fetch', ...common, value }
      }
      if (asked.type === 'invoke') return { type: 'invoke', ...common, name: 'invoke', value: asked.value ?? {} }
      if (asked.type === 'messageBack')
        return { type: 'message', ...common, text: String(asked.text ?? ''), value: asked.value ?? data }
      return { type: 'message', ...common, value: data }
    },

    feedback(person: TeamsPerson, chat: Chat, message: HeldMessage, reaction: string, text: string): Json {
      const feedback = JSON.stringify({ feedbackText: text })
      return {
        ...{ type: 'invoke', name: 'message/submitAction', ...base(person, chat, message.root ?? message.id, SOURCE) },
        replyToId: message.id,
        value: { actionName: 'feedback', actionValue: { reaction, feedback } },
      }
    },

    /** An entry of a message's menu. Source: "Action-based message extensions", the payload of `message` context. */
    extension(
      person: TeamsPerson,
      chat: Chat,
      message: HeldMessage,
      sender: TeamsPerson | null,
      command: { commandId: string; fetchTask: boolean },
    ): Json {
      const user = sender && {
        userIdentityType: 'aadUser',
        id: aadOf(sender),
        displayName: sender.name,
      }
      const application = { applicationIdentityType: 'bot', id: appId, displayName: botName }
      const html = message.text
        .split('\n')
        .map((line) => `<p>${escapeHtml(line)}</p>`)
        .join('')
      const messagePayload = {
        ...{ id: message.id, ...(message.root ? { replyToId: message.root } : {}) },
        ...{ createdDateTime: message.at, lastModifiedDateTime: null, deleted: false, subject: null, summary: null },
        ...{ importance: 'normal', locale: LOCALE.toLowerCase(), from: user ? { user } : { application } },
        body: { contentType: 'html', content: `<div>${html}</div>` },
        ...{ attachments: listOf(message.activity.attachments), mentions: [], reactions: [] },
      }
      return {
        ...base(person, chat, undefined, SOURCE),
        type: 'invoke',
        name: command.fetchTask ? 'composeExtension/fetchTask' : 'composeExtension/submitAction',
        value: {
          commandId: command.commandId,
          commandContext: 'message',
          context: { theme: 'default' },
          messagePayload,
        },
      }
    },

    /** Source: "Send and receive files through a bot". */
    consent(
      person: TeamsPerson,
      chat: Chat,
      message: HeldMessage,
      action: 'accept' | 'decline',
      context: unknown,
      uploadInfo: Json | null,
    ): Json {
      return {
        ...{ type: 'invoke', name: 'fileConsent/invoke', ...base(person, chat, message.root ?? message.id, SOURCE) },
        replyToId: message.id,
        value: { type: 'fileUpload', action, context, ...(uploadInfo ? { uploadInfo } : {}) },
      }
    },

    /** The two activities that tell of the bot's arrival; in a one-to-one chat its person arrives with it. */
    installed(person: TeamsPerson, chat: Chat): Json[] {
      const about = base(person, chat, undefined, SOURCE)
      const { entities: _, locale: __, ...update } = base(person, chat, undefined)
      const own = chat.kind === 'personal' ? [{ id: mriOf(person.id), aadObjectId: aadOf(person) }] : []
      const event = chat.kind === 'channel' ? { eventType: 'teamMemberAdded' } : {}
      const settings = { selectedChannel: { id: chat.id } }
      return [
        { ...about, type: 'installationUpdate', action: 'add', channelData: { ...dataOf(about), settings } },
        {
          ...update,
          type: 'conversationUpdate',
          membersAdded: [...own, { id: bot.id }],
          channelData: { ...dataOf(update), ...event },
        },
      ]
    },

    channelDeleted(person: TeamsPerson, chat: Chat): Json {
      const about = base(person, chat, undefined)
      const channel = { id: chat.id, name: chat.name }
      return {
        ...about,
        type: 'conversationUpdate',
        channelData: { ...dataOf(about), eventType: 'channelDeleted', channel },
      }
    },
  }
}
export type TeamsActivities = ReturnType<typeof createActivities>
