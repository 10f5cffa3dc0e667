// Answers with the version that the serving endpoint pins, so that a promotion changes how the bot answers.
import { createHash } from 'node:crypto'
import type { Log } from '../core/log.ts'
import type { Endpoint, Serving } from '../platform/ports/serving.ts'
import type { AnswerAgent } from './answer.ts'

export interface ServedAgentParts {
  serving: Pick<Serving, 'describe'>
  endpoint: string
  /** Registered model whose versions are RAG chains; entities of other models are passed over. */
  model: string
  /** Builds the agent of a version; called again for one that was not asked for a while. */
  agentFor(version: string): Promise<AnswerAgent>
  /** Answers while no endpoint serves a version of the model. */
  fallback: AnswerAgent
  log: Log
  /** Milliseconds for which an endpoint's config may be remembered; 0 reads it for each question. */
  rememberMs: number
  now?: () => number
}

/** Versions whose agents are kept ready: both sides of a canary, and what was in charge before. */
const MOST_AGENTS = 4

/** A number from 0 to 99 that a thread keeps, so that a conversation stays with one side of a canary. */
function toBucket(thread: string): number {
  return createHash('sha256').update(thread).digest().readUInt32BE(0) % 100
}

/** The version that answers this thread under the endpoint's traffic split; null where it serves none of the model. */
export function pickVersion(endpoint: Endpoint | null, model: string, thread: string): string | null {
  const entities = endpoint?.config?.entities.filter((entity) => entity.model === model) ?? []
  const routes = (endpoint?.config?.routes ?? []).flatMap(({ entity, percentage }) => {
    const found = entities.find(({ name }) => name === entity)
    return found && percentage > 0 ? [{ version: found.version, percentage }] : []
  })
  const total = routes.reduce((sum, { percentage }) => sum + percentage, 0)
  let left = (toBucket(thread) * total) / 100
  for (const { version, percentage } of routes) {
    if (left < percentage) return version
    left -= percentage
  }
  return routes.at(-1)?.version ?? null
}

/**
 * A platform that does not answer for a while must not silence the bot: the last known config goes on, then the last version
 * that could be built, then the fallback. The footer names the version that really answered.
 */
export function createServedAgent(parts: ServedAgentParts): AnswerAgent {
  const { log, now = Date.now } = parts
  const agents = new Map<string, Promise<AnswerAgent>>()
  let known: { endpoint: Endpoint | null; at: number } | null = null
  let lastGood: AnswerAgent | null = null

  async function describe(): Promise<Endpoint | null> {
    if (known && now() - known.at < parts.rememberMs) return known.endpoint
    try {
      known = { endpoint: await parts.serving.describe(parts.endpoint), at: now() }
    } catch (error) {
      log.warn('The endpoint could not be read, so the last known version answers', { cause: error })
    }
    return known?.endpoint ?? null
  }

  function agentFor(version: string): Promise<AnswerAgent> {
    const built = agents.get(version) ?? parts.agentFor(version)
    // Last in the map is what was asked last.
    agents.delete(version)
    agents.set(version, built)
    const [oldest] = agents.keys()
    if (agents.size > MOST_AGENTS && oldest !== undefined) agents.delete(oldest)
    // A failure is not kept: the next question tries again.
    built.catch(() => void (agents.get(version) === built && agents.delete(version)))
    return built
  }

  async function choose(thread: string): Promise<AnswerAgent> {
    const version = pickVersion(await describe(), parts.model, thread)
    if (version === null) return parts.fallback
    try {
      lastGood = await agentFor(version)
    } catch (error) {
      log.error('The served version could not be loaded, so another one answers', { version, cause: error })
    }
    return lastGood ?? parts.fallback
  }

  return {
    async answer(question, onEvent) {
      return (await choose(question.thread)).answer(question, onEvent)
    },
  }
}
