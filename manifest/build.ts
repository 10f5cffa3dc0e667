// Writes what the platforms are given: dist/lakedesk-teams.zip and dist/slack-manifest.json.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildTeamsPackage, ManifestFault } from './teams/build-package.ts'

const here = import.meta.dirname
const root = join(here, '..')

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  return version
}

/** Copies the Slack manifest as it stands: Slack fills in its own ids. */
function writeSlackManifest(out: string): void {
  const source = join(here, 'slack.json')
  if (!existsSync(source)) return
  const manifest: unknown = JSON.parse(readFileSync(source, 'utf8'))
  const target = join(out, 'slack-manifest.json')
  writeFileSync(target, `${JSON.stringify(manifest, null, 2)}\n`)
  console.log(`Wrote ${target}: paste it at api.slack.com/apps, "Create New App", "From a manifest".`)
}

function writeTeamsPackage(out: string, appId: string | undefined, host: string): void {
  const target = join(out, 'lakedesk-teams.zip')
  writeFileSync(target, buildTeamsPackage({ appId, version: readVersion(), host }))
  console.log(`Wrote ${target}: upload it in Teams under "Apps", "Manage your apps", "Upload an app".`)
}

function main(): void {
  const { values } = parseArgs({
    options: {
      'app-id': { type: 'string' },
      host: { type: 'string', default: 'lakedesk.example.com' },
      out: { type: 'string', default: join(root, 'dist') },
      'if-known': { type: 'boolean', default: false },
    },
  })
  mkdirSync(values.out, { recursive: true })
  writeSlackManifest(values.out)
  const appId = values['app-id'] ?? process.env.MicrosoftAppId
  if (appId === undefined && values['if-known']) {
    console.log(
      'The Teams package was left out: set MicrosoftAppId to the id of your app registration and build again.',
    )
    return
  }
  writeTeamsPackage(values.out, appId, values.host)
}

try {
  main()
} catch (error) {
  if (!(error instanceof ManifestFault)) throw error
  console.error(error.message)
  process.exitCode = 1
}
