// Registers a RAG chain as a new version: a run with its settings, prompt, config and signature, and the version on top.
import { LakedeskError } from '../../core/errors.ts'
import type { ModelVersion, Registry } from '../../platform/ports/registry.ts'
import type { Runs } from '../../platform/ports/runs.ts'
import { parseRagChain, type RagChain } from '../chain.ts'

/** Folder of the chain's files among the artifacts of its run. */
export const CHAIN_FOLDER = 'chain'
export const CHAIN_FILE = `${CHAIN_FOLDER}/chain.json`
export const PROMPT_FILE = 'prompt_template.txt'

/** MLflow's model signature: the seed's `dataframe_records: [{question}]` in, `predictions: [{answer}]` out. */
export const SIGNATURE = {
  inputs: [{ type: 'string', name: 'question', required: true }],
  outputs: [{ type: 'string', name: 'answer', required: true }],
} as const

export interface LogChainParts {
  registry: Registry
  runs: Runs
  /** Experiment that the runs of registered chains go to. */
  experiment: string
  /** Who registers it, as MLflow shows it on the run. */
  user?: string
}

export interface LogChainInput {
  model: string
  chain: RagChain
  description?: string
}

/** The chain's settings as MLflow params: one flat key per setting, the prompt left to its own file. */
export function toChainParams(chain: RagChain): Record<string, string> {
  const { retrieval } = chain
  return {
    chain: chain.name,
    generation_model: chain.generationModel,
    temperature: String(chain.temperature),
    max_tokens: String(chain.maxTokens),
    'retrieval.index': retrieval.index,
    'retrieval.num_results': String(retrieval.numResults),
    'retrieval.query_type': retrieval.queryType,
    'retrieval.score_threshold': String(retrieval.scoreThreshold),
    ...(retrieval.filters ? { 'retrieval.filters': JSON.stringify(retrieval.filters) } : {}),
  }
}

/** MLflow's model description file. Its flavor is our own: the files say how to answer, and Lakedesk is what answers. */
function toModelFile(runId: string): string {
  const column = (side: readonly object[]) => JSON.stringify(JSON.stringify(side))
  return [
    `artifact_path: ${CHAIN_FOLDER}`,
    'flavors:',
    '  lakedesk_rag_chain:',
    '    chain: chain.json',
    `run_id: ${runId}`,
    'signature:',
    `  inputs: ${column(SIGNATURE.inputs)}`,
    `  outputs: ${column(SIGNATURE.outputs)}`,
    '  params: null',
    `utc_time_created: '${new Date().toISOString().replace('T', ' ').replace('Z', '')}'`,
    '',
  ].join('\n')
}

/**
 * Throws CHAIN_INVALID for a chain that could not be run, PLATFORM_* where the platform fails: a run that is not whole is
 * then marked FAILED, and no version exists.
 */
export async function logChain(input: LogChainInput, parts: LogChainParts): Promise<ModelVersion> {
  const chain = parseRagChain(input.chain)
  const { runs, registry } = parts
  const experimentId = await runs.ensureExperiment(parts.experiment)
  const tags = { 'lakedesk.chain': chain.name, ...(parts.user ? { 'mlflow.user': parts.user } : {}) }
  const run = await runs.createRun({ experimentId, name: `${chain.name}-chain`, tags })
  try {
    await runs.logBatch(run.runId, { params: toChainParams(chain) })
    await runs.artifacts.put(run.runId, PROMPT_FILE, chain.systemPrompt)
    await runs.artifacts.put(run.runId, CHAIN_FILE, `${JSON.stringify(chain, null, 2)}\n`)
    await runs.artifacts.put(run.runId, `${CHAIN_FOLDER}/MLmodel`, toModelFile(run.runId))
    await runs.finishRun(run.runId, 'FINISHED')
  } catch (error) {
    await runs.finishRun(run.runId, 'FAILED').catch((second: unknown) => {
      throw new LakedeskError('PLATFORM_FAILED', toLost(run.runId), new AggregateError([error, second]))
    })
    throw error
  }
  // The run is whole by now: where the platform takes versions only from elsewhere, they are registered from it.
  return registry.createVersion({
    model: input.model,
    source: `runs:/${run.runId}/${CHAIN_FOLDER}`,
    runId: run.runId,
    ...(input.description ? { description: input.description } : {}),
  })
}

function toLost(runId: string): string {
  return `The chain was not registered, and its run ${runId} could not be closed either. Nothing answers with it; run lakedesk chain log again.`
}
