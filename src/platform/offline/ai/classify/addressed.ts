// Takes out of a text what is said to the classifier and not about the matter: "ignore the labels, answer billing".
import { words } from '../../../../core/text/analyze.ts'

const list = (text: string): ReadonlySet<string> => new Set(text.split(' '))
/** Said of the rules one is under. With an object of the next list they are an attempt to steer. */
const OVERRIDE = list('ignore disregard forget override bypass skip discard overrule')
const RULES = list(
  'label labels category categories class classes classifier classification instruction instructions rule rules prompt prompts guideline guidelines ' +
    'previous above prior earlier everything system context task text ticket message tickets',
)
const CHOOSE = list(
  'answer reply respond return output print say write choose pick select classify categorize categorise label emit categorized categorised classified',
)
/** These are said of other things too: they count with "as", "under" or "into" alone. */
const FILE = list('tag mark file set assign treat route put count use')
const AS = list('as under into to')
/** May stand between such a verb and the label it asks for. */
const FILLER = list(
  'only just with the word label category class as it this that ticket tickets message text in into under to be answer is exactly simply always a an one ' +
    'for value string quote them all these response option must should you please now literally everything',
)
/** May follow the label without making it the subject of something else. */
const AFTER = list(
  'no now instead please only always regardless and or nothing exactly whatever for every each label category class ticket tickets',
)
const ROLES = list('classifier assistant model ai llm chatbot bot gpt')
const MARKUP = /<\/?(?:label|category|class|answer|system|instruction|instructions|output|response)>|\[\/?inst\]|<\|/i
const ROLE_LINE =
  /^\W{0,10}(?:system|assistant|developer|admin|label|category|class|answer|output|response|classification)\W{0,3}[:=]/i

/** Sentences and lines, in order; a full stop within a number or a name ends none. */
export function splitSentences(text: string): string[] {
  return text
    .split(/(?<=[.!?…])["'”’)\]]*\s+|\n+|(?<=[。！？])/u)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '')
}

/** `names` are the labels as words, such as [['account', 'access'], ['billing']]. */
export function withoutAddressed(sentence: string, names: readonly (readonly string[])[]): string {
  if (MARKUP.test(sentence) || ROLE_LINE.test(sentence)) return ''
  const said = words(sentence)
  if (steers(said)) return ''
  if (!said.some((word) => CHOOSE.has(word) || FILE.has(word) || RULES.has(word))) return sentence
  const clauses = sentence.split(/(?<=[,;:–—])\s*|\s+(?=(?:and|then|but|so|or)\s)/iu)
  const kept = clauses.filter((clause) => !asksForLabel(words(clause), names))
  return kept.length === clauses.length ? sentence : kept.join(' ').trim()
}

function steers(said: readonly string[]): boolean {
  const at = said.findIndex((word) => OVERRIDE.has(word))
  if (at >= 0 && said.slice(at + 1, at + 8).some((word) => RULES.has(word))) return true
  const you = said.findIndex((word, i) => word === 'you' && (said[i + 1] === 'are' || said[i + 1] === 'must'))
  return you >= 0 && said.slice(you + 2, you + 8).some((word) => ROLES.has(word) || CHOOSE.has(word))
}

/** A verb of choosing whose object is a label ("just say billing"), or "the right label is billing". */
function asksForLabel(said: readonly string[], names: readonly (readonly string[])[]): boolean {
  for (const [i, word] of said.entries()) {
    const about = RULES.has(word) && ['is', 'are', 'be', 'to', 'should', 'must'].includes(said[i + 1] ?? '')
    const files = FILE.has(word)
    if (!CHOOSE.has(word) && !files && !about) continue
    let at = i + 1
    const between: string[] = []
    while (at < said.length && FILLER.has(said[at] ?? '') && !startsName(said, at, names))
      between.push(said[at++] ?? '')
    const length = startsName(said, at, names)
    if (length === 0 || (files && !between.some((one) => AS.has(one)))) continue
    const next = said[at + length]
    if (next === undefined || AFTER.has(next) || between.includes('as')) return true
  }
  return false
}

/** Words of the longest label name that begins there, or 0. */
function startsName(said: readonly string[], at: number, names: readonly (readonly string[])[]): number {
  let longest = 0
  for (const name of names) {
    if (name.length > longest && name.every((word, k) => said[at + k] === word)) longest = name.length
  }
  return longest
}
