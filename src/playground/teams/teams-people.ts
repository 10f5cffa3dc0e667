// What people do in the Teams stand-in, sent to the bot as a Teams client would send it.
import { checkCard } from './check-card.ts'
import type { TeamsStandIn } from './create-teams-stand-in.ts'
import { isJson, type Json, listOf, Refused } from './refused.ts'
import { createActivities } from './teams-activities.ts'
import { createDelivery, type Delivered } from './teams-delivery.ts'
import type { TeamsPerson } from './teams-workspace.ts'
import type { Chat, HeldMessage } from './teams-world.ts'

export interface TeamsPeopleOptions {
  /** Of the bot, such as `http://127.0.0.1:8091/api/messages`. */
  messagesUrl: string
  /** How long an answer to an invoke is waited for, in milliseconds. Default 15,000. */
  answerWithinMs?: number
  /** Waits before what nobody took is sent again, in milliseconds. */
  retryMs?: readonly number[]
}

/** `told` is what Teams shows the person alone, such as the words of a bot about a button. `error` is a sentence. */
export type TeamsOutcome = { ok: true; id?: string; told?: string } | { ok: false; error: string }

interface At {
  /** A person's id. */
  as: string
  chat: string
}
interface AtMessage extends At {
  /** Of the message. */
  id: string
}

/** So that a bot which is killed and started again gets what was said in between. */
const RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000]
const MAX_TEXT = 28_000
const UNREACHED = 'Unable to reach app. Please try again.'
const FAILED = 'Something went wrong. Please try again.'

class Impossible extends Error {}

/** What a client shows after a press. Source: "Universal Actions for Adaptive Cards", response format; "Task modules". */
function readAnswer({ status, body }: Delivered): { told?: string; card?: Json; error?: string } {
  if (status === 0) return { error: UNREACHED }
  if (status < 200 || status > 299) return { error: FAILED }
  if (!isJson(body)) return {}
  const task = isJson(body.task) ? body.task : null
  if (task?.type === 'message') return { told: String(task.value) }
  if (task !== null) return { error: 'The bot opened a dialog, which this Teams cannot show.' }
  if (body.statusCode === undefined) return {}
  const { statusCode, type, value } = body
  if (Number(statusCode) >= 400) return { error: isJson(value) && value.message ? String(value.message) : FAILED }
  if (type === 'application/vnd.microsoft.activity.message') return { told: String(value) }
  if (type !== 'application/vnd.microsoft.card.adaptive') return {}
  return isJson(value) ? { card: value } : { error: FAILED }
}

/** The attachment of a message that is a card; undefined where it has none. */
function attachmentOf(message: HeldMessage, type: string): Json | undefined {
  return listOf(message.activity.attachments).find(({ contentType }) => contentType === type)
}

export function createTeamsPeople(standIn: TeamsStandIn, options: TeamsPeopleOptions) {
  const { world, app } = standIn
  const { appId, appPassword, tenantId, serviceUrl } = standIn
  const activities = createActivities({
    account: { appId, appPassword, tenantId },
    serviceUrl,
    botName: world.botName,
    nextId: world.nextId,
  })
  const delivery = createDelivery({
    messagesUrl: options.messagesUrl,
    sign: () => standIn.sign(),
    faults: standIn.faults,
    onExchange: standIn.onExchange,
    answerWithinMs: options.answerWithinMs ?? 15_000,
    retryMs: options.retryMs ?? RETRY_MS,
  })

  function enter({ as, chat: id }: At): { person: TeamsPerson; chat: Chat } {
    const person = world.people.find((one) => one.id === as)
    if (!person) throw new Impossible(`Nobody here is called ${as}.`)
    const chat = world.chats.get(id)
    if (!chat || chat.deleted) throw new Impossible('This conversation is gone.')
    if (!chat.members.includes(as)) throw new Impossible(`${person.name} is no member of ${chat.name}.`)
    return { person, chat }
  }

  function enterAt(at: AtMessage): { person: TeamsPerson; chat: Chat; message: HeldMessage } {
    const { person, chat } = enter(at)
    const message = chat.messages.find(({ id }) => id === at.id)
    if (!message) throw new Impossible('This message is gone.')
    return { person, chat, message }
  }

  /** Delivers, and shows the person what came back. */
  async function invoke(activity: Json, at: { person: TeamsPerson; message: HeldMessage }): Promise<TeamsOutcome> {
    const { told, card, error } = readAnswer(await delivery.deliver(activity))
    if (error !== undefined) return { ok: false, error }
    if (card !== undefined) {
      try {
        checkCard(card)
      } catch (refused) {
        return { ok: false, error: refused instanceof Refused ? refused.message : FAILED }
      }
      const { message, person } = at
      message.cards = { ...message.cards, [person.id]: card }
      world.changed(message)
    }
    return { ok: true, ...(told === undefined ? {} : { told }) }
  }

  /** A refusal is a value. */
  async function attempt(work: () => Promise<TeamsOutcome>): Promise<TeamsOutcome> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof Impossible) return { ok: false, error: error.message }
      throw error
    }
  }

  function say(
    person: TeamsPerson,
    chat: Chat,
    given: { text: string; root?: string | undefined; mention: boolean },
  ): string {
    const root = chat.kind === 'channel' ? given.root : undefined
    if (root !== undefined && !chat.roots.has(root)) throw new Impossible('This thread is gone.')
    if (given.text.trim() === '') throw new Impossible('Teams sends no empty message.')
    if (given.text.length > MAX_TEXT) throw new Impossible('This message is too long for Teams. Send it in parts.')
    const mention = given.mention && chat.kind !== 'personal'
    const id = world.nextId()
    const activity = activities.message(person, chat, { id, root, text: given.text, mention })
    world.add(chat, { id, root, from: person.id, text: given.text, activity, stream: 'none' })
    // In groups and channels a bot hears only what names it.
    if (chat.bot && (mention || chat.kind === 'personal')) void delivery.deliver(activity)
    return id
  }

  return {
    /** Shows the message at once and brings it to the bot where it hears it. `root` is the post that is answered, in a channel. */
    post: (at: At & { text: string; root?: string | undefined; mention: boolean }): Promise<TeamsOutcome> =>
      attempt(async () => {
        const { person, chat } = enter(at)
        return { ok: true, id: say(person, chat, at) }
      }),

    /** An action of a card or a suggested action; `data` is what the card holds with the inputs merged in. */
    act: (at: AtMessage & { action: Json; data: Json }): Promise<TeamsOutcome> =>
      attempt(async () => {
        const { action, data } = at
        const { person, chat, message } = enterAt(at)
        if (message.from !== 'bot') throw new Impossible('Only the bot sends cards here.')
        const asked = isJson(data.msteams) ? data.msteams : {}
        if (action.type === 'imBack' || asked.type === 'imBack') {
          const text = String(action.type === 'imBack' ? action.value : asked.value)
          return { ok: true, id: say(person, chat, { text, root: message.root ?? message.id, mention: true }) }
        }
        if (action.type === 'Action.Execute')
          return invoke(activities.execute(person, chat, message, action, data), { person, message })
        if (action.type !== 'Action.Submit')
          throw new Impossible(`${String(action.type)} is done by the client itself.`)
        const activity = activities.submit(person, chat, message, data)
        if (activity.type === 'invoke') return invoke(activity, { person, message })
        if (asked.type === 'messageBack' && asked.displayText) {
          const shown = { root: message.root, from: person.id, text: String(asked.displayText), activity }
          world.add(chat, { id: world.nextId(), stream: 'none', ...shown })
        }
        // Teams does not wait for what the bot makes of it.
        const { status } = await delivery.deliver(activity)
        if (status === 0) return { ok: false, error: UNREACHED }
        return status < 300 ? { ok: true } : { ok: false, error: FAILED }
      }),

    /** A thumb under an answer, with words beside it. */
    feedback: (at: AtMessage & { reaction: 'like' | 'dislike'; text: string }): Promise<TeamsOutcome> =>
      attempt(async () => {
        const { person, chat, message } = enterAt(at)
        const { channelData } = message.activity
        if (!isJson(channelData) || !isJson(channelData.feedbackLoop))
          throw new Impossible('This message takes no feedback.')
        const activity = activities.feedback(person, chat, message, at.reaction, at.text)
        const outcome = await invoke(activity, { person, message })
        if (!outcome.ok) return outcome
        message.ratings = { ...message.ratings, [person.id]: at.reaction }
        world.changed(message)
        return outcome
      }),

    /** An entry of a message's menu. */
    extension: (at: AtMessage & { commandId: string }): Promise<TeamsOutcome> =>
      attempt(async () => {
        const { person, chat, message } = enterAt(at)
        const command = app.extensions.find(({ commandId }) => commandId === at.commandId)
        if (!command) throw new Impossible('The app has no such entry in the menu of a message.')
        const sender = world.people.find(({ id }) => id === message.from) ?? null
        return invoke(activities.extension(person, chat, message, sender, command), { person, message })
      }),

    /** The answer to a file that was offered. */
    consent: (at: AtMessage & { action: 'accept' | 'decline' }): Promise<TeamsOutcome> =>
      attempt(async () => {
        const { person, chat, message } = enterAt(at)
        const offer = attachmentOf(message, 'application/vnd.microsoft.teams.card.file.consent')
        const content = isJson(offer?.content) ? offer.content : null
        if (!offer || !content) throw new Impossible('This message offers no file.')
        const [name, uniqueId] = [String(offer.name), crypto.randomUUID()]
        const where = `${standIn.driveUrl}${uniqueId}/${encodeURIComponent(name)}`
        const fileType = name.includes('.') ? (name.split('.').at(-1) ?? '') : ''
        const accepted = at.action === 'accept'
        const upload = accepted ? { contentUrl: where, name, uploadUrl: where, uniqueId, fileType } : null
        const context = accepted ? content.acceptContext : content.declineContext
        const activity = activities.consent(person, chat, message, at.action, context, upload)
        return invoke(activity, { person, message })
      }),

    /** Stop, under an answer that is being written. The bot hears of it when it sends the next piece. */
    stop: (at: AtMessage): Promise<TeamsOutcome> =>
      attempt(async () => {
        const { chat, message } = enterAt(at)
        if (chat.stream?.message !== message) throw new Impossible('This answer is complete already.')
        standIn.pressStop(chat.id)
        return { ok: true }
      }),

    /** The bot is added to a conversation, or the app is installed for a person. */
    install: (at: At): Promise<TeamsOutcome> =>
      attempt(async () => {
        const { person, chat } = enter(at)
        chat.bot = true
        const answers = await Promise.all(activities.installed(person, chat).map((one) => delivery.deliver(one)))
        return answers.every(({ status }) => status !== 0) ? { ok: true } : { ok: false, error: UNREACHED }
      }),

    /** A channel or a chat is deleted: the bot's calls to it are refused from now on. */
    removeChat: (at: At): Promise<TeamsOutcome> =>
      attempt(async () => {
        const { person, chat } = enter(at)
        const heard = chat.bot && chat.kind === 'channel'
        const activity = activities.channelDeleted(person, chat)
        world.drop(chat)
        if (heard) void delivery.deliver(activity)
        return { ok: true }
      }),

    /** Resolves once nothing is on its way to the bot any more. */
    settled: delivery.settled,
    close: delivery.close,
  }
}
export type TeamsPeople = ReturnType<typeof createTeamsPeople>
