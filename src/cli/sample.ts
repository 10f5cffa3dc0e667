// The sample documentation: brought in by `chat --sample`, and taken out again when somebody ingests their own.
import { realpathSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LakedeskError } from '../core/errors.ts'
import type { VectorIndex } from '../platform/ports/vector-index.ts'

/** Documents of the index, none where there is no index yet. */
export async function listIfAny(index: VectorIndex, source?: string): Promise<string[]> {
  try {
    return [...(await index.listDocuments(source)).keys()]
  } catch (error) {
    if (error instanceof LakedeskError && error.code === 'INDEX_MISSING') return []
    throw error
  }
}

export const sampleFolder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'examples', 'tallyport')

export function samplePath(): string {
  return realpathSync(join(sampleFolder, 'docs'))
}

/** The plan of the tickets goes with the sample tickets. */
export const sampleTicketPlanPath = join(sampleFolder, 'tickets.json')

/** Thirteen nights of the nightly report, recorded by evaluating the sample. */
export const sampleNightsPath = join(sampleFolder, 'nights.json')

export function samplePolicyPath(): string {
  return join(sampleFolder, 'policy.json')
}

/** True where syncing this path brings in the sample, or a part of it. */
export function holdsSample(path: string): boolean {
  const real = realpathSync(path)
  const sample = samplePath()
  return real === sample || real.startsWith(sample + sep) || sample.startsWith(real + sep)
}

/** True where the index holds documentation that is not the sample. */
export async function holdsOwnDocuments(index: VectorIndex): Promise<boolean> {
  const all = await listIfAny(index)
  if (all.length === 0) return false
  return all.length > (await listIfAny(index, samplePath())).length
}

/** Removes the sample, so that it does not answer among somebody's own pages; returns how many pages it had. */
export async function removeSample(index: VectorIndex): Promise<number> {
  const ids = await listIfAny(index, samplePath())
  if (ids.length > 0) await index.remove(ids)
  return ids.length
}
