// Fills in the Teams manifest, checks it, and packs it with its icons.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { strToU8, zipSync } from 'fflate'
import { z } from 'zod'
import { appIdSchema, manifestSchema, readPngSize, type TeamsManifest } from './manifest-schema.ts'

/** A fault whose message can be shown as it is: it says what, why and how to fix it. */
export class ManifestFault extends Error {}

export interface PackageOptions {
  /** Microsoft app id of the bot, a GUID. */
  appId: string | undefined
  /** Three numbers with dots; Teams takes an update only where it grows. */
  version: string
  /** Host of the pages that the manifest names (website, privacy, terms). */
  host: string
}

const folder = import.meta.dirname

export function fillManifest({ appId, version, host }: PackageOptions): TeamsManifest {
  if (!appId) {
    throw new ManifestFault(
      'The Teams app package needs the Microsoft app id of the bot, since Teams finds the bot by it. Set MicrosoftAppId, or pass --app-id <guid>.',
    )
  }
  if (!appIdSchema.safeParse(appId).success) {
    throw new ManifestFault(
      `The app id "${appId.slice(0, 80)}" is not a GUID, so Teams would refuse the package. Copy "Application (client) ID" from the app registration in Entra.`,
    )
  }
  if (!/^[a-z0-9.-]+$/i.test(host)) {
    throw new ManifestFault(
      `"${host.slice(0, 80)}" is not a host name. Pass --host lakedesk.example.com, without https://.`,
    )
  }
  const filled = readFileSync(join(folder, 'manifest.json'), 'utf8')
    .replaceAll('{{APP_ID}}', appId.toLowerCase())
    .replaceAll('{{VERSION}}', version)
    .replaceAll('{{HOST}}', host)
  const parsed = manifestSchema.safeParse(JSON.parse(filled))
  if (!parsed.success) {
    throw new ManifestFault(`manifest/teams/manifest.json breaks the rules of Teams:\n${z.prettifyError(parsed.error)}`)
  }
  return parsed.data
}

function readIcon(name: string, size: number): Uint8Array {
  const bytes = new Uint8Array(readFileSync(join(folder, name)))
  const { width, height } = readPngSize(bytes)
  if (width === size && height === size) return bytes
  throw new ManifestFault(
    `${name} is ${width}x${height}, but Teams wants ${size}x${size}. Run node manifest/teams/draw-icons.ts.`,
  )
}

/** The zip that is uploaded to Teams, files at its root; equal input gives equal bytes. */
export function buildTeamsPackage(options: PackageOptions): Uint8Array {
  const manifest = fillManifest(options)
  const files = {
    'manifest.json': strToU8(`${JSON.stringify(manifest, null, 2)}\n`),
    [manifest.icons.color]: readIcon(manifest.icons.color, 192),
    [manifest.icons.outline]: readIcon(manifest.icons.outline, 32),
  }
  return zipSync(files, { level: 9, mtime: new Date(1980, 0, 1) })
}
