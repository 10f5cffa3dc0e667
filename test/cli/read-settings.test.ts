// Settings that name secrets of the workspace, read from its scopes before anything starts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readResolvedSettings } from '../../src/cli/read-settings.ts'
import { type DatabricksStandIn, startDatabricks } from '../stand-ins/databricks.ts'

describe('settings that name secrets', () => {
  let standIn: DatabricksStandIn
  const env = () => ({
    LAKEDESK_PLATFORM: 'databricks',
    DATABRICKS_HOST: standIn.host,
    DATABRICKS_TOKEN: standIn.token,
    SLACK_BOT_TOKEN: '{{secrets/rag-scope/slack-token}}',
    SLACK_SIGNING_SECRET: ' {{ secrets/rag-scope/signing }} ',
  })
  const ask = (path: string, body: object) =>
    fetch(`${standIn.host}/api/2.0/secrets/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${standIn.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })

  beforeAll(async () => {
    standIn = await startDatabricks()
    await ask('scopes/create', { scope: 'rag-scope' })
    await ask('put', { scope: 'rag-scope', key: 'slack-token', string_value: 'xoxb-from-the-scope' })
    await ask('put', { scope: 'rag-scope', key: 'signing', string_value: 'signing-from-the-scope' })
  })
  afterAll(() => standIn.close())

  it('reads them from the workspace', async () => {
    const { slack } = await readResolvedSettings(env())
    expect(slack?.botToken.reveal()).toBe('xoxb-from-the-scope')
    expect(slack?.receive.mode === 'http' && slack.receive.signingSecret.reveal()).toBe('signing-from-the-scope')
  })

  it('names the setting and the secret that is missing, and says how to store it', async () => {
    const missing = { ...env(), SLACK_SIGNING_SECRET: '{{secrets/rag-scope/none}}' }
    await expect(readResolvedSettings(missing)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      userMessage: expect.stringMatching(/SLACK_SIGNING_SECRET.*rag-scope\/none.*put-secret/s),
    })
  })

  it('takes none for what opens the workspace, and none without a workspace', async () => {
    const own = { ...env(), DATABRICKS_TOKEN: '{{secrets/rag-scope/slack-token}}' }
    await expect(readResolvedSettings(own)).rejects.toMatchObject({
      userMessage: expect.stringContaining('DATABRICKS_TOKEN'),
    })
    const local = { SLACK_BOT_TOKEN: '{{secrets/a/b}}' }
    await expect(readResolvedSettings(local)).rejects.toMatchObject({
      userMessage: expect.stringContaining('SLACK_BOT_TOKEN'),
    })
  })
})
