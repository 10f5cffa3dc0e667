// One message of an answer while it is being written: streamed where Slack allows it, else posted and edited.
import type { Delivery } from '../../core/channel.ts'
import type { SlackBlock } from './render-slack-blocks.ts'
import { MAX_MARKDOWN, MAX_UPDATE_TEXT } from './render-slack-blocks.ts'
import { renderSlackMarkdown } from './render-slack-markdown.ts'
import { renderSlackMrkdwn } from './render-slack-mrkdwn.ts'
import type { SlackPlace } from './slack-address.ts'
import { type SlackApi, SlackCallError } from './slack-api.ts'
import { METADATA_TYPE } from './surface.ts'

export interface LiveMessage {
  readonly ts: string
  readonly openedAt: number
  /** Markdown it shows now. */
  readonly shown: string
  /** Shows `source`, which begins with what is shown. Rejects with SlackCallError. */
  show(source: string): Promise<void>
  /** Ends it. Rejects with SlackCallError; the message can then still be replaced. */
  end(source: string, tail: readonly SlackBlock[], tailText: string, metadata: Metadata): Promise<void>
}

export interface LiveKind {
  open(api: SlackApi, place: SlackPlace, delivery: Delivery, source: string): Promise<LiveMessage>
  /** Size of a piece by the measure that Slack limits. */
  measure(source: string): number
  readonly max: number
}

export interface Metadata {
  readonly event_type: string
  readonly event_payload: Readonly<Record<string, string | number>>
}

/** Readable by every app of the workspace, so it holds ids only. `digest` is set once the message is complete. */
export function toMetadata(key: string, part: number, digest = ''): Metadata {
  return { event_type: METADATA_TYPE, event_payload: { key, part, digest } }
}

export function toRef(channel: string, ts: string): string {
  return `${channel}:${ts}`
}

export function tsOf(result: Readonly<Record<string, unknown>>, method: string): string {
  if (typeof result.ts === 'string') return result.ts
  throw new SlackCallError('unknown', method, 'no ts in the answer')
}

/** On every post: both flags are needed to keep Slack's servers from fetching addresses that a model wrote. */
export const NO_UNFURL = { unfurl_links: false, unfurl_media: false } as const

export const streamed: LiveKind = {
  max: MAX_MARKDOWN,
  measure: (source) => renderSlackMarkdown(source).length,
  async open(api, place, delivery, source) {
    let sent = renderSlackMarkdown(source, false)
    let shown = source
    const opened = await api.call('chat.startStream', {
      channel: place.channel,
      thread_ts: place.thread,
      recipient_user_id: place.user,
      recipient_team_id: place.userTeam,
      markdown_text: sent,
    })
    const ts = tsOf(opened, 'chat.startStream')
    await delivery.recordRef(toRef(place.channel, ts))
    const address = { channel: place.channel, ts }
    const deltaTo = (rendered: string) => {
      if (!rendered.startsWith(sent)) throw new SlackCallError('refused', 'chat.appendStream', 'text_changed')
      return rendered.slice(sent.length)
    }
    return {
      ts,
      openedAt: Date.now(),
      get shown() {
        return shown
      },
      async show(next) {
        const rendered = renderSlackMarkdown(next, false)
        const delta = deltaTo(rendered)
        if (delta !== '') await api.call('chat.appendStream', { ...address, markdown_text: delta })
        sent = rendered
        shown = next
      },
      async end(next, tail, _text, metadata) {
        const delta = deltaTo(renderSlackMarkdown(next))
        await api.call('chat.stopStream', {
          ...address,
          ...(delta === '' ? {} : { markdown_text: delta }),
          ...(tail.length > 0 ? { blocks: tail } : {}),
          metadata,
        })
        shown = next
      },
    }
  },
}

/** Editing resets the whole text, takes at most 4,000 characters, and should happen once in three seconds at most. */
export const posted: LiveKind = {
  max: MAX_UPDATE_TEXT,
  measure: (source) => Math.max(renderSlackMarkdown(source).length, renderSlackMrkdwn(source).length),
  async open(api, place, delivery, source) {
    let shown = source
    const body = (text: string) => ({
      text: renderSlackMrkdwn(text) || '…',
      blocks: [{ type: 'markdown', text: renderSlackMarkdown(text) }] as SlackBlock[],
    })
    const opened = await api.call('chat.postMessage', {
      channel: place.channel,
      ...(place.thread === null ? {} : { thread_ts: place.thread }),
      ...body(source),
      ...NO_UNFURL,
      metadata: toMetadata(delivery.key, delivery.refs.length),
    })
    const ts = tsOf(opened, 'chat.postMessage')
    await delivery.recordRef(toRef(place.channel, ts))
    const address = { channel: place.channel, ts }
    return {
      ts,
      openedAt: Date.now(),
      get shown() {
        return shown
      },
      async show(next) {
        await api.call('chat.update', { ...address, ...body(next) })
        shown = next
      },
      async end(next, tail, tailText, metadata) {
        const { text, blocks } = body(next)
        const whole = text.length + tailText.length <= MAX_UPDATE_TEXT + 90 ? text + tailText : text
        await api.call('chat.update', { ...address, text: whole, blocks: [...blocks, ...tail], metadata })
        shown = next
      },
    }
  },
}
