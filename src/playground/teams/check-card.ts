// What the Teams stand-in refuses of an Adaptive Card: what its schema does not know, its size, and ids that clash.
import { cardSchema } from './card-schema.ts'
import { badSyntax, isJson, type Json, listOf, Refused } from './refused.ts'

/** Bytes of a card as JSON: what Microsoft documents for a message with a card. */
export const MAX_CARD_BYTES = 28 * 1024

interface Found {
  elements: Json[]
  actions: Json[]
}

/** Everything in a card, fallbacks left out: they are shown instead of, not beside, their element. */
function walk(node: unknown, found: Found): void {
  if (Array.isArray(node)) for (const one of node) walk(one, found)
  if (!isJson(node)) return
  const type = String(node.type ?? '')
  if (type.startsWith('Action.')) found.actions.push(node)
  else if (type !== '') found.elements.push(node)
  for (const [key, value] of Object.entries(node)) {
    if (key !== 'fallback' && key !== 'data' && typeof value === 'object') walk(value, found)
  }
}

/** The innermost thing that is wrong, as `body.0.items.2 (FactSet): ...`. */
function sayWhat(card: Json, issue: { path: PropertyKey[]; message: string }): string {
  const at = issue.path.reduce<unknown>(
    (node, key) => (isJson(node) || Array.isArray(node) ? Reflect.get(node, key) : undefined),
    card,
  )
  const type = isJson(at) && typeof at.type === 'string' ? ` (${at.type})` : ''
  return `${issue.path.join('.') || 'card'}${type}: ${issue.message}`
}

function checkChoice({ choices, value, isMultiSelect }: Json): void {
  if (value === undefined || value === '') return
  const values = listOf(choices).map((choice) => choice.value)
  const given = isMultiSelect === true ? String(value).split(',') : [value]
  if (given.some((one) => !values.includes(one))) throw badSyntax('Card: a choice that is none')
}

/** Source: the Adaptive Cards schema 1.5, and "Charts in Adaptive Cards". Throws Refused. */
export function checkCard(card: Json): void {
  if (Buffer.byteLength(JSON.stringify(card)) > MAX_CARD_BYTES)
    throw new Refused(413, 'MessageSizeTooBig', 'Card too large')
  const parsed = cardSchema.safeParse(card)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw badSyntax(`Card: ${issue ? sayWhat(card, issue) : 'it is none'}`)
  }
  const found: Found = { elements: [], actions: [] }
  walk([card.body, card.actions], found)
  const ids = found.elements.flatMap(({ id }) => (id === undefined ? [] : [String(id)]))
  if (new Set(ids).size < ids.length) throw badSyntax('Card: two elements have one id')
  for (const element of found.elements) {
    if (element.type === 'Input.ChoiceSet') checkChoice(element)
    if (element.type !== 'Table') continue
    const width = listOf(element.columns).length
    if (listOf(element.rows).some(({ cells }) => listOf(cells).length !== width))
      throw badSyntax('Card: a row of a table with more or fewer cells than columns')
  }
  for (const { targetElements } of found.actions) {
    const targets: unknown[] = Array.isArray(targetElements) ? targetElements : []
    const missing = targets.map((one) => String(isJson(one) ? one.elementId : one)).find((id) => !ids.includes(id))
    if (missing !== undefined) throw badSyntax('Card: toggles nothing')
  }
}
