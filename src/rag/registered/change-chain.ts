// Changes single settings of a chain from the command line: `retrieval.numResults=1`.
import { LakedeskError } from '../../core/errors.ts'
import { parseRagChain, type RagChain } from '../chain.ts'

/** Settings that may be changed by name; the prompt comes from a file, the version from the registry. */
export const CHANGEABLE = [
  'name',
  'generationModel',
  'temperature',
  'maxTokens',
  'retrieval.index',
  'retrieval.numResults',
  'retrieval.queryType',
  'retrieval.columns',
  'retrieval.filters',
  'retrieval.scoreThreshold',
] as const

function wrong(pair: string, why: string): LakedeskError {
  return new LakedeskError(
    'CONFIG_INVALID',
    `--set ${pair} cannot be used: ${why} The settings are ${CHANGEABLE.join(', ')}; write them as retrieval.numResults=3.`,
  )
}

/** Numbers, lists and objects as JSON; anything else is the text itself. */
function readValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Throws CONFIG_INVALID for a setting that does not exist or a value that it cannot have. */
export function changeChain(chain: RagChain, pairs: readonly string[], systemPrompt?: string): RagChain {
  const changed: Record<string, unknown> = { ...chain, ...(systemPrompt === undefined ? {} : { systemPrompt }) }
  const retrieval: Record<string, unknown> = { ...chain.retrieval }
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    const name = pair.slice(0, at).trim()
    if (at < 1) throw wrong(pair, 'it has no "=".')
    if (!CHANGEABLE.some((known) => known === name)) throw wrong(pair, `there is no setting ${name}.`)
    const value = readValue(pair.slice(at + 1).trim())
    if (name.startsWith('retrieval.')) retrieval[name.slice('retrieval.'.length)] = value
    else changed[name] = value
  }
  return parseRagChain({ ...changed, retrieval })
}
