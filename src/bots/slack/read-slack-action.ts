// Reads slash commands, pressed buttons and sent forms into turns.
import { z } from 'zod'
import type { ActionTurn, CommandTurn, Person } from '../../core/turn.ts'
import { homeThreadOf, readHomeMetadata, toHomeTurn } from './home-turn.ts'
import { type SlackIdentity, timeOf } from './read-slack-event.ts'
import { readSlackText } from './read-slack-text.ts'
import { readFormValues } from './render-slack-form.ts'
import { type SlackPlace, toSlackAddress } from './slack-address.ts'
import { threadOf, turnIdOf } from './slack-keys.ts'
import { type BlockActions, blockActionsSchema, commandSchema, viewSubmissionSchema } from './slack-payloads.ts'
import { BUTTON_PREFIX, FEEDBACK_ACTION, REASON_VIEW } from './surface.ts'

const valueSchema = z.record(z.string(), z.string())
const formSchema = z.object({
  team: z.string(),
  channel: z.string(),
  thread: z.string(),
  user: z.string(),
  turn: z.string(),
})

function readValue(text: string | undefined): Record<string, string> {
  if (text === undefined) return {}
  try {
    const parsed = valueSchema.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : { value: text }
  } catch {
    return { value: text }
  }
}

/** A person whose workspace is not ours is external. */
export function toPerson(id: string, tenant: string | null | undefined, home: string): Person {
  const known = tenant ?? home
  return { id, tenant: known, external: known !== home }
}

/** Who used a button, a form or a menu: Slack says the name too. */
export function toNamedPerson(by: BlockActions['user'], team: { id: string } | null | undefined, home: string): Person {
  const user = toPerson(by.id, by.team_id ?? team?.id, home)
  const name = by.name ?? by.username
  return name ? { ...user, name } : user
}

/**
 * A command has no thread and no retries, so its trigger id is its event key; the answer goes into the channel. Slack
 * sends those commands alone that the manifest names.
 */
export function readSlackCommand(body: unknown, me: SlackIdentity, now: Date): CommandTurn | null {
  const parsed = commandSchema.safeParse(body)
  const name = parsed.success ? parsed.data.command.replace(/^\//, '').toLowerCase() : ''
  if (!parsed.success || name === '') return null
  const command = parsed.data
  const key = `slack:event:${command.trigger_id}`
  const text = readSlackText(command.text ?? '', me.botUser)
  const id = turnIdOf(key)
  const user = toPerson(command.user_id, command.team_id, me.team)
  const place: SlackPlace = {
    team: me.team,
    channel: command.channel_id,
    thread: null,
    user: user.id,
    userTeam: user.tenant,
    direct: false,
    question: (name === 'ask' ? text : `/${name} ${text}`.trim()).slice(0, 300),
    ...(command.response_url ? { responseUrl: command.response_url } : {}),
  }
  return {
    kind: 'command',
    id,
    at: now.toISOString(),
    channel: 'slack',
    user: command.user_name ? { ...user, name: command.user_name } : user,
    address: toSlackAddress(place),
    thread: threadOf(me.team, command.channel_id, `command-${id}`),
    keys: [key],
    name,
    text,
  }
}

export interface PressedButton {
  turn: ActionTurn
  /** What follows it: a press in the Home tab may have changed what stands there. */
  next?: CommandTurn
  /** True for a thumb down, after which a form may ask for the reason. */
  asksWhy: boolean
  triggerId: string
  /** What the form must carry so that its answer finds back to the rating. */
  form: string
}

/** Null for a button that is not ours, such as a link button, which Slack reports too. */
export function readSlackButton(body: unknown, me: SlackIdentity): PressedButton | null {
  const parsed = blockActionsSchema.safeParse(body)
  if (!parsed.success) return null
  const action = parsed.data.actions[0]
  const name = readActionName(action?.action_id ?? '')
  if (!action || name === '') return null
  if (parsed.data.view?.type === 'home') return readHomeButton(parsed.data, name, me)
  const spot = readSpot(parsed.data)
  if (!spot) return null
  const user = toNamedPerson(parsed.data.user, parsed.data.team, me.team)
  const inputs = readFormValues(parsed.data.state, action.block_id)
  const value = { ...readValue(action.value), ...inputs, message: spot.ts }
  const turn = toActionTurn({
    key: `slack:event:${parsed.data.trigger_id}`,
    at: timeOf(action.action_ts ?? spot.ts),
    user,
    place: {
      ...{ team: me.team, channel: spot.channel, thread: spot.thread, user: user.id, userTeam: user.tenant },
      ...(spot.top ? { top: true } : {}),
      ...(parsed.data.response_url ? { responseUrl: parsed.data.response_url } : {}),
    },
    action: name,
    value,
  })
  const form = { team: me.team, channel: spot.channel, thread: spot.thread, user: user.id, turn: turn.value.turn ?? '' }
  return {
    turn,
    asksWhy: name === FEEDBACK_ACTION && turn.value.rating === 'down',
    triggerId: parsed.data.trigger_id,
    form: JSON.stringify(form),
  }
}

/** What comes of it is said in the direct message, and the tab is published anew. */
function readHomeButton(body: BlockActions, name: string, me: SlackIdentity): PressedButton | null {
  const channel = readHomeMetadata(body.view?.private_metadata)
  const [action] = body.actions
  if (channel === null || !action) return null
  const user = toNamedPerson(body.user, body.team, me.team)
  const key = `slack:event:${body.trigger_id}`
  const at = timeOf(action.action_ts ?? '')
  const place = { team: me.team, channel, thread: null, user: user.id, userTeam: user.tenant, direct: true }
  const turn: ActionTurn = {
    ...{ kind: 'action', id: turnIdOf(key), at, channel: 'slack', user, keys: [key], action: name },
    address: toSlackAddress(place),
    thread: homeThreadOf(me.team, channel),
    value: { ...readValue(action.value), ...readFormValues(body.state ?? body.view?.state, action.block_id) },
  }
  const next = toHomeTurn({
    key: `${key}:home`,
    at: new Date(Date.parse(at) + 1).toISOString(),
    team: me.team,
    channel,
    user,
  })
  return { turn, next, asksWhy: false, triggerId: body.trigger_id, form: '' }
}

/** Ids of the bot's own buttons may end in a number that keeps two of one name apart. Empty for foreign ones. */
function readActionName(id: string): string {
  if (id === FEEDBACK_ACTION) return id
  return id.startsWith(BUTTON_PREFIX) ? id.slice(BUTTON_PREFIX.length).replace(/#\d+$/, '') : ''
}

function readSpot(body: BlockActions): { channel: string; ts: string; thread: string; top: boolean } | null {
  const channel = body.channel?.id ?? body.container?.channel_id
  const ts = body.message?.ts ?? body.container?.message_ts
  if (channel === undefined || ts === undefined) return null
  const thread = body.message?.thread_ts ?? body.container?.thread_ts ?? ts
  return { channel, ts, thread, top: thread === ts }
}

/** The optional reason behind a thumb down; null where it is another form or was left empty. */
export function readSlackForm(body: unknown, me: SlackIdentity, now: Date): ActionTurn | null {
  const parsed = viewSubmissionSchema.safeParse(body)
  if (!parsed.success || parsed.data.view.callback_id !== REASON_VIEW) return null
  const { view } = parsed.data
  const form = formSchema.safeParse(parseJson(view.private_metadata))
  const reason = Object.values(view.state.values)
    .flatMap((block) => Object.values(block).map((field) => field.value ?? ''))
    .join('\n')
    .trim()
  if (!form.success || reason === '' || form.data.user !== parsed.data.user.id) return null
  const { channel, thread, turn } = form.data
  const user = toNamedPerson(parsed.data.user, parsed.data.team, me.team)
  return toActionTurn({
    key: `slack:event:view:${view.id}`,
    at: now.toISOString(),
    user,
    place: { team: me.team, channel, thread, user: user.id, userTeam: user.tenant },
    action: FEEDBACK_ACTION,
    value: { turn, rating: 'down', reason: reason.slice(0, 3_000) },
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function toActionTurn(of: {
  key: string
  at: string
  user: Person
  place: Omit<SlackPlace, 'direct'> & { thread: string }
  action: string
  value: Record<string, string>
}): ActionTurn {
  return {
    kind: 'action',
    id: turnIdOf(of.key),
    at: of.at,
    channel: 'slack',
    user: of.user,
    address: toSlackAddress({ ...of.place, direct: of.place.channel.startsWith('D') }),
    thread: threadOf(of.place.team, of.place.channel, of.place.thread),
    keys: [of.key],
    action: of.action,
    value: of.value,
  }
}
