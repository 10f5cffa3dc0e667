// Trust between the Teams stand-in and the bot, both ways: keys that sign its activities, and tokens that the bot must bring.
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto'
import { promisify } from 'node:util'
import { type CryptoKey, type JWTPayload, SignJWT } from 'jose'
import { badSyntax } from './refused.ts'

export const ISSUER = 'https://api.botframework.com'
const TOKEN_S = 3599

export interface BotAccount {
  appId: string
  appPassword: string
  tenantId: string
}

interface Keys {
  privateKey: KeyObject
  publicJwk: Record<string, unknown>
  /** What the bot's own tokens are sealed with: another stand-in does not take them. */
  seal: string
}

const KID = 'stand-in'

function toKeys(privateKey: KeyObject): Keys {
  const { d } = privateKey.export({ format: 'jwk' })
  if (d === undefined) throw badSyntax('The key of the snapshot is no private key.')
  return { privateKey, publicJwk: { ...createPublicKey(privateKey).export({ format: 'jwk' }) }, seal: d }
}

/** Bot tokens can be checked without being remembered, so that they outlive a restart of the stand-in. */
function createBotTokens({ appId, appPassword, tenantId }: BotAccount, key: () => string) {
  const seal = (words: string) => createHmac('sha256', `${appPassword}:${key()}`).update(words).digest('base64url')
  return {
    issue(): string {
      const words = `bot.${Math.floor(Date.now() / 1000) + TOKEN_S}.${crypto.randomUUID()}`
      return `${words}.${seal(words)}`
    },
    isGenuine(token: string): boolean {
      const [mark, until, nonce, given] = token.split('.')
      const expected = Buffer.from(seal(`${mark}.${until}.${nonce}`))
      const actual = Buffer.from(given ?? '')
      return actual.length === expected.length && timingSafeEqual(actual, expected) && Number(until) * 1000 > Date.now()
    },
    /** Source: OAuth 2.0 client credentials of Microsoft Entra, with its error for a wrong secret. */
    grant(tenant: string, form: URLSearchParams): { status: number; body: Record<string, unknown> } {
      const known = form.get('client_id') === appId && form.get('client_secret') === appPassword && tenant === tenantId
      if (!known || form.get('grant_type') !== 'client_credentials') {
        const error_description = 'AADSTS7000215: Invalid client secret provided.'
        return { status: 401, body: { error: 'invalid_client', error_description } }
      }
      return { status: 200, body: { token_type: 'Bearer', expires_in: TOKEN_S, access_token: this.issue() } }
    },
  }
}

export async function createTeamsTokens(account: BotAccount, serviceUrl: () => string) {
  let keys = toKeys((await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })).privateKey)
  return {
    bot: createBotTokens(account, () => keys.seal),
    /** Public keys, as the metadata names them. */
    jwks: () => ({ keys: [{ ...keys.publicJwk, kid: KID, use: 'sig', endorsements: ['msteams'] }] }),
    /** A token as the channel signs it; `claims` replace the genuine ones. */
    sign(claims: JWTPayload = {}, key: CryptoKey | KeyObject = keys.privateKey, kid = KID): Promise<string> {
      const now = Math.floor(Date.now() / 1000)
      const times = { iat: now, nbf: now - 5, exp: now + 3600 }
      const genuine = { iss: ISSUER, aud: account.appId, ...times, serviceurl: serviceUrl() }
      return new SignJWT({ ...genuine, ...claims }).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid }).sign(key)
    },
    /** The private key as JWK, for a snapshot: a bot that goes on running keeps the public one for an hour. */
    exportKey: (): Record<string, unknown> => ({ ...keys.privateKey.export({ format: 'jwk' }) }),
    importKey(jwk: Record<string, unknown>): void {
      keys = toKeys(createPrivateKey({ key: jwk, format: 'jwk' }))
    },
  }
}
export type TeamsTokens = Awaited<ReturnType<typeof createTeamsTokens>>
