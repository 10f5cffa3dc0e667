// What the page knows: every part of the playground's view in a signal, changed only by the server's events.
import { batch, computed, signal } from '@preact/signals'
import type {
  BotView,
  FaultView,
  FileView,
  PlaygroundEvent,
  PlaygroundView,
  Seat,
  SlackMessageView,
  SlackView,
  StepView,
  TeamsMessageView,
  TeamsView,
  WireView,
} from '../../words.ts'
import { createMessages } from './messages.ts'

/** Wire messages and steps beyond this many are forgotten, oldest first. */
const MAX_LINES = 2_000

/** Where the server is: `live` once it has sent its view. */
export const connection = signal<'connecting' | 'live' | 'reconnecting'>('connecting')
export const version = signal('')
export const seats = signal<readonly Seat[]>([])
export const bot = signal<BotView>({ state: 'preparing', note: '', since: '', starts: 0 })
export const faults = signal<FaultView>({ twice: false, lateMs: 0, limited: 0, cut: 0 })
/** Oldest first. */
export const wire = signal<readonly WireView[]>([])
/** Oldest first. */
export const steps = signal<readonly StepView[]>([])

/** Slack but for its messages. */
export const slack = signal<Omit<SlackView, 'messages'>>({
  team: '',
  botUser: '',
  botName: 'Lakedesk',
  channels: [],
  modals: [],
  homes: {},
  statuses: {},
  prompts: {},
  titles: {},
  commands: [],
  shortcuts: [],
})

/** Groups: a channel's id for what stands at its top, `channel:thread` for replies. */
export const slackMessages = createMessages<SlackMessageView>({
  keyOf: ({ channel, ts }) => `${channel}:${ts}`,
  groupOf: ({ channel, ts, thread }) => (thread && thread !== ts ? `${channel}:${thread}` : channel),
  placeOf: ({ ts }) => ts.padStart(24, '0'),
})

/** Files of Slack's messages, by id: blocks name them so. */
export const slackFiles = signal<ReadonlyMap<string, FileView>>(new Map())
/** `ts` of the newest message of a channel, its threads with it; what is shown to one person alone counts for nobody. */
export const slackNewest = signal<Readonly<Record<string, string>>>({})

function noteSlack(messages: readonly SlackMessageView[]): void {
  const files = messages.flatMap((message) => message.files)
  if (files.some(({ id, url }) => slackFiles.value.get(id)?.url !== url)) {
    slackFiles.value = new Map([...slackFiles.value, ...files.map((file) => [file.id, file] as const)])
  }
  const newest: Record<string, string> = {}
  for (const { channel, ts, onlyTo } of messages) {
    const before = newest[channel] ?? slackNewest.value[channel] ?? ''
    if (onlyTo === undefined && Number(ts) > Number(before)) newest[channel] = ts
  }
  if (Object.keys(newest).length > 0) slackNewest.value = { ...slackNewest.value, ...newest }
}

/** Teams but for its messages. */
export const teams = signal<Omit<TeamsView, 'messages'>>({
  botName: 'Lakedesk',
  chats: [],
  typing: {},
  commands: [],
  extensions: [],
  files: [],
})

/** Groups: a chat's id for what stands at its top, `chat|root` for replies in a channel. Keys: `chat|id`. */
export const teamsMessages = createMessages<TeamsMessageView>({
  keyOf: ({ chat, id }) => `${chat}|${id}`,
  groupOf: ({ chat, id, root }) => (root && root !== id ? `${chat}|${root}` : chat),
  placeOf: ({ at, id }) => `${at}|${id.padStart(24, '0')}`,
})

/** True once there is something to show. */
export const isLoaded = computed(() => seats.value.length > 0)

function takeView(view: PlaygroundView): void {
  const { messages: slackList, ...slackRest } = view.slack
  const { messages: teamsList, ...teamsRest } = view.teams
  version.value = view.version
  seats.value = view.seats
  bot.value = view.bot
  faults.value = view.faults
  wire.value = view.wire.slice(-MAX_LINES)
  steps.value = view.steps.slice(-MAX_LINES)
  slack.value = slackRest
  teams.value = teamsRest
  noteSlack(slackList)
  slackMessages.reset(slackList)
  teamsMessages.reset(teamsList)
  connection.value = 'live'
}

/** An entry that is known already (its call has ended since) takes its place; another goes to the end. */
function addLine<T extends { seq: number }>(list: readonly T[], entry: T): readonly T[] {
  const at = list.findLastIndex(({ seq }) => seq === entry.seq)
  return at === -1 ? [...list, entry].slice(-MAX_LINES) : list.with(at, entry)
}

function take(event: PlaygroundEvent): void {
  switch (event.kind) {
    case 'hello':
      takeView(event.view)
      return
    case 'slack-message':
      noteSlack([event.message])
      slackMessages.put(event.message)
      return
    case 'slack-removed':
      slackMessages.remove(`${event.channel}:${event.ts}`)
      return
    case 'slack-around':
      slack.value = { ...slack.value, ...event.around }
      return
    case 'teams-message':
      teamsMessages.put(event.message)
      return
    case 'teams-removed':
      teamsMessages.remove(`${event.chat}|${event.id}`)
      return
    case 'teams-around':
      teams.value = { ...teams.value, ...event.around }
      return
    case 'wire':
      wire.value = addLine(wire.value, event.entry)
      return
    case 'step':
      steps.value = addLine(steps.value, event.entry)
      return
    case 'bot':
      bot.value = event.bot
      return
    case 'faults':
      faults.value = event.faults
      return
    default:
      // A newer server may speak of more than this page knows; the rest goes on.
      return
  }
}

/** Takes events in as one change: what depends on several of them is drawn once. */
export function takeEvents(events: readonly PlaygroundEvent[]): void {
  batch(() => {
    for (const event of events) take(event)
  })
}
