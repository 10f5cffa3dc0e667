// Hands a file over once a person agreed: puts its bytes where Teams says, and shows the file in place of the question.
import { z } from 'zod'
import type { Conversation } from '../../conversation/port.ts'
import { LakedeskError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { type Activity, tenantOf } from './activity.ts'
import type { TeamsConnector } from './send-reliably.ts'
import { parseTeamsAddress, toReference } from './teams-address.ts'
import { fileContextSchema, findFile, renderFileInfo, toBytes } from './teams-file.ts'

const consentSchema = z.object({
  action: z.enum(['accept', 'decline']),
  context: fileContextSchema,
  uploadInfo: z
    .object({
      contentUrl: z.string(),
      name: z.string(),
      uploadUrl: z.url({ protocol: /^https?$/ }),
      uniqueId: z.string().default(''),
      fileType: z.string().default(''),
    })
    .optional(),
})
export type FileConsent = z.infer<typeof consentSchema>

export function readFileConsent(value: unknown): FileConsent | null {
  const parsed = consentSchema.safeParse(value)
  return parsed.success ? parsed.data : null
}

/** Teams waits a little longer for the answer to an invoke. */
const UPLOAD_TIMEOUT_MS = 9_000
/** Consents that were answered, so that a second press does nothing. */
const REMEMBERED = 500

/** Where Teams keeps files, in every cloud. */
const SHAREPOINT = /(^|\.)sharepoint(-df|-mil)?\.(com|us|cn|de)$/i

/** The address comes from the person's client: bytes go to Microsoft's stores only, or where the verified service itself lives. */
function mayUpload(uploadUrl: string, serviceUrl: string): boolean {
  const [target, service] = [new URL(uploadUrl), new URL(serviceUrl)]
  return target.host === service.host || (target.protocol === 'https:' && SHAREPOINT.test(target.hostname))
}

export interface FileGiver {
  /** Resolves when it is done or said why not; never rejects. The reply is read back from the store, so a restart in between does no harm. */
  give(activity: Activity, consent: FileConsent): Promise<void>
}

interface GiverParts {
  conversation: Pick<Conversation, 'sent'>
  connector: TeamsConnector
  log: Log
}

export function createFileGiver(parts: GiverParts): FileGiver {
  const { connector, log } = parts
  const answered = new Set<string>()
  return {
    async give(activity, consent) {
      const mark = `${activity.conversation.id} ${activity.replyToId ?? consent.context.digest}`
      if (answered.has(mark)) return
      answered.add(mark)
      for (const oldest of answered) {
        if (answered.size <= REMEMBERED) break
        answered.delete(oldest)
      }
      const to = toReference(activity)
      const { digest } = consent.context
      const why = consent.action === 'accept' ? await tryHandOver(activity, consent, parts) : null
      if (why !== null) answered.delete(mark)
      try {
        if (why !== null) await connector.create(to, { type: 'message', text: why, textFormat: 'markdown' })
        else if (activity.replyToId) await connector.remove(to, activity.replyToId)
      } catch (error) {
        const what =
          why === null ? 'The offer of a file could not be taken away' : 'Why a file is missing could not be said'
        log.warn(what, { digest, cause: error })
      }
    },
  }
}

/** Null where the file is there; else the sentence why not. */
async function tryHandOver(activity: Activity, consent: FileConsent, parts: GiverParts): Promise<string | null> {
  try {
    return await handOver(activity, consent, parts)
  } catch (error) {
    parts.log.warn('A file could not be handed over', { digest: consent.context.digest, cause: error })
    const why = error instanceof LakedeskError ? error.userMessage : 'Something broke on our side.'
    return `The file could not be handed over. ${why} Press the button again, or ask for the file once more.`
  }
}

/** Null where the file is there; else the sentence why not. Rejects with TeamsCallError. */
async function handOver(
  activity: Activity,
  { context, uploadInfo }: FileConsent,
  { conversation, connector, log }: GiverParts,
): Promise<string | null> {
  const sent = await conversation.sent(context.key)
  const from = sent?.channel === 'teams' ? parseTeamsAddress(sent.address) : null
  // The consent names a reply by its key: only who is in the conversation of that reply may have its file.
  const isHere = from?.conversation === activity.conversation.id && from.tenant === tenantOf(activity)
  const file = sent && isHere ? findFile(sent.reply, context.digest) : null
  if (!file) return 'That file is no longer kept. Please ask for it again.'
  if (!uploadInfo || !mayUpload(uploadInfo.uploadUrl, activity.serviceUrl)) {
    log.warn('A file was to be put where no file of Teams is kept', { name: file.name })
    return `Teams gave no place for ${file.name}, so it was not handed over. Please ask for it again.`
  }
  const bytes = toBytes(file)
  const status = await put(uploadInfo.uploadUrl, bytes, file.mediaType)
  if (status !== null) {
    log.warn('A file was not taken', { name: file.name, status })
    return `${file.name} could not be saved (${status}). Press the button again, or ask for the file once more.`
  }
  await connector.create(toReference(activity), renderFileInfo({ ...uploadInfo, name: file.name }))
  return null
}

/** One piece: files are far below the size that has to be cut. Null where it was taken. */
async function put(url: string, bytes: Uint8Array<ArrayBuffer>, mediaType: string): Promise<string | null> {
  try {
    const response = await fetch(url, {
      method: 'PUT',
      headers: {
        'content-type': mediaType,
        'content-range': `bytes 0-${bytes.byteLength - 1}/${bytes.byteLength}`,
      },
      body: bytes,
      redirect: 'error',
      signal: AbortSignal.timeout(UPLOAD_TIMEOUT_MS),
    })
    await response.arrayBuffer()
    return response.ok ? null : `HTTP ${response.status}`
  } catch {
    return 'the store of Teams could not be reached'
  }
}
