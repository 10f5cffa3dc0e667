// The playground's Slack beside a public emulator of Slack, both driven by the official client: every difference has its reason.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { WebClient } from '@slack/web-api'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openWorkspace } from '../playground/slack/workspace.ts'
import { findFreePort } from './find-free-port.ts'
import { installNpm } from './install-npm.ts'
import { explains, listDifferences, REASONS } from './slack-differences.ts'
import { runSlackScript, type Shapes, TOKEN } from './slack-script.ts'

const EMULATE = 'emulate@0.12.2'

type CreateEmulator = (options: object) => Promise<{ url: string; close(): Promise<void> }>
const moduleSchema = z.object({ createEmulator: z.custom<CreateEmulator>((value) => typeof value === 'function') })

async function askEmulator(folder: string): Promise<Shapes> {
  const module: unknown = await import(pathToFileURL(join(folder, 'dist/api.js')).href)
  const { createEmulator } = moduleSchema.parse({ ...(module as object) })
  const bot = { app_id: 'A1', bot_id: 'B1', bot_user_id: 'UBOT1' }
  const app = { ...bot, client_id: '1.1', client_secret: 'none', name: 'Lakedesk', bot_name: 'lakedesk' }
  const slack = {
    team: { name: 'Tallyport', domain: 'tallyport' },
    users: [{ name: 'sam', real_name: 'Sam Ortiz' }],
    channels: [{ name: 'support', topic: 'Questions' }],
    oauth_apps: [{ ...app, redirect_uris: [] }],
    tokens: [{ ...bot, token: TOKEN, type: 'bot', user_id: bot.bot_user_id }],
  }
  const emulator = await createEmulator({ service: 'slack', port: await findFreePort(), seed: { slack } })
  try {
    const apiUrl = `${emulator.url}/api/`
    const client = new WebClient(TOKEN, { slackApiUrl: apiUrl })
    const { channels = [] } = await client.conversations.list({})
    await client.conversations.join({ channel: channels.find(({ name }) => name === 'support')?.id ?? '' })
    return await runSlackScript({ apiUrl, token: TOKEN })
  } finally {
    await emulator.close()
  }
}

async function askOurs(): Promise<Shapes> {
  const slack = await openWorkspace({ token: TOKEN })
  try {
    return await runSlackScript({ apiUrl: slack.apiUrl, token: TOKEN })
  } finally {
    await slack.close()
  }
}

const installed = await installNpm(EMULATE)
if (installed.kind === 'missing') console.warn(`not run: Slack beside ${EMULATE} (${installed.why})`)

describe.skipIf(installed.kind === 'missing')(`Slack beside ${EMULATE}`, () => {
  it('answers the same calls in the same shapes, but for differences with a reason', async () => {
    if (installed.kind === 'missing') return
    const [emulator, ours] = [await askEmulator(installed.folder), await askOurs()]
    expect(Object.keys(ours)).toEqual(Object.keys(emulator))
    const differences = listDifferences(emulator, ours)
    const unexplained = differences.filter((one) => !REASONS.some((reason) => explains(reason, one)))
    expect(unexplained).toEqual([])
    // A reason that nothing needs any more is taken out.
    const idle = REASONS.filter((reason) => !differences.some((one) => explains(reason, one)))
    expect(idle.map(({ why }) => why)).toEqual([])
    // Most of what both say is the same, or the script asked nothing.
    const shared = Object.entries(ours).flatMap(([step, paths]) =>
      Object.keys(paths).filter((path) => emulator[step]?.[path] === paths[path]),
    )
    expect(shared.length).toBeGreaterThan(150)
    console.log(`Slack beside ${EMULATE}: ${shared.length} fields and errors alike, ${differences.length} explained`)
  })
})
