// The embedded platform keeps the contracts of its four roles, in a file and in memory.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { describeCatalogContract } from '../catalog-contract.ts'
import { describeRegistryContract } from '../registry-contract.ts'
import { describeRunsContract } from '../runs-contract.ts'
import { describeServingContract } from '../serving-contract.ts'
import { openTestPlatform } from './platform-under-test.ts'

const folder = mkdtempSync(join(tmpdir(), 'lakedesk-platform-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const GRANTS = [
  { principal: 'ana@example.com', privileges: ['MANAGE', 'EXECUTE'] },
  { principal: 'ben@example.com', privileges: ['EXECUTE'] },
  { principal: 'ana@example.com', privileges: ['USE_SCHEMA', 'EXECUTE'] },
  { principal: 'cleo@example.com', privileges: [] },
]

for (const file of [join(folder, 'platform.db'), ':memory:']) {
  const name = file === ':memory:' ? 'The embedded platform in memory' : 'The embedded platform'
  const open = () => openTestPlatform({ file, grants: GRANTS })

  describeRegistryContract(name, async () => {
    const { platform, setStatus, close } = open()
    if (file === ':memory:') return { registry: platform.registry, close }
    return { registry: platform.registry, makePending: setStatus('PENDING'), close }
  })

  describeRunsContract(name, async () => {
    const { platform, close } = open()
    return { runs: platform.runs, close }
  })

  describeServingContract(name, async () => {
    const under = open()
    const { serving, registry } = under.platform
    return {
      serving,
      registry,
      versionOf: under.versionOf,
      breakVersion: under.breakVersion,
      hold: under.hold,
      ...(file === ':memory:' ? {} : { makePending: under.setStatus('PENDING') }),
      close: under.close,
    }
  })

  describeCatalogContract(name, async () => {
    const { platform, close } = open()
    await platform.registry.createVersion({ model: 'docs_rag', source: 'chain:1', runId: null })
    return {
      catalog: platform.catalog,
      model: 'docs_rag',
      people: [
        { name: 'ana@example.com', privileges: ['EXECUTE', 'MANAGE', 'USE_SCHEMA'] },
        { name: 'ben@example.com', privileges: ['EXECUTE'] },
        { name: 'cleo@example.com', privileges: [] },
      ],
      close,
    }
  })
}
