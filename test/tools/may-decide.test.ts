// The right on the platform, looked up at the click: granted directly, through a group, missing, unknown, switched off.
import { describe, expect, it } from 'vitest'
import { silentLog } from '../../src/core/log.ts'
import { createLocalPlatform } from '../../src/platform/local/platform/create-local-platform.ts'
import { createMayDecide } from '../../src/tools/may-decide.ts'

const model = 'ml.rag.docs_rag'

async function openCatalog() {
  const grants = [
    { principal: 'ben@acme.io', privileges: ['MANAGE'] },
    { principal: 'cy@acme.io', privileges: ['EXECUTE'] },
  ]
  const engine = { load: async () => {}, answer: async () => '' }
  const platform = createLocalPlatform({ file: ':memory:', log: silentLog, grants, ...engine })
  await platform.registry.createVersion({ model, source: 'chain:1', runId: null })
  return platform
}

describe('the right to decide', () => {
  it('is any of the privileges that the policy names', async () => {
    const platform = await openCatalog()
    const may = createMayDecide({ catalog: platform.catalog, model, privileges: ['OWNER', 'MANAGE'] })
    expect(await may('ben@acme.io')).toBe(true)
    expect(await may('cy@acme.io')).toBe(
      `You need OWNER or MANAGE on ${model} to decide, and cy@acme.io has EXECUTE there. Whoever manages the model can grant it.`,
    )
    expect(await may('nobody@acme.io')).toContain('nobody@acme.io')
    expect(await may('nobody@acme.io')).not.toBe(true)
    await platform.close()
  })

  it('is missing where the account is switched off, and not asked for where the policy names none', async () => {
    const catalog = {
      findPrincipal: async (name: string) => ({ name, active: false, groups: [] }),
      effectivePrivileges: async () => ['MANAGE'],
    }
    expect(await createMayDecide({ catalog, model, privileges: ['MANAGE'] })('ben@acme.io')).toContain('switched off')
    expect(await createMayDecide({ catalog, model, privileges: [] })('ben@acme.io')).toBe(true)
  })
})
