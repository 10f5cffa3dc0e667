// `lakedesk doctor`: checks everything that can be wrong before anybody asks, and says how to fix each fault.
import { accessSync, constants, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Settings, SlackSettings, TeamsSettings } from '../config/settings.ts'
import { LakedeskError, toLakedeskError } from '../core/errors.ts'
import { silentLog } from '../core/log.ts'
import { openSqliteStore } from '../store/sqlite/open-sqlite-store.ts'
import { STORE_FILE } from './build-answering.ts'
import { buildEmbeddings, buildModel, currentChain } from './build-models.ts'
import { databricksChecks } from './doctor-databricks.ts'
import { type Check, promotionChecks } from './doctor-promotion.ts'
import { ticketChecks } from './doctor-tickets.ts'
import { findModel } from './find-model.ts'
import { openIndex } from './open-index.ts'
import { readResolvedSettings } from './read-settings.ts'
import { listIfAny } from './sample.ts'

const TIMEOUT_MS = 10_000

function checkNode(): Check {
  return { name: 'node', run: async () => `Node ${process.versions.node}` }
}

/** A folder may be writable while its disk is full. */
function tryToWrite(folder: string): void {
  const file = join(folder, `.doctor-${process.pid}`)
  try {
    writeFileSync(file, Buffer.alloc(256 * 1024))
  } finally {
    rmSync(file, { force: true })
  }
}

function checkData(settings: Settings): Check {
  return {
    name: 'data folder',
    async run() {
      const folder = resolve(settings.data)
      try {
        mkdirSync(folder, { recursive: true })
        accessSync(folder, constants.W_OK)
        tryToWrite(folder)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
          throw new LakedeskError('STORE_FULL', `The disk of ${folder} is full. Free some space on it.`, error)
        }
        throw new LakedeskError(
          'STORE_FAILED',
          `${folder} cannot be written (${(error as NodeJS.ErrnoException).code}). Change its owner, or set LAKEDESK_DATA to another folder.`,
          error,
        )
      }
      return folder
    },
  }
}

function checkStore(settings: Settings): Check {
  return {
    name: 'store',
    async run() {
      const file = join(resolve(settings.data), STORE_FILE)
      if (!existsSync(file)) return 'none yet; the first chat or serve makes it'
      try {
        await openSqliteStore({ file, log: silentLog }).close()
      } catch (error) {
        if (error instanceof LakedeskError && error.code === 'STORE_LOCKED') return `in use: ${error.userMessage}`
        throw error
      }
      return file
    },
  }
}

function checkIndex(settings: Settings): Check {
  return {
    name: 'index',
    async run() {
      const index = await openIndex(settings, silentLog, true)
      try {
        if ((await listIfAny(index)).length === 0) {
          throw new LakedeskError(
            'INDEX_MISSING',
            'No documentation has been ingested yet. Run: lakedesk ingest <folder>',
          )
        }
        const facts = await index.describe()
        return `${facts.documents} pages, ${facts.chunks} chunks, ${facts.embeddings}, ${(facts.bytes / 1e6).toFixed(1)} MB`
      } finally {
        await index.close()
      }
    },
  }
}

function checkEmbeddings(settings: Settings): Check {
  return {
    name: 'embeddings',
    async run() {
      const embeddings = await buildEmbeddings(settings.embeddings, settings.data, silentLog)
      const vector = await embeddings.embedQuery('a short question')
      return `${embeddings.name}, ${vector.length} dimensions`
    },
  }
}

function checkModel(settings: Settings): Check {
  return {
    name: 'model',
    async run() {
      const model = buildModel(currentChain(settings.model), {
        settings: settings.model,
        data: settings.data,
        log: silentLog,
      })
      if (!model.quotesOnly) await model.model.invoke('Reply with the word OK.', { timeout: TIMEOUT_MS })
      return model.quotesOnly ? `${model.name}: quotes the documentation, needs nothing` : `${model.name} answers`
    },
  }
}

async function ask(url: string, token: string | undefined, form?: URLSearchParams): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      ...(form ? { body: form } : {}),
    })
  } catch (error) {
    throw new LakedeskError(
      'CHANNEL_FAILED',
      `${new URL(url).origin} does not answer. Check the network and the proxy settings.`,
      error,
    )
  }
}

async function askSlack(settings: SlackSettings, method: string, token: string): Promise<Record<string, unknown>> {
  const response = await ask(new URL(method, settings.apiUrl).href, token)
  const body: unknown = await response.json().catch(() => ({}))
  const answer = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  if (answer.ok === true) return answer
  throw new LakedeskError(
    'CHANNEL_FAILED',
    `Slack refused ${method}: ${String(answer.error ?? response.status)}. Take a fresh token from the app's settings and set it again.`,
  )
}

function checkSlack(settings: SlackSettings): Check {
  return {
    name: 'slack',
    async run() {
      const who = await askSlack(settings, 'auth.test', settings.botToken.reveal())
      if (settings.receive.mode === 'socket')
        await askSlack(settings, 'apps.connections.open', settings.receive.appToken.reveal())
      return `${String(who.user)} in ${String(who.team)}, events over ${settings.receive.mode}`
    },
  }
}

function checkTeams(settings: TeamsSettings): Check {
  return {
    name: 'teams',
    async run() {
      if (settings.insecureLocal) return 'local run without token checks, for the Agents Playground'
      const tenant = settings.appType === 'SingleTenant' ? settings.tenantId : 'botframework.com'
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: settings.appId ?? '',
        client_secret: settings.appPassword?.reveal() ?? '',
        scope: 'https://api.botframework.com/.default',
      })
      const response = await ask(`https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`, undefined, form)
      if (response.ok) return `app ${settings.appId}, tenant ${tenant}`
      throw new LakedeskError(
        'CHANNEL_FAILED',
        `Microsoft Entra refused the credentials of app ${settings.appId} (HTTP ${response.status}). Check MicrosoftAppId, MicrosoftAppPassword and MicrosoftAppTenantId.`,
      )
    },
  }
}

async function listChecks(settings: Settings): Promise<Check[]> {
  return [
    checkNode(),
    checkData(settings),
    checkStore(settings),
    checkEmbeddings(settings),
    checkIndex(settings),
    ...(await databricksChecks(settings)),
    checkModel(settings),
    ...promotionChecks(settings),
    ...ticketChecks(settings),
    ...(settings.slack ? [checkSlack(settings.slack)] : []),
    ...(settings.teams ? [checkTeams(settings.teams)] : []),
  ]
}

/** The settings with the model that answers; null where it could not be looked up, which is said. */
async function tryToFindModel(settings: Settings, out: NodeJS.WritableStream): Promise<Settings | null> {
  const say = (message: string): void => void out.write(`note  ${message}\n`)
  try {
    return await findModel(settings, { ...silentLog, info: say, warn: say })
  } catch (error) {
    out.write(`FAIL  chat model: ${toLakedeskError(error).userMessage}\n`)
    return null
  }
}

/** Prints one line a check; resolves to true where all passed. Never rejects and never prints a secret. */
export async function doctor(env: NodeJS.ProcessEnv, out: NodeJS.WritableStream): Promise<boolean> {
  let settings: Settings
  try {
    settings = await readResolvedSettings(env)
    out.write('ok    configuration\n')
  } catch (error) {
    out.write(`FAIL  configuration: ${toLakedeskError(error).userMessage}\n`)
    return false
  }
  const found = await tryToFindModel(settings, out)
  let healthy = found !== null
  for (const check of await listChecks(found ?? settings)) {
    try {
      out.write(`ok    ${check.name}: ${await check.run()}\n`)
    } catch (error) {
      healthy = false
      out.write(`FAIL  ${check.name}: ${toLakedeskError(error).userMessage}\n`)
    }
  }
  if (!settings.slack && !settings.teams)
    out.write('note  no face is configured: chat and ask work, serve needs Slack or Teams\n')
  return healthy
}
