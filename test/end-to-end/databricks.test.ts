// The product on a Databricks workspace, from the command line: chains logged, evaluated, promoted and rolled back, each command a process of its own.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type CliResult, makeFolder, runCli } from '../cli/run-cli.ts'
import { type DatabricksStandIn, startDatabricks } from '../stand-ins/databricks.ts'
import { MODEL, makePolicy, requestOn } from './promotion-site.ts'

const ENDPOINT = 'support-llm-endpoint'
const QUESTIONS = [
  { question: 'How long are backups kept?', page: 'backups.md', facts: ['35 days'] },
  { question: 'When do backups run?', page: 'backups.md', facts: ['02:00 UTC'] },
  { question: 'How often is a webhook that fails repeated?', page: 'webhooks.md', facts: ['eight times'] },
  { question: 'When is a webhook switched off?', page: 'webhooks.md', facts: ['last failure'] },
  { question: 'When are invoices sent by e-mail?', page: 'invoices.md', facts: ['third day'] },
  { question: 'For how many days are backups kept?', page: 'backups.md', facts: ['35 days'] },
  { question: 'At what time do the nightly backups run?', page: 'backups.md', facts: ['02:00 UTC'] },
  { question: 'How many times is a failing webhook repeated?', page: 'webhooks.md', facts: ['eight times'] },
  { question: 'What happens to a webhook after the last failure?', page: 'webhooks.md', facts: ['switched off'] },
  { question: 'On which day of the month are invoices sent?', page: 'invoices.md', facts: ['third day'] },
  { question: 'What is the recipe for sourdough bread?', unanswerable: true },
  { question: 'Who won the chess championship in Lisbon?', unanswerable: true },
]
const PAGES = {
  'backups.md': '# Backups\n\nBackups run every night at 02:00 UTC and are kept for 35 days.\n',
  'webhooks.md':
    '# Webhooks\n\nA webhook that fails is repeated eight times, and switched off after the last failure.\n',
  'invoices.md': '# Invoices\n\nInvoices are sent by e-mail on the third day of each month.\n',
}

describe('Lakedesk on a Databricks workspace', { timeout: 120_000 }, () => {
  const folder = makeFolder()
  let standIn: DatabricksStandIn
  let env: Record<string, string>

  const run = (command: string, as = 'ana'): Promise<CliResult> => runCli([...command.split(' '), '--as', as], env)
  const runAlone = (command: string): Promise<CliResult> => runCli(command.split(' '), env)
  const aliasNow = () => standIn.models.aliasOf(MODEL, 'Champion')
  async function served(): Promise<unknown> {
    const headers = { authorization: `Bearer ${standIn.token}` }
    return (await fetch(`${standIn.host}/api/2.0/serving-endpoints/${ENDPOINT}`, { headers })).json()
  }

  beforeAll(async () => {
    standIn = await startDatabricks({ answer: () => ({ answer: 'Backups are kept for 35 days [1].' }) })
    standIn.people.addClient('sp-lakedesk', 'its-secret')
    for (const name of ['ana', 'bo', 'cy'])
      standIn.people.addUser({ userName: `${name}@acme.example`, groups: ['users'] })
    standIn.models.addModel(MODEL, 'owner@example.com')
    standIn.people.grant(`function ${MODEL}`, 'bo@acme.example', 'MANAGE')
    standIn.people.grant(`function ${MODEL}`, 'sp-lakedesk', 'MANAGE')
    env = {
      LAKEDESK_DATA: join(folder.path, 'data'),
      LAKEDESK_POLICY: join(folder.path, 'policy.json'),
      LAKEDESK_PLATFORM: 'databricks',
      DATABRICKS_HOST: standIn.host,
      DATABRICKS_CLIENT_ID: 'sp-lakedesk',
      DATABRICKS_CLIENT_SECRET: 'its-secret',
    }
    mkdirSync(join(folder.path, 'docs'))
    for (const [name, page] of Object.entries(PAGES)) writeFileSync(join(folder.path, 'docs', name), page)
    writeFileSync(join(folder.path, 'questions.jsonl'), QUESTIONS.map((one) => `${JSON.stringify(one)}\n`).join(''))
    const { grants, ...policy } = makePolicy()
    expect(grants).toBeDefined()
    writeFileSync(env.LAKEDESK_POLICY ?? '', JSON.stringify({ ...policy, model: MODEL, endpoint: ENDPOINT }))
    expect(await runAlone(`ingest ${join(folder.path, 'docs')}`)).toMatchObject({ code: 0 })
  }, 120_000)
  afterAll(async () => {
    await standIn?.close()
    folder.dispose()
  })

  it('logs chains as runs, and says how to register them', async () => {
    for (const change of ['', ' --set retrieval.numResults=6']) {
      const logged = await runAlone(`chain log${change}`)
      const said = `${logged.out}${logged.err}`
      const runId = /runs:\/([0-9a-f]{32})\//.exec(said)?.[1] ?? ''
      expect(said).toContain('mlflow.register_model')
      expect(said).not.toContain('its-secret')
      // What MLflow's Python client does then.
      standIn.models.addVersion(MODEL, { source: `runs:/${runId}/chain`, run_id: runId })
    }
    const headers = { authorization: `Bearer ${standIn.token}`, 'content-type': 'application/json' }
    const config = { served_entities: [{ entity_name: MODEL, entity_version: '1', workload_size: 'Small' }] }
    const body = JSON.stringify({ name: ENDPOINT, config })
    const made = await fetch(`${standIn.host}/api/2.0/serving-endpoints`, { method: 'POST', headers, body })
    const { id } = z.object({ id: z.string() }).parse(await made.json())
    // As the owner of an endpoint does for the service principal that is to move it.
    const rights = [{ service_principal_name: 'sp-lakedesk', permission_level: 'CAN_MANAGE' }]
    await fetch(`${standIn.host}/api/2.0/permissions/serving-endpoints/${id}`, {
      ...{ method: 'PATCH', headers, body: JSON.stringify({ access_control_list: rights }) },
    })
    await served()
    await fetch(`${standIn.host}/api/2.1/unity-catalog/models/${MODEL}/aliases/Champion`, {
      ...{ method: 'PUT', headers, body: '{"version_num":1}' },
    })
    const { out } = await runAlone('versions')
    expect(out).toMatch(/v2 .*\n.*v1 .*Champion/)
  })

  it('evaluates both, and promotes one when somebody with MANAGE approves', async () => {
    for (const version of ['v1', 'v2']) {
      expect(await run(`evaluate ${version}`)).toMatchObject({ code: 0 })
    }
    const asked = await run('promote v2')
    const request = requestOn(asked)
    const refused = await run(`approve ${request}`, 'cy')
    expect(refused).toMatchObject({ code: 1, out: expect.stringContaining('cy@acme.example has no privilege there') })
    expect(aliasNow()).toBe(1)
    const done = await run(`approve ${request}`, 'bo')
    expect(done.out).toContain(`Champion of ${MODEL} is v2 now (before: v1), and ${ENDPOINT} answers with v2.`)
    expect(aliasNow()).toBe(2)
    expect(await served()).toMatchObject({
      state: { ready: 'READY', config_update: 'NOT_UPDATING' },
      config: { served_entities: [{ entity_version: '2', workload_size: 'Small' }] },
    })
  })

  it('goes back again', async () => {
    const asked = await run('rollback')
    const done = await run(`approve ${requestOn(asked)}`, 'bo')
    expect(done).toMatchObject({ code: 0 })
    expect(aliasNow()).toBe(1)
    expect(await served()).toMatchObject({ config: { served_entities: [{ entity_version: '1' }] } })
  })
})
