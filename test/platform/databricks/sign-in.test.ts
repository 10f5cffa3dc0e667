// Signing in to Databricks: access tokens, tokens of a service principal and their renewal, and what refusals say.
import { afterEach, describe, expect, it } from 'vitest'
import { createDatabricksPlatform } from '../../../src/platform/databricks/create-databricks-platform.ts'
import { createClientToken } from '../../../src/platform/databricks/databricks-token.ts'
import type { Platform } from '../../../src/platform/ports/platform.ts'
import {
  type DatabricksOptions,
  type DatabricksStandIn,
  LOGIN_PAGE,
  startDatabricks,
  TOO_MANY,
  UNAVAILABLE,
} from '../../stand-ins/databricks.ts'
import { codeOf, sentenceOf } from '../contract-basics.ts'

const MODEL = 'ml.rag.docs_rag'
const SECRET = 'dose0123456789abcdef:with/odd+characters'
const open: DatabricksStandIn[] = []
afterEach(async () => {
  for (const standIn of open.splice(0)) await standIn.close()
})

async function start(options: DatabricksOptions = {}): Promise<DatabricksStandIn> {
  const standIn = await startDatabricks(options)
  open.push(standIn)
  standIn.models.addVersion(MODEL)
  standIn.people.addClient('sp-1', SECRET)
  return standIn
}
const withToken = ({ host }: DatabricksStandIn, token: string): Platform =>
  createDatabricksPlatform({ host, auth: { kind: 'token', token } })
const withClient = ({ host }: DatabricksStandIn, clientSecret = SECRET): Platform =>
  createDatabricksPlatform({ host: `${host}/`, auth: { kind: 'client', clientId: 'sp-1', clientSecret } })
const versionsOf = (platform: Platform) => platform.registry.listVersions(MODEL)

describe('an access token', () => {
  it('goes with every call', async () => {
    const standIn = await start()
    expect(await versionsOf(withToken(standIn, standIn.token))).toHaveLength(1)
    expect(standIn.asked.every(({ headers }) => headers.authorization === `Bearer ${standIn.token}`)).toBe(true)
  })

  it('that is wrong or missing is PLATFORM_UNAUTHORIZED, and is not shown', async () => {
    const standIn = await start()
    const wrong = 'dapi00000000000000000000000000000bad'
    for (const token of [wrong, '']) {
      expect(await codeOf(versionsOf(withToken(standIn, token)))).toBe('PLATFORM_UNAUTHORIZED')
    }
    const sentence = await sentenceOf(versionsOf(withToken(standIn, wrong)))
    expect(sentence).toContain('Check the token')
    expect(sentence).not.toContain(wrong)
  })

  it('is shown nowhere, not even where the server repeats it', async () => {
    const standIn = await start()
    const body = JSON.stringify({ error_code: 'INTERNAL_ERROR', message: `Bad header: Bearer ${standIn.token}` })
    standIn.fail('GET /api/2.1/unity-catalog', { status: 500, body })
    const failed = await versionsOf(withToken(standIn, standIn.token)).catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 'PLATFORM_FAILED' })
    const seen = failed instanceof Error ? `${failed.stack} ${String(failed.cause)} ${JSON.stringify(failed)}` : ''
    expect(seen).toContain('[token]')
    expect(seen).not.toContain(standIn.token)
  })
})

describe('a service principal', () => {
  it('asks for one token, however many calls begin at once', async () => {
    const standIn = await start()
    const platform = withClient(standIn)
    await Promise.all(Array.from({ length: 8 }, () => versionsOf(platform)))
    expect(standIn.people.tokensGiven).toBe(1)
    await versionsOf(platform)
    expect(standIn.people.tokensGiven).toBe(1)
    expect(standIn.asked.filter(({ path }) => path === '/oidc/v1/token')).toMatchObject([
      { args: { grant_type: 'client_credentials', scope: 'all-apis' } },
    ])
  })

  it('renews its token 40 seconds before the end, and not earlier', async () => {
    const clock = { now: 1_000_000 }
    const standIn = await start({ now: () => clock.now })
    const tokenOf = createClientToken({
      host: standIn.host,
      clientId: 'sp-1',
      clientSecret: SECRET,
      now: () => clock.now,
    })
    const first = await tokenOf()
    clock.now += 3_559_000
    expect(await tokenOf()).toBe(first)
    clock.now += 1_000
    const [second, third] = await Promise.all([tokenOf(), tokenOf()])
    expect(second).not.toBe(first)
    expect(third).toBe(second)
    expect(standIn.people.tokensGiven).toBe(2)
  })

  it('goes on over the end of a token', async () => {
    const standIn = await start()
    standIn.people.tokenSeconds = 41
    const platform = withClient(standIn)
    await versionsOf(platform)
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    await versionsOf(platform)
    expect(standIn.people.tokensGiven).toBe(2)
  })

  it('whose token the workspace takes for expired, while our clock says otherwise, gets a fresh one and goes on', async () => {
    const clock = { now: Date.now() }
    const standIn = await start({ now: () => clock.now })
    const platform = withClient(standIn)
    const experimentId = await platform.runs.ensureExperiment('/Shared/signed-in')
    clock.now += 3_600_000
    // Also where the call may not be repeated: the gate refused it, so it did not happen.
    const runs = await Promise.all([1, 2, 3].map((n) => platform.runs.createRun({ experimentId, name: `r${n}` })))
    expect(new Set(runs.map(({ runId }) => runId)).size).toBe(3)
    expect(await platform.runs.searchRuns({ experimentId })).toHaveLength(3)
    expect(standIn.people.tokensGiven).toBe(2)
  })

  it('whose fresh token is refused as well is told so, after one more try', async () => {
    const standIn = await start()
    const platform = withClient(standIn)
    const body = JSON.stringify({ error_code: 401, message: 'Access token is expired.' })
    standIn.fail('GET /api/', { status: 401, headers: { 'x-request-id': 'req-77' }, body }, 100)
    const sentence = await sentenceOf(versionsOf(platform))
    expect(sentence).toContain('expired')
    expect(sentence).toContain('request req-77')
    expect(standIn.people.tokensGiven).toBe(2)
  })

  it('with a wrong secret is PLATFORM_UNAUTHORIZED, names the settings, and shows no secret', async () => {
    const standIn = await start()
    const platform = withClient(standIn, 'not-the-secret')
    expect(await codeOf(versionsOf(platform))).toBe('PLATFORM_UNAUTHORIZED')
    const sentence = await sentenceOf(versionsOf(platform))
    expect(sentence).toContain('invalid_client')
    expect(sentence).toContain('DATABRICKS_CLIENT_SECRET')
    expect(sentence).not.toContain('not-the-secret')
  })

  it.each([
    ['too many requests', TOO_MANY],
    ['a workspace that starts', UNAVAILABLE],
    ['a broken connection', 'cut'],
  ] as const)('gets its token in spite of %s', async (_, fault) => {
    const standIn = await start()
    standIn.fail('POST /oidc/v1/token', fault)
    expect(await versionsOf(withClient(standIn))).toHaveLength(1)
  })

  it('at a host that is no workspace is told to look at the address, and shown nothing of the answer', async () => {
    const standIn = await start()
    standIn.fail('POST /oidc/v1/token', LOGIN_PAGE)
    const sentence = await sentenceOf(versionsOf(withClient(standIn)))
    expect(sentence).toContain('Check that the address is that of the server itself')
    standIn.fail('POST /oidc/v1/token', {
      status: 200,
      body: '{"access_token":"","expires_in":"soon","hint":"eyJsecret"}',
    })
    const failed = await versionsOf(withClient(standIn)).catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 'PLATFORM_FAILED' })
    expect(failed instanceof Error && `${failed.stack} ${String(failed.cause)}`).not.toContain('eyJsecret')
  })
})

describe('faults of the workspace', () => {
  it.each([
    ['429', TOO_MANY],
    ['503', UNAVAILABLE],
    ['a broken connection', 'cut'],
  ] as const)('reads again after %s', async (_, fault) => {
    const standIn = await start()
    standIn.fail('GET /api/', fault, 2)
    expect(await versionsOf(withToken(standIn, standIn.token))).toHaveLength(1)
  })

  it('tells a log-in page from a workspace', async () => {
    const standIn = await start()
    standIn.fail('GET /api/', LOGIN_PAGE)
    expect(await sentenceOf(versionsOf(withToken(standIn, standIn.token)))).toContain('a web page instead of JSON')
    standIn.fail('GET /api/', { status: 303, headers: { location: '/login.html' }, body: '' })
    expect(await codeOf(versionsOf(withToken(standIn, standIn.token)))).toBe('PLATFORM_FAILED')
  })

  it('reads again what was cut at any byte, and takes no part for the whole', async () => {
    const standIn = await start()
    const platform = withToken(standIn, standIn.token)
    const whole = await versionsOf(platform)
    for (let at = 0; at < 400; at += 7) {
      standIn.fail('GET /api/', { cutAfterBytes: at })
      expect(await versionsOf(platform)).toEqual(whole)
    }
  }, 60_000)

  it('sets an alias again where the answer was lost', async () => {
    const standIn = await start()
    standIn.fail('PUT /api/2.1/unity-catalog', 'cut-after')
    await withToken(standIn, standIn.token).registry.setAlias(MODEL, 'Champion', '1')
    expect(standIn.models.aliasOf(MODEL, 'Champion')).toBe(1)
  })
})
