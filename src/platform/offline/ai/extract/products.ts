// Finds names of products and of their parts: known ones, phrases that end in such a part, and capitalised names.
import { type Finder, type Found, ranked } from './found.ts'

/** Parts that software and devices are made of: the last word of many product names. */
const HEADS =
  'connector|plugin|plug-in|integration|api|sdk|cli|app|agent|portal|dashboard|station|page|export|exporter|import|importer|webhooks?(?: v\\d)?|rules|log|provisioning|sign-on|extension|module|client|driver|firmware|editor|console|gateway|widget|add-on|addon|scanner|printer|router|tracker|builder|designer|engine|server|hub|suite|studio|cloud|desktop|mobile|pro|scan'
const WORD = "[\\p{L}\\d][\\p{L}\\d'’+.&-]{0,30}"
const HEADED = new RegExp(`(?<![\\w-])((?:${WORD} ){1,4})(${HEADS})(?![\\w-]|\\.\\w)`, 'giu')
const HEAD = new RegExp(`^(?:${HEADS})$`, 'i')
/** What crashes, stops or is updated, where the name alone shows that it is one: CloudSync, Photoshop 2024. */
const TROUBLED =
  /(?<![\p{L}\d.@/_-])(\p{Lu}\p{Ll}{1,20}\p{Lu}\p{L}{1,20}|\p{Lu}\p{L}{2,20} (?:20\d\d|\d{1,2}(?:\.\d{1,3})?))(?= (?:crashe[sd]|fails|failed|freezes|hangs|won't|does not|doesn't|can't|cannot|is (?:slow|down|broken|unreachable|offline)|stopped|stops|throws|keeps|to v?\d|v?\d+\.\d))/gu
const ALONE = /(?<![\w-])(webhooks(?: v\d)?)(?![\w-])/giu
/** Capitalised names behind words that stand before things and not before people. */
const CAPITALISED =
  /(?<=\b(?:[Tt]he|[Oo]ur|[Yy]our) )(\p{Lu}[\p{L}\d]{1,30}(?:[ -](?:\p{Lu}[\p{L}\d]{1,30}|\d{1,3}(?:\.\d)?)){0,3})(?![\p{L}\d@-])/gu
const MODEL = /(?<![\p{L}\d.@/_-])(\p{Lu}[\p{L}]{2,20} (?:[A-Z]{1,3}\d{2,4}[a-z]?))(?![\p{L}\d@_-])/gu
/** Words before a part that do not belong to its name. */
const LOOSE = new Set(
  'a an the our your my his her their its this that these those which any each every all some no new old other another same in on at with for to from of under using via by and or but if when while after before since as is are was were be been has have had does do did not only one two first second nightly latest upgrading about into over because i we you they it he she there here please can could would should will let make love hello hi the whole normal next pause between against open opens both own main wrong current der die das den dem ein eine le la les un une el los il lo o os de het'.split(
    ' ',
  ),
)
/** Verbs and others that stand before a part in a sentence; "packing station" is a name all the same. */
const VERBISH = /(?:ing|ed|es|ly)$/i
/** A plain page, log or rule names nothing by itself. */
const BARE =
  /^(?:white|sign-in|login|status|first|last|error|web|price|billing|usage|payment method|settings|home|landing|help|faq|method|show|shows|troubleshooting|csv|our|allocation|front|log|site) (?:page|log|rules|import)$/i
/** Takes loose words off the front of the words before a part. */
function trimName(words: string, head: string): string | null {
  const parts = words.trim().split(' ')
  // "the Shopify connector page": the name ends at the first part.
  const inner = parts.at(-1) ?? ''
  if (parts.length > 1 && HEAD.test(inner)) {
    const shorter = trimName(parts.slice(0, -1).join(' '), inner)
    if (shorter !== null) return shorter
  }
  let from = parts.length
  while (from > 0) {
    const word = parts[from - 1] ?? ''
    const isUpper = /^\p{Lu}/u.test(word)
    const isLoose = LOOSE.has(word.toLowerCase())
    const isWord =
      isLoose ||
      (!isUpper &&
        ((VERBISH.test(word) && !(from === parts.length && /ing$/i.test(word))) ||
          /^\d/.test(word) ||
          /[.,]$/.test(word)))
    if (isWord || (!isUpper && parts.length - from >= 2)) break
    // Behind a capitalised name an ordinary word in front of it is no part of it: "blocks Shopify connector".
    if (!isUpper && parts.slice(from).some((later) => /^\p{Lu}/u.test(later))) break
    from--
  }
  const kept = parts.slice(from)
  if (kept.length === 0) return null
  const name = `${kept.join(' ')} ${head}`
  return BARE.test(name) && !/^CSV /.test(name) ? null : name
}

function inText(said: string, name: string): string | null {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+')
  return new RegExp(`(?<![\\p{L}\\d])${escaped}(?![\\p{L}\\d])`, 'iu').exec(said)?.[0] ?? null
}

/** As words of their own, in whatever case. */
export function standsIn(said: string, name: string): boolean {
  return inText(said, name) !== null
}

export const findProducts: Finder = ({ said, gazetteer }) => {
  const found: Found[] = []
  for (const name of gazetteer) {
    const hit = inText(said, name)
    // Of two known names the longer says more.
    if (hit !== null) found.push({ value: hit, confidence: Math.min(0.97, 0.9 + name.length / 1000) })
  }
  for (const match of said.matchAll(HEADED)) {
    const name = trimName(match[1] ?? '', match[2] ?? '')
    if (name !== null) found.push({ value: name, confidence: /\p{Lu}/u.test(name) ? 0.8 : 0.65 })
  }
  for (const match of said.matchAll(ALONE)) found.push({ value: match[0], confidence: 0.7 })
  for (const match of said.matchAll(TROUBLED)) found.push({ value: match[0], confidence: 0.55 })
  for (const match of said.matchAll(MODEL)) found.push({ value: match[0], confidence: 0.45 })
  return ranked(found)
}

/** Names that stand in at least two of these texts, however written: what people call the product is learned from what was labelled. */
export function learnGazetteer(texts: readonly string[]): string[] {
  const seen = new Map<string, { name: string; count: number }>()
  for (const text of texts) {
    const names = new Map<string, string>()
    for (const match of text.matchAll(HEADED)) {
      const name = trimName(match[1] ?? '', match[2] ?? '')
      if (name !== null && /\p{Lu}/u.test(name)) names.set(name.toLowerCase(), name)
    }
    for (const match of text.matchAll(CAPITALISED)) {
      const name = match[1] ?? ''
      if (name.includes(' ')) names.set(name.toLowerCase(), name)
    }
    for (const [key, name] of names) {
      const known = seen.get(key)
      if (known === undefined) seen.set(key, { name, count: 1 })
      else known.count++
    }
  }
  return [...seen.values()]
    .filter(({ count }) => count > 1)
    .map(({ name }) => name)
    .sort()
}
