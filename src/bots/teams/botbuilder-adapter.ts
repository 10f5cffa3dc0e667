// Receives through botbuilder: checks the token of a request with CloudAdapter. One of the two files that know the SDK.
import { CloudAdapter, ConfigurationBotFrameworkAuthentication, type TurnContext } from 'botbuilder'
import type { Activity } from './activity.ts'
import { createBotTokens } from './bot-token.ts'

/** Whom the bot trusts and who it is. All URLs can be pointed at another cloud, or at a stand-in. */
export interface TeamsCredentials {
  /** Empty only for an insecure local run, which switches every check off. */
  appId: string
  appPassword: string
  appType: 'SingleTenant' | 'MultiTenant'
  /** Required for SingleTenant. */
  tenantId: string
  /** OpenID metadata of the channel's signing keys. */
  openIdMetadataUrl: string
  tokenIssuer: string
  loginUrl: string
  oauthScope: string
}

export const PUBLIC_CLOUD = {
  openIdMetadataUrl: 'https://login.botframework.com/v1/.well-known/openidconfiguration',
  tokenIssuer: 'https://api.botframework.com',
  loginUrl: 'https://login.microsoftonline.com',
  oauthScope: 'https://api.botframework.com',
} as const

/** `forged`: the token is missing or wrong. `unchecked`: the signing keys could not be fetched, so nobody can say. */
export type Verdict = 'genuine' | 'forged' | 'unchecked'

type Authentication = InstanceType<typeof ConfigurationBotFrameworkAuthentication>
type CredentialsFactory = NonNullable<ConstructorParameters<typeof ConfigurationBotFrameworkAuthentication>[1]>
type Claim = { type: string; value: unknown }

/** Who the bot is towards Entra, without the SDK's login library, which cannot be pointed at a plain http endpoint. */
function createCredentials(credentials: TeamsCredentials): CredentialsFactory {
  const { appId, appPassword, appType, tenantId, loginUrl, oauthScope } = credentials
  const tenant = appType === 'SingleTenant' ? tenantId : 'botframework.com'
  const token = createBotTokens({ appId, appPassword, tenant, loginUrl, scope: oauthScope })
  return {
    isValidAppId: async (id) => appId !== '' && id === appId,
    isAuthenticationDisabled: async () => appId === '',
    createCredentials: async () => ({
      async signRequest(request) {
        if (appId !== '') request.headers.set('authorization', `Bearer ${await token()}`)
        return request
      },
    }),
  }
}

/**
 * Stricter than the SDK, which also lets through tokens of the Emulator and of skills, signed by Entra and bound to no
 * serviceUrl, and tokens that never expire: only the channel's own issuer speaks to this bot.
 */
function createClaimCheck(credentials: TeamsCredentials): (claims: Claim[]) => Promise<void> {
  return async (claims) => {
    const value = (type: string) => claims.find((claim) => claim.type === type)?.value
    if (value('iss') !== credentials.tokenIssuer) throw new Error('the issuer is not the channel')
    if (value('aud') !== credentials.appId) throw new Error('the token is for another bot')
    if (typeof value('exp') !== 'number') throw new Error('the token never expires')
    if (typeof value('serviceurl') !== 'string') throw new Error('the token is bound to no service')
  }
}

export function createAuthentication(credentials: TeamsCredentials): Authentication {
  return new ConfigurationBotFrameworkAuthentication(
    {
      MicrosoftAppId: credentials.appId,
      ToBotFromChannelOpenIdMetadataUrl: credentials.openIdMetadataUrl,
      ToBotFromEmulatorOpenIdMetadataUrl: credentials.openIdMetadataUrl,
      ToBotFromChannelTokenIssuer: credentials.tokenIssuer,
      ToChannelFromBotLoginUrl: `${credentials.loginUrl}/${credentials.tenantId || 'botframework.com'}`,
      ToChannelFromBotOAuthScope: credentials.oauthScope,
      OAuthUrl: credentials.oauthScope,
      CallerId: 'urn:botframework:azure',
    },
    createCredentials(credentials),
    { requiredEndorsements: [], validateClaims: createClaimCheck(credentials) },
  )
}

/** CloudAdapter.process prints to the console and answers 500 to a bad signature, so its inner step is called instead. */
class Receiver extends CloudAdapter {
  async run(
    identity: Awaited<ReturnType<Authentication['authenticateRequest']>>,
    activity: Parameters<CloudAdapter['processActivityDirect']>[1],
    logic: (context: TurnContext) => Promise<void>,
  ): Promise<void> {
    await this.processActivity(identity, activity, logic)
  }
}

export interface TeamsReceiver {
  /** Checks the token against the activity and, where it is genuine, runs `work` before it resolves. Rejects with what `work` rejects with. */
  receive(
    authorization: string,
    activity: Activity,
    work: () => Promise<void>,
  ): Promise<{ verdict: Verdict; why: string }>
}

export function createReceiver(credentials: TeamsCredentials): TeamsReceiver {
  const authentication = createAuthentication(credentials)
  const adapter = new Receiver(authentication)
  return {
    async receive(authorization, activity, work) {
      // Any other channel, such as `AseChannel`, would have its token checked against other issuers.
      if (credentials.appId !== '' && activity.channelId !== 'msteams') {
        return { verdict: 'forged', why: 'the channel is not msteams' }
      }
      const copy = toSdkActivity(activity)
      let identity: Awaited<ReturnType<Authentication['authenticateRequest']>>
      try {
        identity = await authentication.authenticateRequest(copy, authorization)
      } catch (error) {
        return toVerdict(error)
      }
      await adapter.run(identity, copy, work)
      return { verdict: 'genuine', why: '' }
    },
  }
}

/** The SDK wants dates, and writes into what it is given. */
function toSdkActivity(activity: Activity): Parameters<CloudAdapter['processActivityDirect']>[1] {
  const copy: Record<string, unknown> = structuredClone(activity)
  for (const field of ['timestamp', 'localTimestamp', 'expiration']) {
    if (typeof copy[field] === 'string') copy[field] = new Date(copy[field])
  }
  return copy as unknown as Parameters<CloudAdapter['processActivityDirect']>[1]
}

function toVerdict(error: unknown): { verdict: Verdict; why: string } {
  const why = error instanceof Error ? error.message.slice(0, 200) : String(error).slice(0, 200)
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined
  const network = error instanceof Error && error.name === 'FetchError'
  return { verdict: network || status === 500 ? 'unchecked' : 'forged', why }
}
