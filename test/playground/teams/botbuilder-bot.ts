// A bare bot on Microsoft's own SDK, against which the stand-in is checked: what it hears is kept, and a script answers.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  CloudAdapter,
  ConfigurationBotFrameworkAuthentication,
  type Request,
  type Response,
  type TurnContext,
} from 'botbuilder'
import type { TeamsStandIn } from '../../../src/playground/teams/create-teams-stand-in.ts'

type Logic = (context: TurnContext) => Promise<void>
type Credentials = NonNullable<ConstructorParameters<typeof ConfigurationBotFrameworkAuthentication>[1]>

/** The SDK's login library speaks https alone, so the token is asked for here, at the stand-in's own endpoint. */
async function askForToken(teams: TeamsStandIn): Promise<string> {
  const response = await fetch(`${teams.loginUrl}/${teams.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: teams.appId,
      client_secret: teams.appPassword,
      scope: 'https://api.botframework.com/.default',
    }),
  })
  const body: unknown = await response.json()
  if (typeof body !== 'object' || body === null || !('access_token' in body)) throw new Error('no token was given')
  return String(body.access_token)
}

function credentialsOf(teams: TeamsStandIn): Credentials {
  return {
    isValidAppId: async (id) => id === teams.appId,
    isAuthenticationDisabled: async () => false,
    createCredentials: async () => ({
      async signRequest(request) {
        request.headers.set('authorization', `Bearer ${await askForToken(teams)}`)
        return request
      },
    }),
  }
}

async function readJson(req: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(Buffer.from(chunk))
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}

/** The SDK wants Express' way of answering. */
function toExpress(res: ServerResponse): Response {
  const shim = {
    socket: res.socket,
    header: (name: string, value: string) => res.setHeader(name, value),
    status(code: number) {
      res.statusCode = code
      return shim
    },
    send(body: unknown) {
      res.setHeader('content-type', 'application/json')
      res.write(typeof body === 'string' ? body : JSON.stringify(body ?? null))
      return shim
    },
    end: () => res.end(),
  }
  return shim
}

/** `logic` runs for each activity that passed the SDK's own check of its token. */
export async function startBotbuilderBot(teams: TeamsStandIn, logic: Logic) {
  const authentication = new ConfigurationBotFrameworkAuthentication(
    {
      MicrosoftAppId: teams.appId,
      ToBotFromChannelOpenIdMetadataUrl: teams.metadataUrl,
      ToBotFromEmulatorOpenIdMetadataUrl: teams.metadataUrl,
      ToBotFromChannelTokenIssuer: 'https://api.botframework.com',
      ToChannelFromBotLoginUrl: `${teams.loginUrl}/${teams.tenantId}`,
      ToChannelFromBotOAuthScope: 'https://api.botframework.com',
      OAuthUrl: 'https://api.botframework.com',
      CallerId: 'urn:botframework:azure',
    },
    credentialsOf(teams),
  )
  const adapter = new CloudAdapter(authentication)
  const failures: unknown[] = []
  adapter.onTurnError = async (_, error) => {
    failures.push(error)
  }
  const server = createServer((req, res) => {
    readJson(req)
      .then((body) => {
        const request = { body, headers: req.headers, method: req.method ?? 'POST' } as unknown as Request
        return adapter.process(request, toExpress(res), logic)
      })
      .catch((error: unknown) => {
        failures.push(error)
        if (!res.writableEnded) res.writeHead(500).end()
      })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    adapter,
    failures,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/messages`,
    async close(): Promise<void> {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
