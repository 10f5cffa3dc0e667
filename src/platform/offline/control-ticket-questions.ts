// Tells questions about our tickets as data from questions about a product that has tickets too, which documentation answers.

export const DAYS = [
  'yesterday',
  'today',
  'last night',
  '(?:this|last) (?:week|month)',
  '(?:the )?(?:last|past) (?:\\d{1,3}|two|three|four|five|six|seven) (?:days|weeks)',
  '\\d{4}-\\d{2}-\\d{2}(?: ?(?:\\.\\.+|to|until|and) ?\\d{4}-\\d{2}-\\d{2})?',
  '\\d{4}-\\d{2}',
].join('|')

/** Asks for a way to do it, or for a reason: nothing that can be counted. */
const HOW_TO =
  /^(?:how (?:do|can|could|should|would|to|does|must|long|is|are|often)|where|why|who|when|can|could|may|is it possible|do i)\b|\bhow (?:to|do i|do we|can)\b|\bwhen \w+ing\b|, (?:why|how)$/
/** What the product lets people do with tickets is documented, and no question about ours. */
const ALLOWED =
  /\b(?:can|cannot|can't|could|may|might|should|must|allow(?:s|ed)?|limits?|quota|maximum|minimum|plans?|include[sd]?|license[sd]?|create|creating|supported|not arrive)\b/
/** Places of an application: who names one asks where something is. */
const PLACES =
  /\b(?:in|on|into|from) (?:the |a |one |my )?(?:\w+ )?(?:portal|search|search bar|app|apps|page|pages?|screen|menu|sidebar|dashboard|editor|inbox|folder|settings?|view|queue|widget|header|ui|field|filter|list)\b|\bside by side\b/
const SETUP = /\b(?:settings?|configure[sd]?|api|webhooks?|templates?|workflows?|integrations?|shortcuts?)\b/

const TICKETS = '(?:tickets?)'
/** Words for a ticket that mean other things too: they need a sign that ours are meant. */
const CALLED = '(?:complaints?|issues?|cases|problems|requests|questions)(?! per\\b)'
/** That we got them. */
const OURS =
  /\b(?:(?:did|do|have|had) we|we (?:had|have|got|get|received)|(?:of|all) our|(?:came|come|coming) in|arrived)\b/
const THERE = /\b(?:are|were) there\b|\bin (?:the |our )?(?:table|database|total)\b/
/** Tells of something that does not work, where nothing is counted. */
const TROUBLE =
  /\b(?:not|no longer|\w+n't|cannot|fail(?:s|ed|ing)?|missing|wrong|empty|disappear\w*|broken|stuck|lost|duplicated?)\b/
/** Characters; longer texts are told, not asked. */
const LONGEST = 400
const QUOTED = /"[^"]{1,200}"/
const CODE = /\b[a-z][a-z0-9]{1,9}[-_]\d{2,6}\b/
const TIME = '(?:day|date|week|month)'
/** Columns that tables of tickets often have. */
const COLUMNS = ['channel', 'customer', 'product', 'category', 'urgency', 'error_code']

const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** `urgency_level` is also called urgency, in any spelling and in the plural. */
function toNames(names: readonly string[]): string {
  const spaced = [...COLUMNS, ...names].map((name) => name.toLowerCase().replace(/[_-]+/g, ' '))
  const short = spaced.map((name) => name.replace(/ (?:name|level|type|kind)$/, ''))
  const all = [...new Set([...spaced, ...short])].sort((a, b) => b.length - a.length)
  return `(?:${all.map((name) => escapePattern(name).replace(/ /g, '[ _-]').replace(/y$/, '(?:y|ie)')).join('|')})(?:s|es)?`
}

interface Patterns {
  count: RegExp
  any: RegExp
  rank: RegExp
  which: RegExp
  latest: RegExp
  list: RegExp
  by: RegExp
  bare: RegExp
  named: RegExp
}

/** Words before the noun that is counted: a preposition, a verb or another plural there makes that one the counted. */
const BETWEEN =
  '(?:(?!(?:until|till|before|after|when|that|which|is|are|was|were|do|does|did|can|on|in|at|for|to|with|from|by|per|and|or|work|see|days|hours|minutes|weeks|months|times)\\b)(?![a-z]*[b-rt-z]s )(?:of (?:our|the|all|these) )?[a-z_-]+ ){0,3}'
const ASKING =
  "(?:(?:please )?(?:tell|show|give|get|list|find)(?: me| us)? |(?:what|which) (?:is|are|was|were) |what's |i (?:want|need) to (?:see|know) )*"

function toPatterns(names: readonly string[]): Patterns {
  const name = toNames(names)
  const noun = `(?:${TICKETS}|${CALLED})`
  const of = `(?:(?:of )?(?:all )?(?:the |our )?)`
  // A label of several words may end in an s that is no plural: "account access tickets".
  const between = `(?:${of}(?:${name} )+|${of}${BETWEEN})`
  return {
    count: new RegExp(
      `^${ASKING}(?:how many|(?:(?:the|what) )?(?:total )?(?:number|count|share|percentage) of|count(?: all)?(?: the)?) (?:${between}${noun}|${name})\\b`,
    ),
    any: new RegExp(
      `^(?:(?:are|were) there|(?:do|did) we (?:have|get)|have we (?:had|got)) any ${between}${noun}(?!\\s+(?:templates?|settings?|types?))\\b`,
    ),
    rank: new RegExp(
      `^${ASKING}(?:the )?(?:top(?: \\d{1,3})?|most (?:common|frequent)) ${name}(?:$|,| (?:(?:in|of|for|from|during|over|by) )?(?:${DAYS}|(?:number of |all |our |the |support )*tickets?)\\b)`,
    ),
    which: new RegExp(
      `^(?:which|what) ${name} .*(?:\\b(?:most|more|fewest|often)\\b.*\\b${noun}|\\b${noun}\\b.*\\bmost|\\bmost ${noun})\\b`,
    ),
    latest: new RegExp(
      `^${ASKING}(?:all )?(?:the )?(?:\\d{1,3} )?(?:latest|newest|most recent|last|oldest|recent)(?: \\d{1,3})? ${between}${TICKETS}\\b(?! (?:page|list|tab|view|entries|is|are)\\b)`,
    ),
    list: new RegExp(
      `^(?:(?:please )?(?:show|list|give|get|find)(?: me| us)? (?:all |the |our |any )*${between}${noun}\\b|(?:what|which) ${TICKETS} (?:mention|contain|are|were|have|had|came|arrived)\\b)`,
    ),
    by: new RegExp(
      `^${ASKING}(?:how many |break down |group |(?:the )?number of |count(?: of)? )?(?:the |our |all )*(?:support )?${TICKETS} (?:do we get |did we get |came in )?(?:by|per|for each) (?:${name}|${TIME})(?:$|,| (?:${DAYS})| (?:in|of|for|from|since|over|during) )`,
    ),
    bare: new RegExp(
      `^(?:all |our )*(?:${between}${TICKETS}|${name} ${noun}) (?:(?:about|with|on|for|of|from|in|that mention|mentioning) .*)?(?:${DAYS})$`,
    ),
    named: new RegExp(
      `\\b${name} (?:support )?${noun}\\b|\\b(?:about|with|as|labelled|on|of|by|per) (?:the |a |an )?${name}\\b|\\b${TICKETS} (?:are|were) (?:about )?${name}\\b|\\burgent ${noun}\\b|${TICKETS} (?:are|were) urgent\\b`,
    ),
  }
}

const cache = new Map<string, Patterns>()
function patternsOf(names: readonly string[]): Patterns {
  const key = names.join('\n')
  const known = cache.get(key)
  if (known) return known
  const made = toPatterns(names)
  cache.clear()
  cache.set(key, made)
  return made
}

const IN_PERIOD = new RegExp(`(?<![\\w-])(?:${DAYS}|since \\d{4}-\\d{2}-\\d{2})(?![\\w-])`)
const NAMES_TICKETS = /\btickets?\b/
const NAMES_CALLED = new RegExp(`\\b${CALLED}\\b`)
const COMPLAINED = /^how many (?:customers|people|users) (?:complained|wrote|reported)\b/

/**
 * How surely a sentence asks about our tickets as data. `sure`: it names days, or that we got them, so that no page can answer it;
 * `maybe`: it could be about the product as well. `text`: small letters, plain quotes. `names`: labels, fields and values.
 */
export function readTicketQuestion(text: string, names: readonly string[]): 'sure' | 'maybe' | 'no' {
  if (text.length > LONGEST || HOW_TO.test(text) || ALLOWED.test(text) || PLACES.test(text)) return 'no'
  const is = patternsOf(names)
  const period = IN_PERIOD.test(text)
  const tickets = NAMES_TICKETS.test(text)
  const sure = period || OURS.test(text) || (tickets && THERE.test(text))
  if (SETUP.test(text) && !sure) return 'no'
  const verdict = sure ? 'sure' : 'maybe'
  const meant = tickets || (sure && NAMES_CALLED.test(text))
  if (is.rank.test(text)) return period || tickets ? verdict : 'no'
  if (is.which.test(text)) return period || tickets || NAMES_CALLED.test(text) ? verdict : 'no'
  if (period && COMPLAINED.test(text)) return verdict
  const condition = sure || is.named.test(text) || QUOTED.test(text) || (tickets && CODE.test(text))
  // "Known issues with DHL today" are no complaints of ours, though they name a day.
  if (is.any.test(text)) return condition && (tickets || OURS.test(text) || is.named.test(text)) ? verdict : 'no'
  if (is.count.test(text))
    return (meant && condition) || (sure && is.named.test(text)) || is.by.test(text) ? verdict : 'no'
  if (TROUBLE.test(text)) return 'no'
  if (is.by.test(text) || is.latest.test(text)) return verdict
  if (is.list.test(text) && condition && (tickets || (period && is.named.test(text)))) return verdict
  return is.bare.test(text) ? verdict : 'no'
}
