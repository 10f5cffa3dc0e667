// The stand-in of a Databricks workspace, driven by Databricks' own client: what that client sends is taken, and what it gets makes sense to it.
import { ApiError, Config, Time, TimeUnits, WorkspaceClient } from '@databricks/sdk-experimental'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatabricksPlatform } from '../../../src/platform/databricks/create-databricks-platform.ts'
import type { Platform } from '../../../src/platform/ports/platform.ts'
import { type DatabricksStandIn, startDatabricks, TOO_MANY } from '../../stand-ins/databricks.ts'

const MODEL = 'ml.rag.docs_rag'
const ENDPOINT = 'support-llm-endpoint'

describe("Databricks' own client", () => {
  let standIn: DatabricksStandIn
  let client: WorkspaceClient
  let platform: Platform

  beforeAll(async () => {
    standIn = await startDatabricks()
    const { host, token } = standIn
    for (let i = 0; i < 3; i += 1) standIn.models.addVersion(MODEL)
    client = new WorkspaceClient({ host, token, authType: 'pat' })
    platform = createDatabricksPlatform({ host, auth: { kind: 'token', token } })
  })
  afterAll(() => standIn?.close())

  it('knows who it is, and finds users', async () => {
    standIn.people.addUser({ userName: 'ana@example.com', groups: ['rag team'] })
    expect(await client.currentUser.me()).toMatchObject({ userName: 'owner@example.com' })
    // The first alone: this client asks for the first page again and again.
    const users = client.usersV2.list({ filter: 'userName eq "ana@example.com"' })
    const { value: found } = await users[Symbol.asyncIterator]().next()
    expect(found).toMatchObject({ userName: 'ana@example.com', groups: [{ display: 'rag team' }] })
  })

  it('signs in as a service principal', async () => {
    standIn.people.addClient('sp-1', 'its-secret')
    const config = { host: standIn.host, clientId: 'sp-1', clientSecret: 'its-secret', authType: 'oauth-m2m' } as const
    const principal = new WorkspaceClient(new Config(config))
    expect(await principal.currentUser.me()).toMatchObject({ userName: 'sp-1' })
    expect(standIn.people.tokensGiven).toBe(1)
  })

  it('sets an alias that the driver reads, and reads one that the driver set', async () => {
    await client.registeredModels.setAlias({ full_name: MODEL, alias: 'Champion', version_num: 2 })
    expect(await platform.registry.getAlias(MODEL, 'Champion')).toBe('2')
    await platform.registry.setAlias(MODEL, 'Champion', '3')
    expect(await client.modelVersions.getByAlias({ full_name: MODEL, alias: 'Champion' })).toMatchObject({
      version: 3,
      status: 'READY',
    })
    const model = await client.registeredModels.get({ full_name: MODEL, include_aliases: true })
    expect(model.aliases).toEqual([{ alias_name: 'Champion', version_num: 3 }])
    await client.registeredModels.deleteAlias({ full_name: MODEL, alias: 'Champion' })
    expect(await platform.registry.getAlias(MODEL, 'Champion')).toBeNull()
    const versions: unknown[] = []
    for await (const { version } of client.modelVersions.list({ full_name: MODEL })) versions.push(version)
    expect(versions).toEqual([1, 2, 3])
  })

  it('creates an endpoint, waits for it, updates it and asks it', async () => {
    const served = (version: string) => ({
      served_entities: [
        {
          name: `rag-${version}`,
          entity_name: MODEL,
          entity_version: version,
          workload_size: 'Small',
          scale_to_zero_enabled: true,
        },
      ],
    })
    const created = await client.servingEndpoints.create({ name: ENDPOINT, config: { name: ENDPOINT, ...served('1') } })
    expect(await created.wait({ timeout: new Time(30, TimeUnits.seconds) })).toMatchObject({
      state: { ready: 'READY' },
    })
    standIn.endpoints.looks = 2
    const update = await client.servingEndpoints.updateConfig({ name: ENDPOINT, ...served('2') })
    const during = await client.servingEndpoints.get({ name: ENDPOINT })
    expect(during).toMatchObject({
      state: { ready: 'READY', config_update: 'IN_PROGRESS' },
      config: { served_entities: [{ entity_version: '1' }] },
      pending_config: { served_entities: [{ entity_version: '2' }] },
    })
    await expect(client.servingEndpoints.updateConfig({ name: ENDPOINT, ...served('3') })).rejects.toMatchObject({
      errorCode: 'RESOURCE_CONFLICT',
      statusCode: 409,
    })
    expect(await update.wait({ timeout: new Time(30, TimeUnits.seconds) })).toMatchObject({
      config: { served_entities: [{ entity_version: '2' }] },
    })
    standIn.endpoints.looks = 1
    expect(await platform.serving.describe(ENDPOINT)).toMatchObject({
      id: during.id,
      config: { entities: [{ version: '2' }], routes: [{ entity: 'rag-2', percentage: 100 }] },
    })
    const answer = await client.servingEndpoints.query({ name: ENDPOINT, dataframe_records: [{ question: 'Why?' }] })
    expect(answer.predictions).toEqual([{ version: '2', record: { question: 'Why?' } }])
    const rights = await client.servingEndpoints.getPermissions({ serving_endpoint_id: during.id ?? '' })
    expect(rights.access_control_list).toMatchObject([{ user_name: 'owner@example.com' }])
  })

  it('logs a run that the driver reads, and finds one that the driver wrote', async () => {
    const { experiment_id = '' } = await client.experiments.createExperiment({ name: '/Shared/from-the-client' })
    expect(await platform.runs.ensureExperiment('/Shared/from-the-client')).toBe(experiment_id)
    const { run } = await client.experiments.createRun({ experiment_id, run_name: 'by hand', start_time: Date.now() })
    const run_id = run?.info?.run_id ?? ''
    await client.experiments.logBatch({
      run_id,
      metrics: [{ key: 'faithfulness/mean', value: 0.5, timestamp: 1, step: 0 }],
      params: [{ key: 'top_k', value: '5' }],
      tags: [{ key: 'set', value: 'golden' }],
    })
    await client.experiments.updateRun({ run_id, status: 'FINISHED', end_time: Date.now() })
    expect(await platform.runs.searchRuns({ experimentId: experiment_id, tags: { set: 'golden' } })).toMatchObject([
      { runId: run_id, status: 'FINISHED', params: { top_k: '5' }, metrics: { 'faithfulness/mean': 0.5 } },
    ])
    const written = await platform.runs.createRun({
      experimentId: experiment_id,
      name: 'by Lakedesk',
      tags: { set: 'silver' },
    })
    const found: unknown[] = []
    const search = { experiment_ids: [experiment_id], filter: "tags.set = 'silver'" }
    for await (const one of client.experiments.searchRuns(search)) found.push(one.info?.run_id)
    expect(found).toEqual([written.runId])
    await platform.runs.artifacts.put(written.runId, 'eval/rows.json', '[]')
    const files: unknown[] = []
    for await (const file of client.experiments.listArtifacts({ run_id: written.runId, path: 'eval' })) files.push(file)
    expect(files).toEqual([{ path: 'eval/rows.json', is_dir: false, file_size: 2 }])
  })

  it('reads the grants that the driver sees through schema and group', async () => {
    standIn.people.addUser({ userName: 'ben@example.com', groups: ['rag team'] })
    // By hand: this client sends no body with a PATCH, so that it cannot grant.
    const headers = { authorization: `Bearer ${standIn.token}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ changes: [{ principal: 'rag team', add: ['EXECUTE'] }] })
    await fetch(`${standIn.host}/api/2.1/unity-catalog/permissions/schema/ml.rag`, { method: 'PATCH', headers, body })
    const direct = await client.grants.get({ securable_type: 'schema', full_name: 'ml.rag' })
    expect(direct.privilege_assignments).toEqual([{ principal: 'rag team', privileges: ['EXECUTE'] }])
    expect(await platform.catalog.effectivePrivileges(MODEL, 'ben@example.com')).toEqual(['EXECUTE'])
    const effective = await client.grants.getEffective({ securable_type: 'function', full_name: MODEL })
    expect(effective.privilege_assignments).toEqual([
      {
        principal: 'rag team',
        privileges: [{ privilege: 'EXECUTE', inherited_from_type: 'SCHEMA', inherited_from_name: 'ml.rag' }],
      },
    ])
  })

  it('understands refusals, and comes again after a 429', async () => {
    const absent = client.servingEndpoints.get({ name: 'absent' })
    await expect(absent).rejects.toBeInstanceOf(ApiError)
    await expect(absent).rejects.toMatchObject({ errorCode: 'RESOURCE_DOES_NOT_EXIST', statusCode: 404 })
    const stranger = new WorkspaceClient({ host: standIn.host, token: 'dapi-wrong', authType: 'pat' })
    await expect(stranger.currentUser.me()).rejects.toMatchObject({ statusCode: 403 })
    standIn.fail('GET /api/2.0/preview/scim/v2/Me', TOO_MANY)
    expect(await client.currentUser.me()).toMatchObject({ userName: 'owner@example.com' })
  })
})
