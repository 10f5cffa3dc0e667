// The people, chats and teams that the Teams stand-in has, and how the platform names them.
import { z } from 'zod'

export interface TeamsPerson {
  /** Such as `sam`; the channel's own id is `29:sam`. */
  id: string
  name: string
  /** Object id in Entra; `aad-<id>` where not given. */
  aadObjectId?: string
  email?: string
}

export interface TeamsChat {
  /** As in the wire: `a:sam`, `19:group@thread.v2`, `19:general@thread.tacv2`. */
  id: string
  name: string
  kind: 'personal' | 'groupChat' | 'channel'
  /** Ids of people. */
  members: readonly string[]
  /** Of a channel: the team it stands in. */
  team?: { id: string; name: string }
  /** False where the bot is not installed yet. Default true. */
  bot?: boolean
}

export interface TeamsWorkspace {
  botName?: string
  people: readonly TeamsPerson[]
  /** Where a person has no personal chat here, one is made: `a:<id>`. */
  chats: readonly TeamsChat[]
}

/** What the stand-in reads of an app manifest. Source: Teams app manifest v1.29, `bots[].commandLists` and `composeExtensions[].commands`. */
const manifestSchema = z.looseObject({
  bots: z
    .array(
      z.looseObject({
        commandLists: z
          .array(
            z.looseObject({
              scopes: z.array(z.string()).default([]),
              commands: z.array(z.looseObject({ title: z.string(), description: z.string() })),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
  composeExtensions: z
    .array(
      z.looseObject({
        commands: z.array(
          z.looseObject({
            id: z.string(),
            title: z.string(),
            description: z.string().default(''),
            context: z.array(z.string()).default([]),
            fetchTask: z.boolean().default(false),
          }),
        ),
      }),
    )
    .default([]),
})

export interface TeamsAppManifest {
  commands: { title: string; description: string }[]
  extensions: { commandId: string; title: string; description: string; fetchTask: boolean }[]
}

/** Commands of all scopes, each once; entries of a message's menu. Throws ZodError where it is no manifest. */
export function readTeamsManifest(manifest: unknown): TeamsAppManifest {
  const { bots, composeExtensions } = manifestSchema.parse(manifest ?? {})
  const all = bots.flatMap(({ commandLists }) => commandLists.flatMap(({ commands }) => commands))
  const commands = new Map(all.map(({ title, description }) => [title, { title, description }]))
  const entries = composeExtensions.flatMap((extension) => extension.commands)
  return {
    commands: [...commands.values()],
    extensions: entries
      .filter(({ context }) => context.includes('message'))
      .map(({ id, title, description, fetchTask }) => ({ commandId: id, title, description, fetchTask })),
  }
}

/** The channel's id of a person. */
export function mriOf(person: string): string {
  return `29:${person}`
}

/** Two parts of a conversation id: the chat, and the root message of a thread in a channel. */
export function splitConversation(id: string): { chat: string; root: string | undefined } {
  const [chat = '', root] = id.split(';messageid=')
  return { chat, root }
}

/** The conversation id of a thread in a channel. */
export function threadId(chat: string, root: string | undefined): string {
  return root === undefined ? chat : `${chat};messageid=${root}`
}

/** As `members` of the connector gives a person. Source: "Get member details" (TeamsChannelAccount). */
export function toMember(person: TeamsPerson, tenantId: string): Record<string, unknown> {
  const [givenName = '', ...rest] = person.name.split(' ')
  const email = person.email ?? `${person.id}@lakedesk.example`
  const aadObjectId = person.aadObjectId ?? `aad-${person.id}`
  return {
    id: mriOf(person.id),
    name: person.name,
    objectId: aadObjectId,
    aadObjectId,
    givenName,
    surname: rest.join(' '),
    email,
    userPrincipalName: email,
    tenantId,
    userRole: 'user',
  }
}
