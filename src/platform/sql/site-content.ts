// Which arguments of an AI function are its content: they are told as text, whatever their type.

import { isTextNode } from './duck-kinds.ts'
import type { AiSite } from './statement.ts'
import { bodyOf, nameOf, type SqlNode, walk } from './tree.ts'

/** Of the parameters that are told as text. */
const CONTENT_NAMES = new Set(['content', 'prompt', 'request', 'expr1', 'expr2'])

/** True for the content where it is not surely a text already. `place` counts from 0. */
export function mustBeText(site: AiSite, argument: SqlNode, place: number): boolean {
  const named = bodyOf(argument, 'named_argument')
  const isTold = named ? CONTENT_NAMES.has(nameOf(named.name)?.toLowerCase() ?? '') : isContent(site, place)
  return isTold && mayBeNoText(named?.value ?? argument)
}

function isContent(site: AiSite, place: number): boolean {
  if (site.function === 'ai_query') return place === 1
  return place === 0 || (site.function === 'ai_similarity' && place === 1)
}

/** Rows that are taken apart may not stand in a CASE, and parameters have no type of their own. */
function mayBeNoText(node: unknown): boolean {
  if (isTextNode(node) || bodyOf(node, 'parameter') || bodyOf(node, 'j_s_o_n_extract')) return false
  return ![...walk(node)].some((part) => 'explode' in part || 'explode_outer' in part)
}
