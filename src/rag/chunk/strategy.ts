// The ways to cut a page into chunks, as named and versioned values.
import { LakedeskError } from '../../core/errors.ts'

/** Cuts at headings and blocks. Sizes are characters of Markdown. */
export interface StructureStrategy {
  readonly name: 'structure'
  readonly version: string
  /** A chunk is closed before it grows over this. */
  readonly target: number
  /** No chunk is longer; blocks up to this size stay whole. */
  readonly max: number
  /** A section below this is joined with its neighbour. */
  readonly min: number
}

/** Overlapping windows of a fixed number of characters (code points). */
export interface WindowStrategy {
  readonly name: 'window'
  readonly version: string
  readonly size: number
  readonly overlap: number
}

export type ChunkStrategy = StructureStrategy | WindowStrategy

/** 1,100 characters of English are about 250 tokens: what the small embedding models read. */
export const STRUCTURE: StructureStrategy = Object.freeze({
  name: 'structure',
  version: '1',
  target: 1_100,
  max: 1_800,
  min: 350,
})

export const WINDOW: WindowStrategy = Object.freeze({ name: 'window', version: '1', size: 512, overlap: 64 })

export const STRATEGIES: readonly ChunkStrategy[] = [STRUCTURE, WINDOW]

/** Throws CONFIG_INVALID for a name that no strategy has. */
export function parseStrategy(name: string): ChunkStrategy {
  const found = STRATEGIES.find((strategy) => strategy.name === name)
  if (found) return found
  const names = STRATEGIES.map((strategy) => strategy.name).join(' or ')
  throw new LakedeskError('CONFIG_INVALID', `There is no chunking strategy "${name}". Use ${names}.`)
}

/** Name and version, such as "structure@1": part of every chunk id and content hash. */
export function describeStrategy(strategy: ChunkStrategy): string {
  return `${strategy.name}@${strategy.version}`
}
