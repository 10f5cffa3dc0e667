// Slack's side of the playground: the stand-in, its people, and what the page may ask of them.
import type { DeedAnswer, DeedOf, PlatformSide } from './platform-side.ts'
import { toSlackWorkspace } from './rooms.ts'
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
  const url = `${options.botUrl}/slack/events`

  async function act(deed: DeedOf<'slack'>, seat: Seat): Promise<DeedAnswer> {
    if (deed.do === 'slack-post') {
      const ts = standIn.say(deed.channel, deed.text, {
        user: seat.slackUser,
        ...(deed.thread ? { thread: deed.thread } : {}),
      })
      const isDirect = deed.channel.startsWith('D')
      const event = {
        type: isDirect ? 'message' : 'app_mention',
        ...(isDirect ? { channel_type: 'im' } : {}),
        channel: deed.channel,
        user: seat.slackUser,
        text: deed.text,
        ts,
        event_ts: ts,
        ...(deed.thread ? { thread_ts: deed.thread } : {}),
      }
      const { status } = await standIn.sendEvent(url, event)
      return status === 200 ? { ok: true, ts } : { ok: false, error: `bot ${status}` }
    }
    if (deed.do === 'slack-command') {
      const { status, body } = await standIn.sendCommand(url, {
        command: deed.command,
        text: deed.text,
        user_id: seat.slackUser,
        channel_id: deed.channel,
      })
      return status === 200 ? { ok: true } : { ok: false, error: `bot ${status} ${body}` }
    }
    return { ok: false, error: 'not yet' }
  }
  return {
    apiUrl: standIn.apiUrl,
    side: {
      view: standIn.view,
      watch: standIn.watch,
      onExchange: (listener) => void exchanges.add(listener),
      onFaults: (listener) => void used.add(listener),
      setFaults: ({ limited, cut }) => standIn.disturb({ limited, cut }),
      act,
      snapshot: standIn.snapshot,
      restore: standIn.restore,
      file: (id) => standIn.file(id.split('/')[0] ?? '') ?? null,
      close: standIn.close,
    },
  }
}
