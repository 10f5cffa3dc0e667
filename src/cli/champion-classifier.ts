// The promoted version of the ticket classifier, for whoever answers ai_classify: looked up for each statement, loaded once.
import type { Settings } from '../config/settings.ts'
import { LakedeskError, toLakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { ChampionClassifier, ChampionSource } from '../platform/offline/ai/champion.ts'
import { toModelPolicies } from '../promotion/model-policies.ts'
import type { Policy } from '../promotion/policy.ts'
import { type BuiltPlatform, buildPlatform } from './build-platform.ts'
import { loadPolicy } from './load-policy.ts'

export interface ChampionParts {
  settings: Settings
  policy: Policy
  built: Pick<BuiltPlatform, 'platform' | 'classifierOf' | 'embeddedServing'>
  log: Log
}

/** How long a look across the network is remembered; the embedded registry is read for each statement. */
const REMEMBER_MS = 15_000

/** The alias that the policy has for the ticket classifier. */
function aliasOf({ settings, policy }: Pick<ChampionParts, 'settings' | 'policy'>): { model: string; alias: string } {
  const { classifier } = settings.training
  const own = toModelPolicies(policy, classifier).find(({ model }) => model.toLowerCase() === classifier.toLowerCase())
  return own ? { model: own.model, alias: own.alias } : { model: classifier, alias: 'Champion' }
}

/** Null where no version is promoted. Throws CLASSIFIER_INVALID, PLATFORM_*. */
export async function loadChampion(parts: ChampionParts): Promise<(ChampionClassifier & { alias: string }) | null> {
  const { model, alias } = aliasOf(parts)
  const version = await parts.built.platform.registry.getAlias(model, alias)
  if (version === null) return null
  return { model, alias, version, classifier: await parts.built.classifierOf(version, model) }
}

/** Never rejects: where the promoted version cannot be used, the rules answer, the log says why, and so does the name of what answers. */
export function createChampionSource(parts: ChampionParts): ChampionSource {
  const { log, built } = parts
  const { model } = aliasOf(parts)
  let last: ChampionClassifier | null = null
  let told = ''
  const look = async (): Promise<ChampionClassifier | null> => {
    try {
      last = await loadChampion(parts)
      told = ''
      return last
    } catch (error) {
      const { userMessage } = toLakedeskError(error)
      const unreachable = error instanceof LakedeskError && error.code === 'PLATFORM_UNREACHABLE'
      const goesOn = unreachable && last !== null
      if (told !== userMessage)
        log.warn(`ai_classify answers ${goesOn ? 'with the version known last' : 'by the rules'}: ${userMessage}`, {
          model,
          cause: error,
        })
      told = userMessage
      if (goesOn) return last
      return { model, version: await versionOf(parts), classifier: null }
    }
  }
  let looked: { at: number; champion: Promise<ChampionClassifier | null> } | null = null
  return () => {
    if (built.embeddedServing) return look()
    if (looked === null || performance.now() - looked.at > REMEMBER_MS)
      looked = { at: performance.now(), champion: look() }
    return looked.champion
  }
}

/** `?` where not even that can be looked up. */
async function versionOf(parts: ChampionParts): Promise<string> {
  const { model, alias } = aliasOf(parts)
  const version = await parts.built.platform.registry.getAlias(model, alias).catch(() => null)
  return version ?? '?'
}

export interface OwnChampion {
  parts: ChampionParts
  close(): Promise<void>
}

/** Over a platform of its own, which is only read: for commands that have none. Throws POLICY_INVALID. */
export function openOwnChampion(settings: Settings, log: Log): OwnChampion {
  const policy = loadPolicy(settings.policy)
  const buildAgent = (): never => {
    throw new Error('Nobody asks a chain here.')
  }
  const built = buildPlatform({ settings, policy, log, readOnly: true, buildAgent })
  return { parts: { settings, policy, built, log }, close: () => built.platform.close() }
}
