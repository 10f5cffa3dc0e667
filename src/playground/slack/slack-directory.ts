// Who and what is in the workspace: people, channels, and what the app's manifest adds to it.
import { z } from 'zod'

export interface SlackUser {
  id: string
  /** Handle, such as `sam`. */
  name: string
  realName: string
  title?: string
}

export interface SlackChannel {
  id: string
  /** Without the number sign. */
  name: string
  topic: string
  kind: 'channel' | 'direct'
  /** People, and the bot where it is in. */
  members: string[]
  archived: boolean
}

export interface SlackWorkspace {
  /** Shown name of the workspace. */
  team?: string
  channels: readonly { id: string; name: string; topic?: string; members?: readonly string[] }[]
  users: readonly SlackUser[]
  /** Slack app manifest as data: commands, shortcuts, prompts, subscribed events, Home tab. */
  manifest: unknown
}

const manifestSchema = z.object({
  display_information: z.object({ name: z.string() }),
  features: z.object({
    app_home: z.object({ home_tab_enabled: z.boolean().default(false) }).optional(),
    bot_user: z.object({ display_name: z.string() }).optional(),
    agent_view: z
      .object({ suggested_prompts: z.array(z.object({ title: z.string(), message: z.string() })).default([]) })
      .optional(),
    shortcuts: z
      .array(z.object({ name: z.string(), type: z.string(), callback_id: z.string(), description: z.string() }))
      .default([]),
    slash_commands: z
      .array(z.object({ command: z.string(), description: z.string(), usage_hint: z.string().default('') }))
      .default([]),
  }),
  settings: z
    .object({ event_subscriptions: z.object({ bot_events: z.array(z.string()).default([]) }).optional() })
    .optional(),
})

export interface SlackDirectory {
  /** False where no workspace was given: then every channel and every person is taken as existing. */
  readonly strict: boolean
  readonly team: string
  readonly botName: string
  readonly users: ReadonlyMap<string, SlackUser>
  readonly channels: Map<string, SlackChannel>
  readonly commands: readonly { command: string; description: string; usageHint: string }[]
  readonly shortcuts: readonly { callbackId: string; name: string; description: string }[]
  readonly prompts: readonly { title: string; message: string }[]
  readonly homeTab: boolean
  /** True where the manifest subscribes the event, such as `message.channels`. */
  hears(event: string): boolean
  /** Id of a channel from its id, its #name, or the person of a direct message. */
  channelOf(name: string): string
  /** Direct message of this person with the bot. */
  directOf(user: string): string
}

function directId(user: string): string {
  return `D${user.replace(/^U/, '')}`
}

/** Throws where the manifest is none. */
export function createSlackDirectory(workspace: SlackWorkspace | undefined, botUser: string): SlackDirectory {
  const manifest = workspace ? manifestSchema.parse(workspace.manifest) : null
  const users = new Map((workspace?.users ?? []).map((user) => [user.id, user]))
  const channels = new Map<string, SlackChannel>()
  for (const { id, name, topic = '', members = [...users.keys()] } of workspace?.channels ?? []) {
    channels.set(id, { id, name, topic, kind: 'channel', members: [...members, botUser], archived: false })
  }
  for (const { id, name } of users.values()) {
    const direct = directId(id)
    channels.set(direct, { id: direct, name, topic: '', kind: 'direct', members: [id, botUser], archived: false })
  }
  const events = new Set(manifest?.settings?.event_subscriptions?.bot_events ?? [])
  const features = manifest?.features
  return {
    strict: workspace !== undefined,
    team: workspace?.team ?? 'Lake',
    botName: features?.bot_user?.display_name ?? manifest?.display_information.name ?? 'lakedesk',
    users,
    channels,
    commands: (features?.slash_commands ?? []).map(({ command, description, usage_hint }) => ({
      ...{ command, description, usageHint: usage_hint },
    })),
    shortcuts: (features?.shortcuts ?? [])
      .filter(({ type }) => type === 'message')
      .map(({ callback_id, name, description }) => ({ callbackId: callback_id, name, description })),
    prompts: features?.agent_view?.suggested_prompts ?? [],
    homeTab: manifest === null || features?.app_home?.home_tab_enabled === true,
    hears: (event) => manifest === null || events.has(event),
    channelOf(name) {
      if (users.has(name)) return directId(name)
      const named = [...channels.values()].find((channel) => `#${channel.name}` === name)
      return named?.id ?? name
    },
    directOf: directId,
  }
}
