// Uploads files: pictures of charts, which a message then shows, and files that are shared into the thread, each once.
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Delivery } from '../../core/channel.ts'
import type { Log } from '../../core/log.ts'
import type { AttachedFile, Chart, Reply } from '../../core/reply.ts'
import { toChartSentence } from '../../core/text/chart-text.ts'
import { NO_UNFURL } from './live-message.ts'
import { MAX_NATIVE_CHARTS, renderNativeChart } from './render-slack-chart.ts'
import { escapeSlack } from './render-slack-mrkdwn.ts'
import { respondByUrl } from './respond-by-url.ts'
import { type SlackApi, SlackCallError } from './slack-api.ts'

/** Draws a chart as PNG. */
export type RenderChart = (chart: Chart) => Promise<Uint8Array>

export interface FileParts {
  api: SlackApi
  log: Log
  /** Where it is absent, charts that Slack's own block cannot hold are shown as text. */
  renderChart?: RenderChart | undefined
}

/** Ids of the uploaded pictures, by the place of their chart in the reply's blocks. */
export type Pictures = ReadonlyMap<number, string>

const UPLOAD_TIMEOUT_MS = 30_000
const UPLOAD_TRIES = 3
const ticketSchema = z.object({ upload_url: z.url({ protocol: /^https?$/ }), file_id: z.string().min(1) })

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
}

function refOf(delivery: Delivery, prefix: string): string | undefined {
  return delivery.refs.find((ref) => ref.startsWith(prefix))?.slice(prefix.length)
}

/** The first two of three steps; what is never completed Slack throws away. Rejects with SlackCallError. */
async function upload({ api }: FileParts, file: { name: string; bytes: Uint8Array; alt?: string }): Promise<string> {
  const args = { filename: file.name, length: file.bytes.byteLength, ...(file.alt ? { alt_txt: file.alt } : {}) }
  for (let tries = 1; ; tries += 1) {
    const ticket = ticketSchema.safeParse(await api.call('files.getUploadURLExternal', args))
    if (!ticket.success) throw new SlackCallError('refused', 'files.getUploadURLExternal', 'no upload address')
    try {
      const response = await fetch(ticket.data.upload_url, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream' },
        body: new Uint8Array(file.bytes),
        redirect: 'error',
        signal: AbortSignal.timeout(UPLOAD_TIMEOUT_MS),
      })
      await response.arrayBuffer()
      if (response.ok) return ticket.data.file_id
      if (tries >= UPLOAD_TRIES) throw new SlackCallError('refused', 'upload', `HTTP ${response.status}`)
    } catch (error) {
      if (error instanceof SlackCallError) throw error
      if (tries >= UPLOAD_TRIES) throw new SlackCallError('refused', 'upload', 'network error', error)
    }
    await sleep(200 * 2 ** tries)
  }
}

/** Charts that Slack's own block does not show, with their place in the reply. */
function toPictured(reply: Reply): { at: number; chart: Chart }[] {
  let native = 0
  return reply.blocks.flatMap((block, at) => {
    if (block.kind !== 'chart') return []
    if (native < MAX_NATIVE_CHARTS && renderNativeChart(block)) {
      native += 1
      return []
    }
    return [{ at, chart: block }]
  })
}

/**
 * Uploads the pictures that the reply needs. A picture of the same chart is not uploaded again by a retry or an edit. Where one
 * fails its chart is shown as text.
 */
export async function preparePictures(parts: FileParts, reply: Reply, delivery: Delivery): Promise<Pictures> {
  const pictures = new Map<number, string>()
  const { renderChart, api, log } = parts
  if (!renderChart) return pictures
  for (const { at, chart } of toPictured(reply)) {
    const prefix = `picture:${digest(chart)}:`
    try {
      const known = refOf(delivery, prefix)
      if (known === undefined) {
        const bytes = await renderChart(chart)
        const id = await upload(parts, { name: 'chart.png', bytes, alt: toChartSentence(chart, 900) })
        await api.call('files.completeUploadExternal', { files: [{ id, title: chart.title.slice(0, 200) }] })
        await delivery.recordRef(prefix + id)
        pictures.set(at, id)
      } else pictures.set(at, known)
    } catch (error) {
      log.warn('A chart could not be shown as a picture and is shown as text', { key: delivery.key, cause: error })
    }
  }
  return pictures
}

/** Where files go: none can be shared where the thread is not known. */
export interface FilePlace {
  channel: string
  thread: string | null
  /** Of the command that asked, where there is one: it works also where the bot may not write. */
  responseUrl?: string
}

/** What Slack says of an upload that is not pending any more: it may be completed once. */
const COMPLETED = 'file_not_found'

/**
 * Shares the files of the reply in the thread. The id of an upload is recorded before it is completed, and one upload is one
 * file, however often it is completed: a retry cannot attach it twice. Where Slack refuses it, the thread is told so.
 * Rejects with SlackCallError where it is not known what became of it.
 */
export async function shareFiles(parts: FileParts, place: FilePlace, reply: Reply, delivery: Delivery): Promise<void> {
  for (const block of reply.blocks) {
    if (block.kind === 'file') await shareFile(parts, place, block, delivery)
  }
}

async function shareFile(parts: FileParts, place: FilePlace, file: AttachedFile, delivery: Delivery): Promise<void> {
  const id = digest([file.name, file.text])
  if (delivery.refs.includes(`shared:${id}`)) return
  const prefix = `upload:${id}:`
  const begun = refOf(delivery, prefix)
  try {
    const uploaded = begun ?? (await upload(parts, { name: file.name, bytes: Buffer.from(file.text || '\n') }))
    if (begun === undefined) await delivery.recordRef(prefix + uploaded)
    await parts.api.call('files.completeUploadExternal', {
      files: [{ id: uploaded, title: file.name }],
      channel_id: place.channel,
      ...(place.thread === null ? {} : { thread_ts: place.thread }),
    })
  } catch (error) {
    if (!(error instanceof SlackCallError) || error.kind !== 'refused') throw error
    parts.log.warn('Slack did not take a file', { key: delivery.key, reason: error.reason, again: begun !== undefined })
    const isThere = begun !== undefined && error.reason === COMPLETED
    if (!isThere) await tellFailure(parts, place, file.name, error.reason)
  }
  await delivery.recordRef(`shared:${id}`)
}

async function tellFailure({ api, log }: FileParts, place: FilePlace, name: string, reason: string): Promise<void> {
  const text = `The file ${escapeSlack(name)} could not be attached, because Slack did not take it (${reason}). An operator should check that the app has the scope files:write and is a member of this channel.`
  const thread = place.thread === null ? {} : { thread_ts: place.thread }
  try {
    await api.call('chat.postMessage', { channel: place.channel, ...thread, text, ...NO_UNFURL })
  } catch (error) {
    if (!(error instanceof SlackCallError)) throw error
    if (error.kind === 'refused' && place.responseUrl !== undefined) return tellByUrl(place.responseUrl, text, log)
    log.warn('That a file is missing could not be said', { reason: error.reason })
  }
}

async function tellByUrl(url: string, text: string, log: Log): Promise<void> {
  try {
    await respondByUrl(url, { text, response_type: 'in_channel' })
  } catch (error) {
    if (!(error instanceof SlackCallError)) throw error
    log.warn('That a file is missing could not be said', { reason: error.reason })
  }
}
