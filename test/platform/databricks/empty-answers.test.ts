// Answers of a workspace that say less than they must: an empty body, or an object without what was asked for, is never taken for "none".
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeOf } from '../contract-basics.ts'
import { openWorkspace, type Workspace } from './workspace-under-test.ts'

const MODEL = 'ml.rag.docs_rag'
const saying = (body: string) => ({ status: 200, headers: { 'content-type': 'application/json' }, body })

let workspace: Workspace
beforeAll(async () => {
  workspace = await openWorkspace()
  const { models, people } = workspace.standIn
  models.addModel(MODEL, 'rag owners')
  for (let count = 0; count < 3; count += 1) models.addVersion(MODEL)
  people.addUser({ userName: 'ana@example.com', groups: ['users'] })
  people.grant(`function ${MODEL}`, 'ana@example.com', 'MANAGE')
})
afterAll(() => workspace?.close())

/** The request after so many others of the call says so, and so does every later one. */
async function codeWhere(body: string, skip: number, call: () => Promise<unknown>): Promise<string> {
  const { faults } = workspace.standIn
  for (const verb of ['GET', 'POST']) faults.add({ start: `${verb} /api/`, fault: saying(body), times: 100, skip })
  try {
    return String(await codeOf(call()))
  } finally {
    faults.clear()
  }
}

describe('an empty body', () => {
  const calls: [what: string, skip: number, call: () => Promise<unknown>][] = [
    ['the model of a list of versions', 0, () => workspace.platform.registry.listVersions(MODEL)],
    ['a list of versions', 1, () => workspace.platform.registry.listVersions(MODEL)],
    ['a person', 0, () => workspace.platform.catalog.findPrincipal('ana@example.com')],
    ['the owner of a model', 1, () => workspace.platform.catalog.effectivePrivileges(MODEL, 'ana@example.com')],
    ['the grants on a model', 2, () => workspace.platform.catalog.effectivePrivileges(MODEL, 'ana@example.com')],
    ['a search for runs', 0, () => workspace.platform.runs.searchRuns({ experimentId: '1' })],
    ['an endpoint', 0, () => workspace.platform.serving.describe('docs')],
  ]
  it.each(calls)('is an error where %s was asked for', async (_what, skip, call) => {
    expect(await codeWhere('', skip, call)).toBe('PLATFORM_FAILED')
  })

  it('that comes once costs nothing but another request', async () => {
    workspace.standIn.fail('GET /api/2.1/unity-catalog/models', saying(''))
    expect(await workspace.platform.registry.listVersions(MODEL)).toHaveLength(3)
  })
})

describe('an empty object', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['a model', () => workspace.platform.registry.listVersions(MODEL)],
    ['a person', () => workspace.platform.catalog.findPrincipal('ana@example.com')],
    ['an endpoint', () => workspace.platform.serving.describe('docs')],
  ])('is no answer where %s was asked for', async (_what, call) => {
    expect(await codeWhere('{}', 0, call)).toBe('PLATFORM_FAILED')
  })

  it('is an empty list where the API leaves empty lists out', async () => {
    const { faults } = workspace.standIn
    faults.add({ start: 'GET /api/2.1/unity-catalog/models', fault: saying('{}'), times: 1, skip: 1 })
    expect(await workspace.platform.registry.listVersions(MODEL)).toEqual([])
    faults.clear()
  })

  it('that claims people without naming them is no answer', async () => {
    const call = () => workspace.platform.catalog.findPrincipal('ana@example.com')
    expect(await codeWhere('{"totalResults":1}', 0, call)).toBe('PLATFORM_FAILED')
    expect(await codeWhere('{"totalResults":0}', 0, call)).toBe('no error')
  })
})
