// The rules of the Teams app manifest v1.29 that this app can break, and the check of its icons.
import { z } from 'zod'

const text = (limit: number) => z.string().min(1).max(limit)
const webUrl = z.url({ protocol: /^https$/ }).max(2048)
const scopes = z.array(z.enum(['personal', 'team', 'groupChat'])).min(1)
const command = z.strictObject({ title: text(128), description: text(4000) })
const commandList = z.strictObject({ scopes, commands: z.array(command).min(1).max(12) })

/** A Microsoft app id as Entra writes it. */
export const appIdSchema = z.guid()

const bot = z.strictObject({
  botId: appIdSchema,
  scopes,
  supportsFiles: z.literal(true),
  isNotificationOnly: z.literal(false),
  commandLists: z.array(commandList).max(3),
})

/** An entry of a message's menu. `fetchTask`: the bot is asked at once, and without a form to fill in. */
const messageCommand = z.strictObject({
  id: text(64),
  type: z.literal('action'),
  title: text(32),
  description: text(128),
  context: z.tuple([z.literal('message')]),
  fetchTask: z.literal(true),
})
const composeExtension = z.strictObject({ botId: appIdSchema, commands: z.array(messageCommand).min(1).max(10) })

/** Source: MicrosoftTeams.schema.json v1.29; fields that this app does not use are refused, so that a typo is found. */
export const manifestSchema = z
  .strictObject({
    $schema: z.url(),
    manifestVersion: z.literal('1.29'),
    version: z.string().regex(/^\d+\.\d+\.\d+$/, 'must be three numbers with dots, such as 1.0.0'),
    id: appIdSchema,
    developer: z.strictObject({ name: text(32), websiteUrl: webUrl, privacyUrl: webUrl, termsOfUseUrl: webUrl }),
    name: z.strictObject({ short: text(30), full: text(100) }),
    description: z.strictObject({ short: text(80), full: text(4000) }),
    icons: z.strictObject({ color: z.literal('color.png'), outline: z.literal('outline.png') }),
    accentColor: z.string().regex(/^#[0-9A-Fa-f]{6}$/),
    bots: z.array(bot).length(1),
    composeExtensions: z.array(composeExtension).length(1),
    validDomains: z.array(z.string()).max(100),
  })
  .refine((manifest) => manifest.bots[0]?.botId === manifest.id, 'the bot must carry the id of the app')
export type TeamsManifest = z.infer<typeof manifestSchema>

/** Width and height in pixels; throws where the bytes are no PNG. */
export function readPngSize(bytes: Uint8Array): { width: number; height: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
  if (bytes.length < 24 || signature.some((byte, i) => bytes[i] !== byte)) throw new Error('not a PNG file')
  return { width: view.getUint32(16), height: view.getUint32(20) }
}
