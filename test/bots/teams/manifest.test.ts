// The Teams app package: complete, valid, and in step with what the code handles.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strFromU8, unzipSync } from 'fflate'
import { afterAll, describe, expect, it } from 'vitest'
import { buildTeamsPackage, fillManifest } from '../../../manifest/teams/build-package.ts'
import { manifestSchema, readPngSize } from '../../../manifest/teams/manifest-schema.ts'
import { GREETING } from '../../../src/bots/teams/greet.ts'
import { OFFERED_COMMANDS, TEAMS_COMMANDS } from '../../../src/bots/teams/read-teams-activity.ts'
import { MESSAGE_COMMANDS } from '../../../src/bots/teams/read-teams-extension.ts'

const root = join(import.meta.dirname, '../../..')
const appId = 'ABCDEF01-2345-4678-9abc-def012345678'
const options = { appId, version: '0.1.0', host: 'lakedesk.example.com' }
const out = mkdtempSync(join(tmpdir(), 'lakedesk-manifest-'))
afterAll(() => rmSync(out, { recursive: true }))

describe('the manifest', () => {
  it('offers exactly the commands that the face handles, wherever the bot can be used', () => {
    const [bot] = fillManifest(options).bots
    expect(bot?.scopes.toSorted()).toEqual(['groupChat', 'personal', 'team'])
    for (const list of bot?.commandLists ?? []) {
      expect(list.scopes).toEqual(bot?.scopes)
      expect(list.commands.map((command) => command.title).toSorted()).toEqual(
        [...TEAMS_COMMANDS, ...OFFERED_COMMANDS].toSorted(),
      )
    }
    for (const command of TEAMS_COMMANDS) expect(GREETING).toContain(`\`${command}\``)
  })

  it("has the entries of a message's menu that the face reads", () => {
    const [extension] = fillManifest(options).composeExtensions
    expect(extension?.botId).toBe(appId.toLowerCase())
    expect(extension?.commands.map(({ id }) => id)).toEqual(Object.keys(MESSAGE_COMMANDS))
  })

  it('names one id for the app and its bot', () => {
    const manifest = fillManifest(options)
    expect(manifest.id).toBe(appId.toLowerCase())
    expect(manifest.bots[0]?.botId).toBe(manifest.id)
  })

  it('is refused where it breaks a rule of Teams', () => {
    const manifest = fillManifest(options)
    const long = { ...manifest, name: { ...manifest.name, short: 'x'.repeat(31) } }
    expect(manifestSchema.safeParse(long).success).toBe(false)
    expect(manifestSchema.safeParse({ ...manifest, bots: [] }).success).toBe(false)
    expect(manifestSchema.safeParse({ ...manifest, manifestVersion: '1.13' }).success).toBe(false)
  })

  it.each([
    ['missing', undefined, 'Set MicrosoftAppId'],
    ['empty', '', 'Set MicrosoftAppId'],
    ['not a GUID', 'my-bot', 'is not a GUID'],
  ])('says what to do where the app id is %s', (_, id, words) => {
    expect(() => fillManifest({ ...options, appId: id })).toThrow(words)
  })

  it('refuses an address where a host name belongs', () => {
    expect(() => fillManifest({ ...options, host: 'https://x.example.com/' })).toThrow('is not a host name')
  })
})

describe('the package', () => {
  it('holds the manifest and both icons at its root', () => {
    const files = unzipSync(buildTeamsPackage(options))
    expect(Object.keys(files).toSorted()).toEqual(['color.png', 'manifest.json', 'outline.png'])
    expect(manifestSchema.parse(JSON.parse(strFromU8(files['manifest.json'] ?? new Uint8Array()))).version).toBe(
      '0.1.0',
    )
    expect(readPngSize(files['color.png'] ?? new Uint8Array())).toEqual({ width: 192, height: 192 })
    expect(readPngSize(files['outline.png'] ?? new Uint8Array())).toEqual({ width: 32, height: 32 })
  })

  it('has the same bytes each time', () => {
    expect(buildTeamsPackage(options)).toEqual(buildTeamsPackage(options))
  })

  it('is written by the command, with the Slack manifest beside it', () => {
    const said = execFileSync(process.execPath, ['manifest/build.ts', '--app-id', appId, '--out', out], { cwd: root })
    expect(String(said)).toContain('lakedesk-teams.zip')
    expect(Object.keys(unzipSync(readFileSync(join(out, 'lakedesk-teams.zip'))))).toHaveLength(3)
    expect(JSON.parse(readFileSync(join(out, 'slack-manifest.json'), 'utf8'))).toEqual(
      JSON.parse(readFileSync(join(root, 'manifest/slack.json'), 'utf8')),
    )
  })

  it('is not written without an app id: one sentence, no stack, exit code 1', () => {
    const { MicrosoftAppId: _, ...env } = process.env
    const run = spawnSync(process.execPath, ['manifest/build.ts', '--out', out], { cwd: root, env, encoding: 'utf8' })
    expect(run.status).toBe(1)
    expect(run.stderr.trim()).toMatch(/^The Teams app package needs the Microsoft app id.*--app-id <guid>\.$/)
  })
})
