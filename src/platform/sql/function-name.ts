// The name under which a node of the tree calls a function.
import { TYPED_FUNCTIONS, TYPED_NAMES } from './allowed-nodes.ts'
import { nameOf } from './tree.ts'

/** Name of the function in small letters; null where the node is none. */
export function functionName(kind: string, body: unknown): string | null {
  if (kind === 'function' || kind === 'aggregate_function') return nameOf(body)?.toLowerCase() ?? null
  if (kind in TYPED_FUNCTIONS) return TYPED_NAMES[kind] ?? kind
  return null
}
