// Points the alias at the new version.
import type { Walk } from '../saga-walk.ts'
import { tellForeignAlias, tellVersion } from './look.ts'
import { noteTouched } from './touched.ts'

/** A sentence, and nothing written, where the alias is neither where it was nor where it goes. */
export async function moveAlias(walk: Walk): Promise<string | null> {
  const { registry, move, point, journal } = walk
  await walk.show(`Alias ${move.alias} to ${tellVersion(move.to)}`, 2)
  const found = await point('alias.read', () => registry.getAlias(move.model, move.alias))
  if (found === move.to && journal.touched.includes('alias')) return null
  if (found !== move.from) return tellForeignAlias(walk, found)
  await walk.save('alias.journal', 'alias', noteTouched(walk, 'alias'))
  await point('alias.write', () => registry.setAlias(move.model, move.alias, move.to))
  return null
}
