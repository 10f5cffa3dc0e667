// Versions as people and models write them, looked up in the registry.
import { z } from 'zod'
import type { ModelVersion, Registry } from '../platform/ports/registry.ts'
import { parseVersion } from '../promotion/plan-promotion-version.ts'

export const versionText = z.string().trim().min(1, 'write a version such as v3').max(40, 'write a version such as v3')

export type FoundVersion = { kind: 'version'; version: ModelVersion } | { kind: 'refused'; why: string }

export interface VersionParts {
  registry: Pick<Registry, 'getVersion' | 'listVersions' | 'getAlias'>
  /** Registered model. */
  model: string
  alias: string
}

/** `v3`, `3`, or `champion` for the version that the alias points at. Throws PLATFORM_*. */
export async function findVersion(text: string, { registry, model, alias }: VersionParts): Promise<FoundVersion> {
  const isAlias = text.trim().toLowerCase() === alias.toLowerCase()
  const number = isAlias ? await registry.getAlias(model, alias) : parseVersion(text)
  if (isAlias && number === null) {
    return {
      kind: 'refused',
      why: `${model} has no ${alias} yet. Name a version, such as v3. \`versions\` lists them.`,
    }
  }
  if (number === null) {
    const shown = text.replace(/[^\p{L}\p{N} ._-]/gu, '').slice(0, 40)
    return { kind: 'refused', why: `“${shown}” is no version. Write a number, such as v3. \`versions\` lists them.` }
  }
  const version = await registry.getVersion(model, number)
  if (version) return { kind: 'version', version }
  const known = await registry.listVersions(model)
  const list =
    known.length === 0
      ? 'It has no versions yet.'
      : `There are ${known
          .slice(0, 8)
          .map((each) => `v${each.version}`)
          .join(', ')}${known.length > 8 ? ' and older ones' : ''}.`
  return { kind: 'refused', why: `There is no version v${number} of ${model}. ${list}` }
}

/** True where the text reads as a version, so that a command can be told from a question that begins like one. */
export function isVersionText(text: string, alias: string): boolean {
  return parseVersion(text) !== null || text.toLowerCase() === alias.toLowerCase()
}
