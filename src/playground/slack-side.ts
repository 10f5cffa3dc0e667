// Slack's side of the playground: the stand-in, its people, and what the page may ask of them.
import { assertNever } from '../core/assert-never.ts'
import type { DeedAnswer, DeedOf, PlatformSide } from './platform-side.ts'
import { toSlackWorkspace } from './rooms.ts'
import { SlackRefusal } from './slack/people-words.ts'
import { createSlackPeople, type SlackPeople } from './slack/slack-people.ts'
import { createSlackStandIn } from './slack/slack-stand-in.ts'
import type { Exchange } from './wire-log.ts'
import type { FaultView, Seat, SlackView } from './words.ts'

export interface SlackSideOptions {
  seats: readonly Seat[]
  /** Slack app manifest as data. */
  manifest: unknown
  port: number
  /** Of the bot, without a path. */
  botUrl: string
  token: string
  signingSecret: string
}

export interface OpenedSlackSide {
  side: PlatformSide<DeedOf<'slack'>, SlackView>
  /** For the bot's SLACK_API_URL. */
  apiUrl: string
}

/** Sooner than Slack's minutes, so that a bot which is killed and started again gets what was said in between. */
const RETRY_MS = [300, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000]

function post(people: SlackPeople, user: string, deed: Extract<DeedOf<'slack'>, { do: 'slack-post' }>): DeedAnswer {
  const { channel, text, thread, files } = deed
  if (text.trim() === '' && (files ?? []).length === 0) return { ok: false, error: 'Slack sends no empty message.' }
  const { ts } = people.post(user, {
    ...{ channel, text },
    ...(thread === undefined ? {} : { thread }),
    ...(files === undefined ? {} : { files }),
  })
  return { ok: true, ts }
}

/** The stand-in throws what Slack would refuse, as a sentence; what else breaks is a fault of ours. */
function toRefusal(error: unknown): DeedAnswer {
  if (error instanceof SlackRefusal) return { ok: false, error: error.message }
  throw error
}

async function doDeed(people: SlackPeople, user: string, deed: DeedOf<'slack'>): Promise<DeedAnswer> {
  switch (deed.do) {
    case 'slack-post':
      return post(people, user, deed)
    case 'slack-command':
      return people.command(user, deed)
    case 'slack-act':
      return people.act(user, deed)
    case 'slack-submit':
      return people.submit(user, deed.modal, deed.state)
    case 'slack-close':
      return people.close(user, deed.modal)
    case 'slack-shortcut':
      return people.shortcut(user, deed)
    case 'slack-open':
      return people.open(user, deed.tab)
    case 'slack-stop':
      return people.stop(user, deed)
    default:
      return assertNever(deed)
  }
}

export async function openSlackSide(options: SlackSideOptions): Promise<OpenedSlackSide> {
  const { seats, manifest, port, token, signingSecret } = options
  const exchanges = new Set<(exchange: Exchange) => void>()
  const used = new Set<(left: Pick<FaultView, 'limited' | 'cut'>) => void>()
  const standIn = await createSlackStandIn({
    ...{ port, token, signingSecret, workspace: toSlackWorkspace(seats, manifest) },
    onExchange(exchange) {
      for (const listener of exchanges) listener(exchange)
      if (exchange.fault !== undefined) for (const listener of used) listener(standIn.disturbance())
    },
  })
  const people = createSlackPeople(standIn, { eventsUrl: `${options.botUrl}/slack/events`, retryMs: RETRY_MS })

  return {
    apiUrl: standIn.apiUrl,
    side: {
      view: standIn.view,
      watch: standIn.watch,
      onExchange: (listener) => void exchanges.add(listener),
      onFaults: (listener) => void used.add(listener),
      setFaults({ twice, lateMs, limited, cut }) {
        people.disturb({ twice, lateMs })
        standIn.disturb({ limited, cut })
      },
      act: (deed, { slackUser }) => doDeed(people, slackUser, deed).catch(toRefusal),
      snapshot: standIn.snapshot,
      restore: standIn.restore,
      file: (id) => standIn.file(id.split('/')[0] ?? '') ?? null,
      async close() {
        people.end()
        await standIn.close()
      },
    },
  }
}
