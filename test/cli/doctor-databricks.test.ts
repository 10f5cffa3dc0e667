// `lakedesk doctor` on a workspace: what it finds, each missing privilege with its GRANT, and that it changes nothing.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { doctor } from '../../src/cli/doctor.ts'
import { DEFAULT_POLICY } from '../../src/promotion/policy.ts'
import { createLetterEmbeddings, createScriptedModel } from '../platform/lakehouse/foundation/scripted-model.ts'
import { type DatabricksStandIn, startDatabricks } from '../stand-ins/databricks.ts'
import { makeFolder, runCli } from './run-cli.ts'
import { createTerminal } from './terminal.ts'

const MODEL = 'ml.rag.docs_rag'
const ENDPOINT = 'docs-rag'
const VOLUME = 'ml.rag.code'

describe('doctor on a Databricks workspace', { timeout: 60_000 }, () => {
  const folder = makeFolder()
  let standIn: DatabricksStandIn
  let env: Record<string, string>
  const clock = 0
  beforeAll(async () => {
    standIn = await startDatabricks({
      foundation: {
        chat: createScriptedModel(() => ({ text: 'OK' })).chat,
        embeddings: createLetterEmbeddings().embeddings,
      },
      now: () => Date.now() + clock,
    })
    standIn.people.addUser({ userName: 'sp-lakedesk', groups: ['users', 'robots'] })
    standIn.people.addClient('sp-lakedesk', 'its-secret')
    standIn.models.addModel(MODEL, 'owner@example.com')
    standIn.models.addVersion(MODEL)
    const headers = { authorization: `Bearer ${standIn.token}`, 'content-type': 'application/json' }
    const post = (path: string, body: object) =>
      fetch(`${standIn.host}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    await post('/api/2.0/serving-endpoints', {
      name: ENDPOINT,
      config: { served_entities: [{ entity_name: MODEL, entity_version: '1', provisioned_model_units: 50 }] },
    })
    // A look at it, after which its config is settled.
    await fetch(`${standIn.host}/api/2.0/serving-endpoints/${ENDPOINT}`, { headers })
    await post('/api/2.1/unity-catalog/volumes', {
      ...{ catalog_name: 'ml', schema_name: 'rag', name: 'code', volume_type: 'MANAGED' },
    })
    const policy = join(folder.path, 'policy.json')
    writeFileSync(policy, JSON.stringify({ ...DEFAULT_POLICY, also: undefined, model: MODEL, endpoint: ENDPOINT }))
    env = {
      LAKEDESK_DATA: join(folder.path, 'data'),
      LAKEDESK_POLICY: policy,
      LAKEDESK_PLATFORM: 'databricks',
      LAKEDESK_VOLUME: `/Volumes/${VOLUME.replaceAll('.', '/')}/jobs`,
      DATABRICKS_HOST: standIn.host,
      DATABRICKS_CLIENT_ID: 'sp-lakedesk',
      DATABRICKS_CLIENT_SECRET: 'its-secret',
    }
  }, 60_000)
  afterAll(async () => {
    await standIn?.close()
    folder.dispose()
  })

  async function run(more: Record<string, string> = {}): Promise<string> {
    const terminal = createTerminal()
    await doctor({ ...env, ...more }, terminal.stdout)
    return terminal.out()
  }

  it('says who it is, which models there are, and every GRANT that is missing', async () => {
    const said = await run()
    expect(said).toContain(`ok    workspace: ${standIn.host}: sp-lakedesk (OAuth as a service principal), 2 groups`)
    expect(said).toMatch(/ok {4}clock: within \d+ s/)
    expect(said).toContain('the chat model is databricks-meta-llama-3-3-70b-instruct')
    expect(said).toMatch(/ok {4}models of the workspace: \d+ for chat, \d+ for embeddings/)
    expect(said).toContain('ok    model: databricks-meta-llama-3-3-70b-instruct answers')
    expect(said).toMatch(
      /ok {4}serving endpoint: docs-rag \(id \w+\) is .*CAN MANAGE.*50 units of provisioned throughput/,
    )
    expect(said).toContain('FAIL  rights on the model ml.rag.docs_rag: sp-lakedesk lacks 5 privileges.')
    for (const grant of [
      'GRANT USE CATALOG ON CATALOG `ml` TO `sp-lakedesk`;',
      'GRANT USE SCHEMA ON SCHEMA `ml`.`rag` TO `sp-lakedesk`;',
      'GRANT EXECUTE ON MODEL `ml`.`rag`.`docs_rag` TO `sp-lakedesk`;',
      'GRANT MANAGE ON MODEL `ml`.`rag`.`docs_rag` TO `sp-lakedesk`;',
      'GRANT APPLY TAG ON MODEL `ml`.`rag`.`docs_rag` TO `sp-lakedesk`;',
      'GRANT READ VOLUME ON VOLUME `ml`.`rag`.`code` TO `sp-lakedesk`;',
      'GRANT WRITE VOLUME ON VOLUME `ml`.`rag`.`code` TO `sp-lakedesk`;',
    ])
      expect(said).toContain(grant)
    expect(said).not.toContain('its-secret')
  })

  it('creates and changes nothing', async () => {
    standIn.asked.length = 0
    await run()
    const writes = standIn.asked.filter(({ method }) => !['GET', 'HEAD'].includes(method)).map(({ path }) => path)
    expect([...new Set(writes)].sort()).toEqual(['/oidc/v1/token', '/serving-endpoints/chat/completions'])
  })

  it('counts what is granted above, through a group, to everybody, and by owning it', async () => {
    standIn.people.grant('catalog ml', 'account users', 'USE_CATALOG')
    standIn.people.grant('schema ml.rag', 'robots', 'USE_SCHEMA', 'EXECUTE', 'READ_VOLUME')
    standIn.people.grant(`function ${MODEL}`, 'sp-lakedesk', 'MANAGE')
    const partly = await run()
    expect(partly).toContain('rights on the model ml.rag.docs_rag: sp-lakedesk lacks a privilege.')
    expect(partly.match(/GRANT .*?;/g)).toEqual([
      'GRANT APPLY TAG ON MODEL `ml`.`rag`.`docs_rag` TO `sp-lakedesk`;',
      'GRANT WRITE VOLUME ON VOLUME `ml`.`rag`.`code` TO `sp-lakedesk`;',
    ])
    standIn.models.addModel(MODEL, 'robots')
    standIn.people.grant(`volume ${VOLUME}`, 'robots', 'ALL_PRIVILEGES')
    const whole = await run()
    expect(whole).not.toContain('GRANT')
    expect(whole).toContain('ok    rights on the model ml.rag.docs_rag: sp-lakedesk has all')
  })

  it('asks for the right to make a model that is not there yet', async () => {
    const policy = join(folder.path, 'new.json')
    writeFileSync(
      policy,
      JSON.stringify({ ...DEFAULT_POLICY, also: undefined, model: 'ml.rag.new_one', endpoint: 'none-yet' }),
    )
    const said = await run({ LAKEDESK_POLICY: policy })
    expect(said).toContain('GRANT CREATE MODEL ON SCHEMA `ml`.`rag` TO `sp-lakedesk`;')
    expect(said).toContain('ok    serving endpoint: no endpoint none-yet yet')
  })

  it('says so where privileges may not be read, and names the right on an endpoint that is too low', async () => {
    const body = JSON.stringify({ error_code: 'PERMISSION_DENIED', message: 'User is not an owner.' })
    standIn.fail('GET /api/2.1/unity-catalog/effective-permissions/function', { status: 403, body }, 1)
    const low = { name: ENDPOINT, id: 'abc1', state: { ready: 'READY' }, permission_level: 'CAN_QUERY' }
    standIn.fail(`GET /api/2.0/serving-endpoints/${ENDPOINT}`, { status: 200, body: JSON.stringify(low) }, 1)
    const said = await run()
    expect(said).toMatch(/may not be read, so nobody can tell from here: model ml\.rag\.docs_rag/)
    expect(said).toMatch(
      /FAIL {2}serving endpoint: .*CAN QUERY.*needs CAN MANAGE.*permissions\/serving-endpoints\/abc1/,
    )
  })

  it('tells a clock that is off, a model that was retired, and a host that does not answer', async () => {
    const date = new Date(Date.now() + 600_000).toUTCString()
    const me = JSON.stringify({ userName: 'sp-lakedesk', active: true })
    standIn.fail('GET /api/2.0/preview/scim', { status: 200, headers: { date }, body: me })
    expect(await run()).toMatch(/FAIL {2}clock: The clock of this machine is \d+ s behind/)
    const retired = await run({ LAKEDESK_MODEL: 'databricks-dbrx-instruct' })
    expect(retired).toMatch(/FAIL {2}models of the workspace: .*replaced by databricks-meta-llama-3-3-70b-instruct/)
    const bad = await run({ DATABRICKS_CLIENT_SECRET: 'wrong' })
    expect(bad).toMatch(/FAIL {2}workspace: .*invalid_client.*DATABRICKS_CLIENT_SECRET/)
    expect(bad).not.toMatch(/rights on|warehouse:/)
  })

  it('is asked for on the command line, with a profile for host and credentials', async () => {
    const file = join(folder.path, 'databrickscfg')
    const { DATABRICKS_HOST, LAKEDESK_DATA, LAKEDESK_POLICY } = env
    writeFileSync(file, `[robot]\nhost = ${DATABRICKS_HOST}\nclient_id = sp-lakedesk\nclient_secret = its-secret\n`)
    const { out } = await runCli(['doctor', '--platform', 'databricks'], {
      ...{ LAKEDESK_DATA: LAKEDESK_DATA ?? '', LAKEDESK_POLICY: LAKEDESK_POLICY ?? '' },
      ...{ DATABRICKS_CONFIG_FILE: file, DATABRICKS_CONFIG_PROFILE: 'robot' },
    })
    expect(out).toContain(`ok    workspace: ${standIn.host}: sp-lakedesk`)
    const wrong = await runCli(['doctor', '--platform', 'azure'], { LAKEDESK_DATA: LAKEDESK_DATA ?? '' })
    expect(wrong.code).toBe(1)
    expect(wrong.out).toContain('LAKEDESK_PLATFORM')
  })

  it('names a profile that is not there among the settings', async () => {
    const said = await run({ DATABRICKS_CONFIG_PROFILE: 'x', DATABRICKS_CONFIG_FILE: join(folder.path, 'none') })
    expect(said).toMatch(/FAIL {2}configuration: .*no configuration file/)
  })
})
