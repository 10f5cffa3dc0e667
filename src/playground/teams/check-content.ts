// What the Teams stand-in refuses of a message: size, cards, citations, entities; by Microsoft's names.
import { entitiesOf, isJson, type Json, Refused } from './refused.ts'

const MAX_BYTES = 100 * 1024
/** What Microsoft documents for a message with a card. */
const MAX_CARD_BYTES = 28 * 1024
const KNOWN_ELEMENTS =
  /^(TextBlock|FactSet|Table|Container|ActionSet|Input\.(Text|ChoiceSet)|Chart\.(Pie|Line|VerticalBar|VerticalBar\.Grouped|HorizontalBar))$/

function elementsOf(value: unknown): Json[] {
  if (!Array.isArray(value)) return []
  return value.filter(isJson).flatMap((element) => [element, ...elementsOf(element.items)])
}

/** Source: the Adaptive Cards schema 1.5, and "Charts in Adaptive Cards". */
function checkCard(card: Json): void {
  const bad = (why: string): never => {
    throw new Refused(400, 'BadSyntax', `Card: ${why}`)
  }
  if (Buffer.byteLength(JSON.stringify(card)) > MAX_CARD_BYTES)
    throw new Refused(413, 'MessageSizeTooBig', 'Card too large')
  const elements = elementsOf(card.body)
  const ids = elements.flatMap(({ id }) => (id === undefined ? [] : [id]))
  if (new Set(ids).size < ids.length) bad('two elements have one id')
  for (const element of elements) {
    const { type, choices, value } = element
    if (!KNOWN_ELEMENTS.test(String(type))) bad(`unknown element ${type}`)
    if (type === 'TextBlock' && typeof element.text !== 'string') bad('a TextBlock without text')
    if (String(type).startsWith('Chart.')) {
      const isData = Array.isArray(element.data) && element.data.length > 0
      if (!isData || !isJson(element.fallback)) bad('a chart without data or fallback')
    }
    if (type === 'Input.ChoiceSet') {
      const values = Array.isArray(choices) ? choices.filter(isJson).map((choice) => choice.value) : []
      if (value !== '' && !values.includes(value)) bad('a choice that is none')
    }
    const actions = Array.isArray(element.actions) ? element.actions.filter(isJson) : []
    for (const { type: kind, targetElements } of actions) {
      if (kind !== 'Action.ToggleVisibility') continue
      if (!Array.isArray(targetElements) || targetElements.some((id) => !ids.includes(id))) bad('toggles nothing')
    }
  }
}

function checkAttachments(activity: Json): void {
  for (const attachment of Array.isArray(activity.attachments) ? activity.attachments.filter(isJson) : []) {
    const { contentType, content, name } = attachment
    if (contentType === 'application/vnd.microsoft.card.adaptive' && isJson(content)) checkCard(content)
    if (contentType !== 'application/vnd.microsoft.teams.card.file.consent') continue
    const isOffer = isJson(content) && isJson(content.acceptContext) && Number(content.sizeInBytes) > 0
    if (!isOffer || typeof name !== 'string') throw new Refused(400, 'BadSyntax', 'Bad file consent card')
  }
}

/** Source: "Format your bot messages" (size) and "Bot messages with AI-generated content" (one root entity, 20 citations). */
export function checkContent(activity: Json): void {
  checkAttachments(activity)
  if (JSON.stringify(activity).length * 2 > MAX_BYTES)
    throw new Refused(413, 'MessageSizeTooBig', 'Message size too large')
  const roots = entitiesOf(activity).filter((entity) => entity.type === 'https://schema.org/Message')
  if (roots.length > 1) throw new Refused(400, 'BadSyntax', 'More than one root message entity')
  const citations = Array.isArray(roots[0]?.citation) ? roots[0].citation.filter(isJson) : []
  if (citations.length > 20) throw new Refused(400, 'BadSyntax', 'More than 20 citations')
  for (const citation of citations) {
    const { name, abstract, url } = isJson(citation.appearance) ? citation.appearance : {}
    if (typeof name !== 'string' || name === '' || name.length > 80)
      throw new Refused(400, 'BadSyntax', 'Bad citation name')
    if (typeof abstract !== 'string' || abstract.length > 160)
      throw new Refused(400, 'BadSyntax', 'Bad citation abstract')
    if (url !== undefined && !/^https?:/.test(String(url))) throw new Refused(400, 'BadSyntax', 'Bad citation url')
  }
}
