// What Microsoft 365 Agents Playground 0.2.28 sent to a bot that only records, as paths of fields; and the same deeds by our people.
import { createTeamsStandIn, type TeamsExchange } from '../../../src/playground/teams/create-teams-stand-in.ts'
import { createTeamsPeople } from '../../../src/playground/teams/teams-people.ts'
import { MANIFEST, WORKSPACE } from './workspace.ts'

export type Json = Record<string, unknown>

/** Every field that it sent, as paths; items of lists by their type where they have one. */
const COMMON = [
  ...['type', 'id', 'from.id', 'from.name', 'from.aadObjectId', 'timestamp', 'localTimestamp', 'localTimezone'],
  ...['serviceUrl', 'conversation.conversationType', 'conversation.tenantId', 'conversation.id', 'recipient.id'],
  ...['recipient.name', 'locale', 'channelData.tenant.id', 'channelId', 'entities.clientInfo.type'],
  ...['locale', 'country', 'platform', 'timezone'].map((name) => `entities.clientInfo.${name}`),
]
export const RECORDED: Record<string, readonly string[]> = {
  message: [...COMMON, 'text', 'textFormat'],
  'message in a group': [
    ...[...COMMON, 'text', 'textFormat', 'conversation.isGroup', 'entities.mention.type', 'entities.mention.text'],
    ...['entities.mention.mentioned.id', 'entities.mention.mentioned.name'],
  ],
  'message in a channel': [
    ...[...COMMON, 'text', 'textFormat', 'conversation.isGroup', 'entities.mention.type', 'entities.mention.text'],
    ...['entities.mention.mentioned.id', 'entities.mention.mentioned.name', 'channelData.channel.id'],
    ...['channelData.teamsChannelId', 'channelData.teamsTeamId', 'channelData.team.id'],
  ],
  'Action.Execute': [
    ...[...COMMON, 'name', 'replyToId', 'channelData.source.name', 'value.action.type', 'value.action.title'],
    ...['value.action.verb', 'value.action.data.n', 'value.action.data.note'],
  ],
  'Action.Submit': [...COMMON, 'replyToId', 'channelData.source.name', 'value.action', 'value.note'],
  feedback: [
    ...COMMON.filter((path) => !/^(entities|locale$|localTimezone|channelData)/.test(path)),
    ...['name', 'channelData.source.name', 'value.actionName', 'value.actionValue.reaction'],
    'value.actionValue.feedback',
  ],
  'message extension': [
    ...[...COMMON, 'name', 'channelData.source.name', 'value.commandId', 'value.commandContext'],
    'value.context.theme',
  ],
  installation: [
    ...COMMON.filter((path) => !/^(from.name|localT|entities.clientInfo.[cpt])/.test(path)),
    ...['action', 'channelData.source.name', 'channelData.settings.selectedChannel.id', 'entities.clientInfo.type'],
  ],
}

export function pathsOf(value: unknown, at = ''): string[] {
  if (Array.isArray(value))
    return value.flatMap((item: Json) => pathsOf(item, typeof item.type === 'string' ? `${at}.${item.type}` : at))
  if (typeof value !== 'object' || value === null) return [at]
  return Object.entries(value).flatMap(([key, one]) => pathsOf(one, at === '' ? key : `${at}.${key}`))
}

const CARD = {
  type: 'AdaptiveCard',
  version: '1.5',
  body: [
    { type: 'TextBlock', text: 'Pick one' },
    { type: 'Input.Text', id: 'note', value: 'hi' },
  ],
}

/** Nobody listens where the activities go: what was sent is looked at, not what becomes of it. */
export async function recordOurPeople(): Promise<Record<string, Json>> {
  const wire: TeamsExchange[] = []
  const teams = await createTeamsStandIn({
    workspace: WORKSPACE,
    manifest: MANIFEST,
    onExchange: (exchange) => void wire.push(exchange),
  })
  const people = createTeamsPeople(teams, { messagesUrl: 'http://127.0.0.1:9/api/messages', retryMs: [] })
  const last = async (work: Promise<unknown>): Promise<Json> => {
    await work
    await people.settled()
    return JSON.parse(wire.at(-1)?.request ?? '{}')
  }
  const attachments = [{ contentType: 'application/vnd.microsoft.card.adaptive', content: CARD }]
  const activity = { channelData: { feedbackLoop: { type: 'default' } }, attachments }
  const { chat } = teams.world.find('a:sam')
  const { id } = teams.world.add(chat, { id: teams.world.nextId(), from: 'bot', text: '', activity, stream: 'none' })
  const at = { as: 'sam', chat: 'a:sam', id }
  const execute = { type: 'Action.Execute', title: 'Exec', verb: 'doit', data: { n: 1 } }
  const submit = { type: 'Action.Submit', title: 'Subm', data: { action: 'send' } }
  const say = { as: 'sam', text: 'hello', mention: true }
  const sent = {
    message: await last(people.post({ ...say, chat: 'a:sam' })),
    'message in a group': await last(people.post({ ...say, chat: '19:group@thread.v2' })),
    'message in a channel': await last(people.post({ ...say, chat: '19:general@thread.tacv2' })),
    'Action.Execute': await last(people.act({ ...at, action: execute, data: { n: 1, note: 'hi' } })),
    'Action.Submit': await last(people.act({ ...at, action: submit, data: { action: 'send', note: 'hi' } })),
    feedback: await last(people.feedback({ ...at, reaction: 'like', text: 'good one' })),
    'message extension': await last(people.extension({ ...at, commandId: 'triage_thread' })),
    installation: await people.install(at).then(() => {
      const sent: Json[] = wire.map(({ request }) => JSON.parse(request))
      return sent.find(({ type }) => type === 'installationUpdate') ?? {}
    }),
  }
  people.close()
  await teams.close()
  return sent
}
