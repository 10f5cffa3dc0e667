// `lakedesk chain`: registers the current chain as a version, and shows the chain of a version.
import { readFileSync } from 'node:fs'
import type { Settings } from '../config/settings.ts'
import { LakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { VectorIndex } from '../platform/ports/vector-index.ts'
import { changeChain } from '../rag/registered/change-chain.ts'
import { logChain } from '../rag/registered/log-chain.ts'
import { beginRegistry, serveFirst, untilServed } from '../rag/registered/serve-first.ts'
import { buildPlainAgent } from './build-agents.ts'
import { currentChain } from './build-models.ts'
import { type BuiltPlatform, buildPlatform, CHAINS_EXPERIMENT } from './build-platform.ts'
import type { Terminal } from './ingest.ts'
import { loadPolicy } from './load-policy.ts'
import { openIndex } from './open-index.ts'
import { userName } from './user-name.ts'

export interface ChainLogOptions {
  /** Version to start from; the built-in chain with the model of the settings where none is given. */
  from?: string
  prompt?: string
  set: readonly string[]
  description?: string
}

function readPrompt(path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    throw new LakedeskError('SOURCE_MISSING', `The prompt ${path} cannot be read. Check the path.`, error)
  }
}

const toNumber = (version: string): string => version.replace(/^v/i, '')

/** An index is opened read-only: a version is only ever loaded here, never asked. */
async function withPlatform<T>(
  settings: Settings,
  log: Log,
  work: (built: BuiltPlatform, index: VectorIndex) => Promise<T>,
): Promise<T> {
  const index = await openIndex(settings, log, true)
  const built = buildPlatform({
    settings,
    policy: loadPolicy(settings.policy),
    log,
    buildAgent: (chain) => buildPlainAgent(chain, { settings, index, log }),
  })
  try {
    return await work(built, index)
  } finally {
    await built.platform.close()
    await index.close()
  }
}

export async function chainLog(
  options: ChainLogOptions,
  settings: Settings,
  log: Log,
  terminal: Terminal = process,
): Promise<void> {
  const { model, alias, endpoint } = loadPolicy(settings.policy)
  await withPlatform(settings, log, async ({ platform, embeddedServing, chainOf }) => {
    const first = { ...platform, model, alias, endpoint }
    if (settings.platform.kind === 'local') {
      const current = currentChain(settings.model)
      const begun = await beginRegistry(current, { ...first, experiment: CHAINS_EXPERIMENT })
      if (begun !== null) {
        await untilServed(platform.serving, endpoint)
        terminal.stdout.write(`The built-in chain is ${model} v${begun}: it answers, and is ${alias}.\n`)
      }
    }
    const base = options.from ? await chainOf(toNumber(options.from)) : currentChain(settings.model)
    const chain = changeChain(base, options.set, readPrompt(options.prompt))
    const input = { model, chain, ...(options.description ? { description: options.description } : {}) }
    const version = await logChain(input, { ...platform, experiment: CHAINS_EXPERIMENT, user: userName() })
    terminal.stdout.write(`Registered ${model} v${version.version} (run ${version.runId}).\n`)
    if (embeddedServing && (await serveFirst(version.version, first))) {
      await untilServed(platform.serving, endpoint)
      terminal.stdout.write(`Nothing was served yet, so ${endpoint} answers with it now, and it is ${alias}.\n`)
    } else {
      terminal.stdout.write(`Next: lakedesk evaluate v${version.version}, then lakedesk promote v${version.version}\n`)
    }
  })
}

/** As JSON: what `chain log` would register, or the chain of a version. */
export async function chainShow(
  version: string | undefined,
  settings: Settings,
  log: Log,
  terminal: Terminal = process,
): Promise<void> {
  const chain =
    version === undefined
      ? currentChain(settings.model)
      : await withPlatform(settings, log, ({ chainOf }) => chainOf(toNumber(version)))
  terminal.stdout.write(`${JSON.stringify(chain, null, 2)}\n`)
}
