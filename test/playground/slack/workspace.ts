// A small workspace for the tests of the playground's Slack: three people, two channels, the app's real manifest.
import { readFileSync } from 'node:fs'
import {
  createSlackStandIn,
  type SlackStandIn,
  type SlackStandInOptions,
  type SlackWorkspace,
} from '../../../src/playground/slack/slack-stand-in.ts'

export const TOKEN = 'xoxb-playground-token'

const manifest: unknown = JSON.parse(readFileSync(new URL('../../../manifest/slack.json', import.meta.url), 'utf8'))

export const WORKSPACE: SlackWorkspace = {
  team: 'Tallyport',
  channels: [
    { id: 'CSUPPORT', name: 'support', topic: 'Questions' },
    { id: 'CRELEASES', name: 'ml-releases' },
  ],
  users: [
    { id: 'USAM', name: 'sam', realName: 'Sam Ortiz' },
    { id: 'UANA', name: 'ana', realName: 'Ana Maier' },
    { id: 'UBO', name: 'bo', realName: 'Bo Lind' },
  ],
  manifest,
}

/** With another Home tab setting than the manifest has, where one is given. */
export function withHomeTab(home_tab_enabled: boolean): SlackWorkspace {
  const given = structuredClone(manifest) as { features: { app_home: object } }
  Object.assign(given.features.app_home, { home_tab_enabled })
  return { ...WORKSPACE, manifest: given }
}

export function openWorkspace(options: SlackStandInOptions = {}): Promise<SlackStandIn> {
  return createSlackStandIn({ workspace: WORKSPACE, token: TOKEN, ...options })
}

export const plain = (text: string) => ({ type: 'plain_text', text })

export const refusedWith = (error: string) => ({ data: { ok: false, error } })
