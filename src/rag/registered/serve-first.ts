// Puts the very first version to work: where nothing is Champion and no endpoint exists, there is nobody to ask.
import { setTimeout as sleep } from 'node:timers/promises'

import type { Registry } from '../../platform/ports/registry.ts'
import type { Artifacts, Runs } from '../../platform/ports/runs.ts'
import type { EndpointConfig, Serving } from '../../platform/ports/serving.ts'
import type { RagChain } from '../chain.ts'
import { loadChain } from './load-chain.ts'
import { logChain } from './log-chain.ts'

export interface FirstVersion {
  registry: Registry
  serving: Serving
  model: string
  alias: string
  endpoint: string
}

/** Name of a version's entity on the endpoint, as Databricks forms it: last part of the model and the version. */
export function toEntityName(model: string, version: string): string {
  const last = model.split('.').at(-1) ?? model
  return `${last.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 50)}-${version}`
}

/**
 * Creates the endpoint with this version and points the alias at it, but only where neither is there: anything that serves
 * already is changed by a promotion alone. True where it did. Safe to call again after a crash.
 */
export async function serveFirst(version: string, first: FirstVersion): Promise<boolean> {
  const { registry, serving, model, alias, endpoint } = first
  const [champion, found] = await Promise.all([registry.getAlias(model, alias), serving.describe(endpoint)])
  if (champion !== null && champion !== version) return false
  if (found) return false
  if (champion === null) await registry.setAlias(model, alias, version)
  await serving.create(endpoint, toOnlyConfig(model, version))
  return true
}

function toOnlyConfig(model: string, version: string): EndpointConfig {
  const name = toEntityName(model, version)
  return { entities: [{ name, model, version, settings: {} }], routes: [{ entity: name, percentage: 100 }] }
}

/**
 * True where Lakedesk still answers with the version it began with, and the settings have named another model since: nobody has
 * registered or promoted anything, so following the settings is what is meant.
 */
export async function isOutgrown(
  current: RagChain,
  { registry, artifacts, model }: { registry: Registry; artifacts: Artifacts; model: string },
): Promise<boolean> {
  const [only, ...others] = await registry.listVersions(model)
  if (!only || others.length > 0) return false
  const { generationModel } = await loadChain({ registry, artifacts }, model, only.version)
  return generationModel !== current.generationModel
}

/**
 * Begins a registry that belongs to Lakedesk alone: registers the current chain and serves it. Where it began earlier with another
 * model, and nothing was registered since, the current chain takes its place. Returns the version that was put to work; null
 * where nothing had to be done.
 */
export async function beginRegistry(
  current: RagChain,
  first: FirstVersion & { runs: Runs; experiment: string },
): Promise<string | null> {
  const { registry, serving, runs, model, alias, endpoint, experiment } = first
  const versions = await registry.listVersions(model)
  const log = async () => (await logChain({ model, chain: current }, { registry, runs, experiment })).version
  if (versions.length === 0 || (versions.length === 1 && (await registry.getAlias(model, alias)) === null)) {
    const version = versions[0]?.version ?? (await log())
    return (await serveFirst(version, first)) ? version : null
  }
  if (!(await isOutgrown(current, { registry, artifacts: runs.artifacts, model }))) return null
  const version = await log()
  await registry.setAlias(model, alias, version)
  await serving.updateConfig(endpoint, toOnlyConfig(model, version))
  return version
}

const MOST_LOOKS = 50
const LOOK_EVERY_MS = 100

/** The embedded endpoint moves on with every look; a load that takes longer than 5 seconds goes on by itself. */
export async function untilServed(serving: Serving, endpoint: string): Promise<void> {
  for (let look = 0; look < MOST_LOOKS; look++) {
    if ((await serving.describe(endpoint))?.update !== 'IN_PROGRESS') return
    await sleep(LOOK_EVERY_MS)
  }
}
