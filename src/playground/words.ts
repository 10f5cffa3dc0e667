// The words between the playground's server and its page: what the page is shown, and what a person can do in it.

type Json = Record<string, unknown>

/** One of the people whose seat the visitor can take. The same person has an account on both platforms. */
export interface Seat {
  /** Such as `sam`. */
  id: string
  name: string
  role: 'support' | 'engineer' | 'approver'
  /** What this seat is good for, in a sentence. */
  about: string
  slackUser: string
  teamsUser: string
}

export interface SlackChannelView {
  id: string
  name: string
  kind: 'channel' | 'direct'
  topic: string
  /** Users who see it; all of a channel, one of a direct message with the bot. */
  members: readonly string[]
}

/** A message as Slack would show it now. */
export interface SlackMessageView {
  channel: string
  ts: string
  thread?: string
  user: string
  /** True where the bot wrote it. */
  bot: boolean
  /** mrkdwn; of a stream the Markdown that was appended. */
  text: string
  /** True where `text` is Markdown: a streamed message. */
  markdown: boolean
  blocks: readonly Json[]
  stream?: 'in_progress' | 'completed' | 'errored'
  edited: boolean
  files: readonly FileView[]
  /** Shown to this user alone, until the page is loaded anew. */
  onlyTo?: string
}

export interface FileView {
  id: string
  name: string
  mediaType: string
  bytes: number
  /** Path on the playground's own server. */
  url: string
  title?: string
}

/** A modal that is open for one user. */
export interface SlackModalView {
  id: string
  user: string
  view: Json
  /** By block_id, after the app refused what was handed in. */
  errors: Readonly<Record<string, string>>
}

export interface SlackView {
  team: string
  botUser: string
  botName: string
  channels: readonly SlackChannelView[]
  messages: readonly SlackMessageView[]
  modals: readonly SlackModalView[]
  /** Published Home tabs by user. */
  homes: Readonly<Record<string, Json>>
  /** "is searching ..." by `channel:thread`. */
  statuses: Readonly<Record<string, string>>
  /** Of the agent pane, by channel. */
  prompts: Readonly<Record<string, readonly { title: string; message: string }[]>>
  /** Titles of threads of the agent pane, by `channel:thread`. */
  titles: Readonly<Record<string, string>>
  commands: readonly { command: string; description: string; usageHint: string }[]
  shortcuts: readonly { callbackId: string; name: string; description: string }[]
}

export interface TeamsChatView {
  id: string
  name: string
  kind: 'personal' | 'groupChat' | 'channel'
  /** Seats that see it, by teamsUser. */
  members: readonly string[]
  /** Of a channel. */
  team?: { id: string; name: string }
}

export interface TeamsMessageView {
  chat: string
  id: string
  /** Root message of the thread it stands in, in a channel. */
  root?: string
  /** teamsUser, or `bot`. */
  from: string
  at: string
  /** Markdown (bot) or plain text (people). */
  text: string
  /** As the connector holds it: attachments, entities, channelData, suggestedActions. */
  activity: Json
  edited: boolean
  stream: 'none' | 'open' | 'done' | 'stopped'
  /** What the bot says while it works, before the first words of a stream. */
  informative?: string
  /** Cards that Action.Execute gave one person in place of the sent one, by teamsUser. */
  cards?: Readonly<Record<string, Json>>
  /** Thumbs that people gave, by teamsUser. */
  ratings?: Readonly<Record<string, 'like' | 'dislike'>>
}

export interface TeamsView {
  botName: string
  chats: readonly TeamsChatView[]
  messages: readonly TeamsMessageView[]
  /** The bot is writing, by chat. */
  typing: Readonly<Record<string, boolean>>
  commands: readonly { title: string; description: string }[]
  /** Message extensions of the manifest. */
  extensions: readonly { commandId: string; title: string; description: string }[]
  /** Files that people accepted from the bot. */
  files: readonly FileView[]
}

/** One HTTP exchange between a platform and the bot. */
export interface WireView {
  seq: number
  at: string
  platform: 'slack' | 'teams'
  /** `out`: the platform calls the bot. `in`: the bot calls the platform. */
  direction: 'out' | 'in'
  /** Such as `app_mention`, `chat.postMessage`, `POST activity (message)`. */
  name: string
  method: string
  path: string
  status: number
  /** Milliseconds. */
  took: number
  /** Cut at some thousand characters; secrets are left out. */
  request: string
  response: string
  /** Set where the exchange was disturbed on purpose, such as `429` or `second delivery`. */
  fault?: string
}

/** What the bot said of a turn in its log: a tool call, a turn that began or ended. */
export interface StepView {
  seq: number
  at: string
  /** Id of the turn. */
  turn: string
  /** Such as `search-docs`, or `turn` for the turn itself. */
  name: string
  kind: 'turn' | 'tool' | 'model' | 'other'
  text: string
  /** Milliseconds, where it says how long it took. */
  took?: number
}

export interface BotView {
  state: 'preparing' | 'starting' | 'ready' | 'stopped'
  /** What it does now, in a sentence, such as `Reading the sample documentation`. */
  note: string
  since: string
  /** Times it was started since the playground began. */
  starts: number
}

/** What the fault drawer holds. Each applies to what comes next. */
export interface FaultView {
  /** Every event is delivered twice, as after a lost acknowledgement. */
  twice: boolean
  /** Milliseconds that every delivery waits. */
  lateMs: number
  /** Calls of the bot that are answered 429, still to come. */
  limited: number
  /** Streams that are cut in the middle, still to come. */
  cut: number
}

export interface PlaygroundView {
  version: string
  seats: readonly Seat[]
  slack: SlackView
  teams: TeamsView
  wire: readonly WireView[]
  steps: readonly StepView[]
  bot: BotView
  faults: FaultView
}

/** What the page hears over server-sent events (`GET /api/events`), each as `data: <JSON>` with its `seq` as the event's id. */
export type PlaygroundEvent =
  | { kind: 'hello'; view: PlaygroundView }
  | { kind: 'slack-message'; message: SlackMessageView }
  | { kind: 'slack-removed'; channel: string; ts: string }
  /** Everything of Slack but messages, channels, commands and shortcuts. */
  | { kind: 'slack-around'; around: Pick<SlackView, 'modals' | 'homes' | 'statuses' | 'prompts' | 'titles'> }
  | { kind: 'teams-message'; message: TeamsMessageView }
  | { kind: 'teams-removed'; chat: string; id: string }
  | { kind: 'teams-around'; around: Pick<TeamsView, 'typing' | 'files'> }
  | { kind: 'wire'; entry: WireView }
  | { kind: 'step'; entry: StepView }
  | { kind: 'bot'; bot: BotView }
  | { kind: 'faults'; faults: FaultView }

/** Body of `POST /api/do`. Answered `{"ok":true, ...}`, or `{"ok":false,"error":"<sentence>"}` with status 400. `as` is a seat. */
export type PlaygroundDeed =
  | {
      do: 'slack-post'
      as: string
      channel: string
      text: string
      thread?: string
      files?: readonly { name: string }[]
    }
  | { do: 'slack-command'; as: string; channel: string; command: string; text: string }
  /** A click or a choice in a message, a modal or a Home tab; `element` is the block element as it was sent, `state` the values of all inputs around it. */
  | {
      do: 'slack-act'
      as: string
      where: { kind: 'message'; channel: string; ts: string } | { kind: 'modal'; id: string } | { kind: 'home' }
      blockId: string
      element: Json
      /** What was chosen or typed, where the element takes something: an option's value, a text, a date, `positive`/`negative` of feedback. */
      value?: string
      /** By block_id, by action_id, in Slack's own form of `state.values`. */
      state: Json
    }
  | { do: 'slack-submit'; as: string; modal: string; state: Json }
  | { do: 'slack-close'; as: string; modal: string }
  | { do: 'slack-shortcut'; as: string; callbackId: string; channel: string; ts: string }
  /** The agent pane or the Home tab of the app is opened. */
  | { do: 'slack-open'; as: string; tab: 'messages' | 'home' }
  | { do: 'slack-stop'; as: string; channel: string; thread: string }
  | { do: 'teams-post'; as: string; chat: string; text: string; root?: string; mention: boolean }
  /** An action of a card: Action.Execute, Action.Submit (messageBack, task) with its data and the inputs merged in. */
  | { do: 'teams-act'; as: string; chat: string; id: string; action: Json; data: Json }
  | { do: 'teams-feedback'; as: string; chat: string; id: string; reaction: 'like' | 'dislike'; text: string }
  | { do: 'teams-extension'; as: string; commandId: string; chat: string; id: string }
  | { do: 'teams-consent'; as: string; chat: string; id: string; action: 'accept' | 'decline' }
  | { do: 'teams-stop'; as: string; chat: string; id: string }
  | { do: 'faults'; faults: Partial<FaultView> }
  | { do: 'bot'; action: 'kill' | 'restart' }
