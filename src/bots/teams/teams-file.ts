// How a file is offered in Teams: by consent in a one-to-one chat, and by its first lines where an app cannot attach one.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Delivery } from '../../core/channel.ts'
import type { AttachedFile, Reply } from '../../core/reply.ts'
import type { OutgoingActivity } from './activity.ts'
import type { TeamsConnector } from './send-reliably.ts'
import type { TeamsReference } from './teams-address.ts'
import { cut, plain } from './teams-plain.ts'

type Element = Record<string, unknown>

const CONSENT_TYPE = 'application/vnd.microsoft.teams.card.file.consent'
const INFO_TYPE = 'application/vnd.microsoft.teams.card.file.info'
const SHOWN_LINES = 8
const MAX_LINE = 160

/** What the consent card carries: where the file stands, never the file. */
export const fileContextSchema = z.object({ key: z.string().min(1), digest: z.string().min(1) })
export type FileContext = z.infer<typeof fileContextSchema>

export function digestOf(file: AttachedFile): string {
  return createHash('sha256')
    .update(JSON.stringify([file.name, file.text]))
    .digest('hex')
    .slice(0, 16)
}

/** The file that a consent card meant, out of the reply it came with. */
export function findFile(reply: Reply, digest: string): AttachedFile | null {
  return reply.blocks.find((block) => block.kind === 'file' && digestOf(block) === digest) as AttachedFile | null
}

export function toBytes(file: AttachedFile): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(file.text || '\n')
}

/** For groups and channels. */
export function renderFileWords(file: AttachedFile): Element[] {
  const lines = file.text.split(/\r?\n/).filter((line) => line !== '')
  const shown = lines.slice(0, SHOWN_LINES).map((line) => plain(cut(line, MAX_LINE)))
  const note = `${file.name} (${lines.length} lines) cannot be attached here: in Teams an app gives files in its one-to-one chat only. Ask for it there. It begins:`
  return [
    { type: 'TextBlock', text: plain(note), wrap: true, isSubtle: true },
    { type: 'TextBlock', text: shown.join('\n\n'), wrap: true, fontType: 'Monospace', size: 'Small' },
  ]
}

function renderConsent(file: AttachedFile, context: FileContext): OutgoingActivity {
  const content = {
    description: `Save ${file.name} to your OneDrive`,
    sizeInBytes: toBytes(file).byteLength,
    acceptContext: context,
    declineContext: context,
  }
  return { type: 'message', attachments: [{ contentType: CONSENT_TYPE, name: file.name, content }] }
}

export interface FileInfo {
  name: string
  contentUrl: string
  uniqueId: string
  fileType: string
}

export function renderFileInfo({ name, contentUrl, uniqueId, fileType }: FileInfo): OutgoingActivity {
  return {
    type: 'message',
    attachments: [{ contentType: INFO_TYPE, name, contentUrl, content: { uniqueId, fileType } }],
  }
}

/**
 * Asks the person for each file whether they want it, after the reply is shown. A consent card cannot be written into a message
 * that is there, so a crash between sending and noting it down can offer a file twice; handing it over happens once per consent.
 */
export async function offerFiles(
  connector: TeamsConnector,
  to: TeamsReference,
  delivery: Delivery,
  reply: Reply,
): Promise<void> {
  for (const block of reply.blocks) {
    if (block.kind !== 'file') continue
    const digest = digestOf(block)
    if (delivery.refs.some((ref) => ref.startsWith(`offer:${digest}:`))) continue
    const id = await connector.create(to, renderConsent(block, { key: delivery.key, digest }))
    await delivery.recordRef(`offer:${digest}:${id}`)
  }
}
