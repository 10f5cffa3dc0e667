// Sentences of Unity Catalog that name a missing privilege, and the GRANT that gives it.
import { afterEach, describe, expect, it } from 'vitest'
import { createDatabricksPlatform } from '../../../src/platform/databricks/create-databricks-platform.ts'
import { explainPrivilege, writeGrant } from '../../../src/platform/databricks/explain-privilege.ts'
import { toStatementError } from '../../../src/platform/databricks/sql-failures.ts'
import { type DatabricksStandIn, startDatabricks } from '../../stand-ins/databricks.ts'
import { codeOf, sentenceOf } from '../contract-basics.ts'

const open: DatabricksStandIn[] = []
afterEach(async () => {
  for (const standIn of open.splice(0)) await standIn.close()
})

describe('a missing privilege', () => {
  it.each([
    ["User does not have USE SCHEMA on Schema 'ml.rag'.", 'GRANT USE SCHEMA ON SCHEMA `ml`.`rag` TO'],
    ["User does not have the privilege SELECT on Table 'a.b.c'.", 'GRANT SELECT ON TABLE `a`.`b`.`c` TO'],
    ["User does not have SELECT on Table 'a.b.c'.", 'GRANT SELECT ON TABLE `a`.`b`.`c` TO'],
    ["User does not have EXECUTE on Routine or Model 'a.b.c'.", 'GRANT EXECUTE ON FUNCTION `a`.`b`.`c` TO'],
    ["User does not have USE_CATALOG on Catalog 'main'.", 'GRANT USE CATALOG ON CATALOG `main` TO'],
    ["User does not have READ VOLUME on Volume 'a.b.v'.", 'GRANT READ VOLUME ON VOLUME `a`.`b`.`v` TO'],
    ['User is not an owner.', undefined],
    ['', undefined],
  ])('%s', (words, grant) => {
    const said = explainPrivilege(words)
    if (grant === undefined) expect(said).toBeUndefined()
    else expect(said).toContain(grant)
  })

  it('is written so that no name can end the statement', () => {
    const grant = writeGrant('CREATE_MODEL', { kind: 'SCHEMA', name: 'ml.o`dd' }, 'a`; DROP TABLE x')
    expect(grant).toBe('GRANT CREATE MODEL ON SCHEMA `ml`.`o``dd` TO `a``; DROP TABLE x`')
  })

  it('comes with the GRANT in an error of the REST API, and of a statement that failed at HTTP 200', async () => {
    const standIn = await startDatabricks()
    open.push(standIn)
    const message = "User does not have EXECUTE on Routine or Model 'ml.rag.docs'."
    const body = JSON.stringify({ error_code: 'PERMISSION_DENIED', message })
    standIn.fail('GET /api/2.1/unity-catalog', { status: 403, body }, 2)
    const platform = createDatabricksPlatform({ host: standIn.host, auth: { kind: 'token', token: standIn.token } })
    const list = () => platform.registry.listVersions('ml.rag.docs')
    expect(await codeOf(list())).toBe('PLATFORM_UNAUTHORIZED')
    expect(await sentenceOf(list())).toMatch(/ml\.rag\.docs.*GRANT EXECUTE ON FUNCTION `ml`\.`rag`\.`docs`/)
    const failed = toStatementError(
      {
        ...{ state: 'FAILED', sql_state: '42501' },
        error: {
          error_code: 'BAD_REQUEST',
          message: "[INSUFFICIENT_PERMISSIONS] User does not have SELECT on Table 'a.b.t'.",
        },
      },
      'w1',
    )
    expect(failed.code).toBe('PLATFORM_UNAUTHORIZED')
    expect(failed.userMessage).toContain('GRANT SELECT ON TABLE `a`.`b`.`t`')
  })
})
