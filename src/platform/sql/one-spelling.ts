// Parameters are one whatever the letters they are written in: `:p` and `:P` get the same value.
import { bodyOf, isRecord, mapTree, type SqlNode } from './tree.ts'

/** Every marker in the spelling of the value that was given for it, or else in that of the first marker. */
export function spellParameters(tree: SqlNode, given: readonly string[]): SqlNode {
  const spellings = new Map(given.map((name) => [name.toLowerCase(), name]))
  const spelled = mapTree(tree, (node) => {
    const body = bodyOf(node, 'parameter')
    if (typeof body?.name !== 'string') return node
    const own = given.includes(body.name) ? body.name : (spellings.get(body.name.toLowerCase()) ?? body.name)
    if (!spellings.has(own.toLowerCase())) spellings.set(own.toLowerCase(), own)
    return { parameter: { ...body, name: own } }
  })
  return isRecord(spelled) ? spelled : tree
}
