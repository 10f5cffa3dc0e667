// Reads the RAG chain of a registered version back.
import { LakedeskError } from '../../core/errors.ts'
import type { Registry } from '../../platform/ports/registry.ts'
import type { Artifacts } from '../../platform/ports/runs.ts'
import { parseRagChain, type RagChain } from '../chain.ts'
import { CHAIN_FILE } from './log-chain.ts'

function invalid(model: string, version: string, why: string, cause?: unknown): LakedeskError {
  return new LakedeskError(
    'CHAIN_INVALID',
    `Version ${version} of ${model} cannot answer, because ${why}. Register the chain again with lakedesk chain log and promote that version.`,
    cause,
  )
}

/**
 * The chain under the registry's version number, whatever number its file was logged with. Throws PLATFORM_NOT_FOUND where
 * there is no such version, CHAIN_INVALID where it holds no chain, PLATFORM_* where the platform fails.
 */
export async function loadChain(
  parts: { registry: Registry; artifacts: Artifacts },
  model: string,
  version: string,
): Promise<RagChain> {
  const found = await parts.registry.getVersion(model, version)
  if (!found) {
    throw new LakedeskError(
      'PLATFORM_NOT_FOUND',
      `There is no version ${version} of ${model}. Run lakedesk versions to see which there are.`,
    )
  }
  if (found.status !== 'READY') throw invalid(model, version, `it is ${found.status} in the registry`)
  if (found.runId === null) throw invalid(model, version, 'it was registered without a run, so there is no chain.json')
  const file = await parts.artifacts.read(found.runId, CHAIN_FILE)
  if (!file) throw invalid(model, version, `its run ${found.runId} holds no ${CHAIN_FILE}`)
  try {
    return parseRagChain({ ...JSON.parse(new TextDecoder().decode(file)), version })
  } catch (error) {
    const why = error instanceof LakedeskError ? error.userMessage : 'its chain.json is no JSON'
    throw invalid(model, version, why.replace(/\.$/, ''), error)
  }
}
