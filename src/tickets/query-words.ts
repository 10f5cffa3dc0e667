// Reads the pieces of a question about tickets: the days, the filters, what to group by, and how many.
import type { SqlTable } from '../platform/ports/sql.ts'
import { readPeriod } from './period.ts'
import type { TicketPlan } from './ticket-plan.ts'
import type { Period } from './triage.ts'

/** Words for a ticket that mean other things too. */
const CALLED = '(?:complaint|issue|case|problem|request|question)s?'
/** Values that stand for "urgent", the strongest first. */
const URGENT = ['critical', 'urgent', 'high']

/** Something to filter or to group by. `of`: the ticket itself (t) or its result (e). */
export interface Dimension {
  column: string
  of: 't' | 'e'
  /** Words that stand for it, in small letters; longer ones first. */
  words: readonly string[]
  /** Values that it may have, where they are known. */
  values: readonly string[]
}

/** A question that is being read: what was understood is taken out of `rest`. */
export interface Reading {
  /** Small letters, plain quotes. */
  rest: string
  raw: string
}

export interface Filter {
  dimension: Dimension
  value: string
}

/** Takes out the first match of the pattern; null where there is none. */
export function take(reading: Reading, pattern: RegExp): RegExpExecArray | null {
  const match = pattern.exec(reading.rest)
  if (!match) return null
  reading.rest = `${reading.rest.slice(0, match.index)} ${reading.rest.slice(match.index + match[0].length)}`.replace(
    /\s+/g,
    ' ',
  )
  return match
}

export function toReading(question: string): Reading {
  const raw = question.replace(/[‘’]/g, "'").replace(/[“”„«»]/g, '"')
  return {
    rest: ` ${raw
      .toLowerCase()
      .replace(/[?!.]+\s*$/, '')
      .replace(/\s+/g, ' ')} `,
    raw,
  }
}

/** Whatever the tickets are called in the question, they are called tickets from here on; and "show me" is "show". */
export function nameTickets(reading: Reading, dimensions: readonly Dimension[]): void {
  reading.rest = reading.rest
    .replace(/^ (?:(?:please|hey|hi|hello),? )+/, ' ')
    .replace(
      /^ (?:please )?(?:(?:can|could|would|will) you )?(?:please )?(?:show|give|list|tell|find|get) (?:me|us) /,
      ' show ',
    )
    .replace(/^ (?:break down|group) /, ' show ')
    .replace(/^ (?:show|list|tell|find|get|give) (?=(?:the )?(?:total )?(?:how many|number of|count of) )/, ' ')
    .replace(/ in the (?:table|database) /, ' ')
    .replace(/^ i (?:want|need|would like) to (?:see|know) /, ' show ')
    .replace(/(?<= )(?:support|customer) (?=tickets? )/, '')
  if (/ tickets? /.test(reading.rest)) return
  // "feature requests" is the name of a label, and no word for all tickets.
  const labels =
    dimensions
      .find(({ column }) => column === 'category')
      ?.values.map(spaced)
      .map(toPattern) ?? []
  const label = new RegExp(`(?<= )(?:${labels.join('|')})(?= |,)`).exec(reading.rest)
  const called = new RegExp(`(?<= )(?:(?:support|customer) )?${CALLED}(?= |,)`).exec(reading.rest)
  const end = label ? label.index + label[0].length : 0
  if (label && called && called.index > label.index && called.index < end)
    reading.rest = `${reading.rest.slice(0, end)} tickets${reading.rest.slice(end)}`
  else if (called)
    reading.rest = `${reading.rest.slice(0, called.index)}ticket${called[0].endsWith('s') ? 's' : ''}${reading.rest.slice(called.index + called[0].length)}`
}

const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
const spaced = (name: string): string => name.toLowerCase().replace(/[_-]+/g, ' ')
/** `a b` also as `a_b` and `a-b`, and in the plural. */
export const toPattern = (words: string): string => `${escapePattern(words).replace(/ /g, '[ _-]')}(?:s|es)?`

/** Texts, ids and times of the table are nothing to group by. */
export function listDimensions(plan: TicketPlan, tables: readonly SqlTable[]): Dimension[] {
  const own = tables.find(({ name }) => isNamed(name, plan.table))
  const taken = [plan.id, plan.text, plan.created].map((name) => name.toLowerCase())
  const columns = (own?.columns ?? [])
    .filter(({ name, type }) => /^(?:STRING|VARCHAR|BOOLEAN)/i.test(type) && !taken.includes(name.toLowerCase()))
    .map(({ name }): Dimension => ({ column: name, of: 't', words: [spaced(name)], values: [] }))
  const fields = Object.entries(plan.fields).map(([name, { labels }]): Dimension => {
    const short = spaced(name).replace(/ (?:name|level|type|kind)$/, '')
    return { column: name, of: 'e', words: [...new Set([spaced(name), short])], values: labels ?? [] }
  })
  const category: Dimension = {
    ...{ column: 'category', of: 'e', words: ['category', 'categorie', 'label'] },
    values: Object.keys(plan.labels),
  }
  return [category, ...fields, ...columns]
}

/** True where both name one table, the one perhaps with its schema. */
export function isNamed(full: string, name: string): boolean {
  const [a, b] = [full.toLowerCase(), name.toLowerCase()]
  return a === b || a.endsWith(`.${b}`) || b.endsWith(`.${a}`)
}

const DAY = '\\d{4}-\\d{2}-\\d{2}'
const PERIOD = new RegExp(
  `(?<= )(?:(?:from|between|since|on|in|of|for|during|over|within) )?(?:the )?(${[
    `${DAY} ?(?:\\.\\.+|–|to|until|till|and) ?${DAY}`,
    DAY,
    '\\d{4}-\\d{2}',
    'yesterday|today|last night|(?:this|last) (?:week|month)',
    '(?:last|past) (?:\\d{1,4}|two|three|four|five|six|seven) (?:days|weeks)',
  ].join('|')})(?:'s)?(?= |,)`,
)

/** A string is the sentence why; null where no days are named. */
export function takePeriod(reading: Reading, now: number): Period | string | null {
  const since = take(reading, new RegExp(`(?<= )since (${DAY})(?= |,)`))
  if (since?.[1]) {
    const until = new Date(now).toISOString().slice(0, 10)
    return readPeriod(`${since[1]}..${until}`, now)
  }
  const match = take(reading, PERIOD)
  return match?.[1] ? readPeriod(match[1], now) : null
}

/** What stands in quotes, as written. */
export function takeQuoted(reading: Reading): string[] {
  const found: string[] = []
  const quoted =
    / (?:(?:which|that|who) )?(?:(?:contain|mention|say|include)(?:s|ing)?|with(?: the)?(?: words?| text)?|about|matching)? ?"([^"]{1,200})"/
  for (let match = take(reading, quoted); match?.[1]; match = take(reading, quoted)) found.push(match[1].trim())
  return found.filter((text) => text !== '')
}

/** One word or two behind "about" at the end: they are looked for in the text as they stand. */
export function takeWords(reading: Reading): string[] {
  const match = take(
    reading,
    /(?<= )(?:that )?(?:about|mention(?:s|ing)?|contain(?:s|ing)?) (?:the |an? )?(?!not |any|no |what |it |them |us )([\p{L}\p{N}_-]{2,}(?: (?!(?:did|do|have|had|were|are|was|came) )[\p{L}\p{N}_-]{2,})?)(?=(?: (?:did|do|have|had|were|are|was|we|get|got|in|came|come|there))* ?$)/u,
  )
  // A plural finds the singular too, since every text that holds the one holds the other.
  return match?.[1] ? [match[1].replace(/(?<=[a-z]{4})(?<!s|u|i)s$/, '')] : []
}

/** `channel "web form"`, `product is Checkout`, `high urgency`, `billing tickets`, `ERR-42`. */
export function takeFilters(reading: Reading, dimensions: readonly Dimension[]): Filter[] {
  const filters: Filter[] = []
  for (const dimension of dimensions) {
    const names = dimension.words.map(toPattern).join('|')
    const named = take(
      reading,
      new RegExp(`(?<= )(?:with |where |of |from |whose |the )*(?:${names})(?: is| =| was|:)? "([^"]{1,200})"(?= |,)`),
    )
    if (named?.[1]) filters.push({ dimension, value: valueIn(reading.raw, named[1]) })
    // Without quotes only behind "is", since any word may follow the name: "tickets by channel yesterday".
    const said =
      dimension.values.length > 0
        ? null
        : take(
            reading,
            new RegExp(
              `(?<= )(?:with |where |whose |the )*(?:${names}) (?:is|was|=) (?!(?:not|no|the|an?|any|missing|empty|unknown|null|set|what) )([\\p{L}\\p{N}_.@-]+)(?= |,)`,
              'u',
            ),
          )
    if (said?.[1]) filters.push({ dimension, value: valueIn(reading.raw, said[1]) })
    const urgent = findUrgent(dimension)
    if (urgent !== undefined && take(reading, /(?<= )urgent(?= )/)) filters.push({ dimension, value: urgent })
    if (dimension.values.length === 0) continue
    const known = new Map(dimension.values.map((value) => [spaced(value), value]))
    const values = [...known.keys()].sort((a, b) => b.length - a.length)
    const value = `(${values.map(toPattern).join('|')})`
    const bare =
      dimension.column === 'category'
        ? `|(?<= )${value}(?= (?:tickets?|ones|issues?|problems?|questions?) |$| $)|(?<= )(?:(?:that )?(?:is|are|was|were)(?: about| in| labelled(?: as)?)?|about|as|in|on|labelled(?: as)?) ${value}(?= )`
        : ''
    const match = take(
      reading,
      new RegExp(
        `(?<= )(?:with |of |where |whose )?(?:an? |the )?(?:(?:${names})(?: is| =|:)? ${value}|${value} (?:${names}))(?= |,)${bare}`,
      ),
    )
    const word = match?.slice(1).find((each) => each !== undefined)
    const meant = word === undefined ? undefined : findValue(word, known)
    if (meant !== undefined) filters.push({ dimension, value: meant })
  }
  return filters
}

/** What "urgent" means in a field such as urgency_level. */
function findUrgent({ column, values }: Dimension): string | undefined {
  if (!/urgen|priorit|severit/i.test(column)) return undefined
  return URGENT.flatMap((word) => values.filter((value) => value.toLowerCase() === word))[0]
}

function findValue(word: string, known: ReadonlyMap<string, string>): string | undefined {
  const plain = spaced(word)
  return known.get(plain) ?? known.get(plain.replace(/es$/, '')) ?? known.get(plain.replace(/s$/, ''))
}

/** The value as it was written, since small letters would find nothing. */
function valueIn(raw: string, small: string): string {
  const at = raw.toLowerCase().indexOf(small)
  return at < 0 ? small : raw.slice(at, at + small.length)
}

/** Codes such as PAY-402 or ERR_17, as written. */
export function takeCodes(reading: Reading): string[] {
  const found = new Set(reading.raw.match(/\b[A-Z][A-Z0-9]{1,9}[-_]\d{2,6}\b/g) ?? [])
  const pattern = (code: string) =>
    new RegExp(`(?<= )(?:with |the |error |code )*${escapePattern(code.toLowerCase())}(?= |,)`)
  // What was read as words of the text is no condition a second time.
  return [...found].filter((code) => take(reading, pattern(code)) !== null)
}
