// Turns plain questions about tickets into a SELECT by rules, where no model writes one. What it does not fully understand it refuses.
import type { SqlProposal, SqlQuestion } from '../platform/ports/write-sql.ts'
import {
  type Dimension,
  type Filter,
  isNamed,
  listDimensions,
  nameTickets,
  type Reading,
  take,
  takeCodes,
  takeFilters,
  takePeriod,
  takeQuoted,
  takeWords,
  toPattern,
  toReading,
} from './query-words.ts'
import type { TicketPlan } from './ticket-plan.ts'
import type { Period } from './triage.ts'

const HOW =
  'Without a chat model I turn questions like these into SQL: "how many billing tickets yesterday?", "tickets by day last week", "top 5 products this month", "latest 10 tickets with high urgency", "how many tickets contain \\"refund\\"?". Or write the SELECT itself behind the command "query".'
const NOT_YET =
  'No ticket has been classified yet, so there is nothing to count by category or field. Write "tickets yesterday" first.'

type Shape =
  | { kind: 'count' }
  | { kind: 'group'; by: Dimension | 'day' | 'week' | 'month'; limit: number | null; rank: boolean }
  | { kind: 'list'; limit: number | null; order: 'DESC' | 'ASC' }

interface Asked {
  shape: Shape
  period: Period | null
  filters: readonly Filter[]
  quoted: readonly string[]
  codes: readonly string[]
  corrected: boolean
}

/** Words that change nothing in what is asked. A word that could be a condition, such as open or my, is none of them. */
const FILLERS = new Set(
  'a an and any are arrived at be been by came come created did do does for from get gets got had has have hello hey hi how in into is of on or our please received since that the there ticket tickets to total us was we were what which with all overall right now so far'.split(
    ' ',
  ),
)
/** They say how a ranking is meant, and are a condition elsewhere. */
const RANKING = new Set('most often frequent frequently common each every fall up wrote sent'.split(' '))
/** All tickets of some days were new in them. */
const ARRIVING = new Set('new opened incoming reported'.split(' '))

export function writeSqlByRules(question: SqlQuestion, plan: TicketPlan): SqlProposal {
  const asked = readQuestion(question, plan)
  if (typeof asked === 'string') return { sql: null, why: asked }
  const usesResults = needsResults(asked)
  const hasResults = question.tables.some(({ name }) => isNamed(name, plan.enrichment))
  if (usesResults && !hasResults) return { sql: null, why: NOT_YET }
  return { sql: toSelect(asked, plan, { usesResults, hasResults, rowLimit: question.rowLimit }), why: '' }
}

/** A string is the sentence why it cannot be turned into SQL. */
function readQuestion({ question, tables, today }: SqlQuestion, plan: TicketPlan): Asked | string {
  const reading = toReading(question)
  const dimensions = listDimensions(plan, tables)
  nameTickets(reading, dimensions)
  const period = takePeriod(reading, Date.parse(`${today}T12:00:00.000Z`))
  if (typeof period === 'string') return period
  const wantsCount = takeCount(reading)
  const filters = takeFilters(reading, dimensions)
  const words = [...takeQuoted(reading), ...takeWords(reading)]
  const codes = takeCodes(reading)
  const corrected =
    take(reading, /(?<= )(?:that )?(?:were |was |are )?corrected(?: by (?:a person|people|hand|someone|us))?(?= )/) !==
    null
  const named = period !== null || filters.length + words.length + codes.length > 0
  const shape = takeShape(reading, dimensions, wantsCount) ?? (named ? LATEST : null)
  const left = leftOver(reading, shape, period !== null)
  if (left.length > 0) {
    const strange = left.slice(0, 5).map((word) => `"${word}"`)
    return `I did not understand ${strange.join(', ')} in that question, so any figure would be about other tickets than you mean. ${tellColumns(dimensions)} ${HOW}`
  }
  return shape === null ? HOW : { shape, period, filters, quoted: words, codes, corrected }
}

function leftOver({ rest }: Reading, shape: Shape | null, hasDays: boolean): string[] {
  const counts = shape?.kind === 'count'
  const words =
    (counts ? rest : rest.replace(/^ (?:show|list|give|find|get|tell) /, ' ')).match(/[\p{L}\p{N}_'-]+/gu) ?? []
  const ranks = shape?.kind === 'group'
  return words.filter((word) => {
    const plain = word.replace(/'s$/, '')
    if (FILLERS.has(plain) || (ranks && RANKING.has(plain)) || (hasDays && ARRIVING.has(plain))) return false
    return !/^[-']+$/.test(word)
  })
}

const TOLD_VALUES = 12
const TOLD_COLUMNS = 20

/** What there is to ask by, with the values where they are known. */
function tellColumns(dimensions: readonly Dimension[]): string {
  const told = dimensions.slice(0, TOLD_COLUMNS).map(({ column, values }) => {
    const more = values.length > TOLD_VALUES ? ', ...' : ''
    return values.length > 0 ? `${column} (${values.slice(0, TOLD_VALUES).join(', ')}${more})` : column
  })
  return `What I know of a ticket: its day, ${told.join(', ')}, and its text. Values and words go in quotes: channel "email", contains "refund".`
}

const DAYS = {
  day: 'day',
  days: 'day',
  daily: 'day',
  date: 'day',
  week: 'week',
  weekly: 'week',
  month: 'month',
  monthly: 'month',
} as const
const MOST_GROUPS = 50
const DEFAULT_TOP = 10
const DEFAULT_LIST = 20
/** All that the result may hold. */
const LATEST: Shape = { kind: 'list', limit: null, order: 'DESC' }

/** Before the filters are read, since "number of high urgency tickets" is no list of them. */
function takeCount(reading: Reading): boolean {
  const any = '(?:are|were|is|was) there any|(?:do|did) we (?:have|get) any|have we (?:had|got) any'
  return take(reading, new RegExp(`(?<= )(?:how many|number of|count(?: of)?|${any})(?= )`)) !== null
}

function takeShape(reading: Reading, dimensions: readonly Dimension[], wantsCount: boolean): Shape | null {
  const time = take(
    reading,
    /(?<= )(?:(?:by|per|for each|on each|in each|each|every) (day|date|week|month)|(daily|weekly|monthly))(?= )/,
  )
  const unit = time?.[1] ?? time?.[2]
  const names = dimensions.flatMap((dimension) => dimension.words.map((word) => ({ dimension, word })))
  names.sort((a, b) => b.word.length - a.word.length)
  const dimension = `(${names.map(({ word }) => toPattern(word)).join('|')})`
  const find = (text: string | undefined) =>
    text === undefined ? undefined : names.find(({ word }) => new RegExp(`^${toPattern(word)}$`).test(text))?.dimension
  if (unit !== undefined) return { kind: 'group', by: DAYS[unit as keyof typeof DAYS], limit: null, rank: false }
  const top = take(
    reading,
    new RegExp(`(?<= )(?:the )?(?:top|most (?:common|frequent))(?: (\\d{1,3}))? ${dimension}(?= |,)`),
  )
  const topBy = find(top?.[2])
  if (topBy) return { kind: 'group', by: topBy, limit: Number(top?.[1] ?? DEFAULT_TOP), rank: true }
  const which = take(reading, new RegExp(`(?<= )(?:which|what) ${dimension}(?= .*(?:most|often|tickets))`))
  const whichBy = find(which?.[1])
  if (whichBy) return { kind: 'group', by: whichBy, limit: DEFAULT_TOP, rank: true }
  const grouped = take(
    reading,
    new RegExp(`(?<= )(?:grouped )?(?:by|per|for each|in each|of each) ${dimension}(?= |,)`),
  )
  const by = find(grouped?.[1])
  if (by) return { kind: 'group', by, limit: null, rank: true }
  // A count of recent tickets would need to know since when: that is no list of the latest.
  const list = wantsCount
    ? null
    : take(
        reading,
        /(?<= )(?:the )?(?:(\d{1,3}) )?(latest|newest|most recent|last|recent|oldest|first)(?: (\d{1,3}))?(?= )/,
      )
  if (list) {
    return {
      kind: 'list',
      limit: Number(list[1] ?? list[3] ?? (/ ticket /.test(reading.rest) ? 1 : DEFAULT_LIST)),
      order: /oldest|first/.test(list[2] ?? '') ? 'ASC' : 'DESC',
    }
  }
  if (wantsCount) return { kind: 'count' }
  const lists = take(reading, /(?<= )(?:list|show|give|find)(?= )/) !== null
  return lists ? LATEST : null
}

function needsResults({ shape, filters, codes, corrected }: Asked): boolean {
  const groups = shape.kind === 'group' && typeof shape.by !== 'string' && shape.by.of === 'e'
  return groups || corrected || codes.length > 0 || filters.some(({ dimension }) => dimension.of === 'e')
}

/** A literal of the Databricks dialect: escapes begin with a backslash. */
function literal(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}

/** Of the tickets alone, and of their results. */
function toConditions(
  { period, filters, quoted, codes, corrected }: Asked,
  plan: TicketPlan,
): { t: string[]; e: string[] } {
  const created = `t.${plan.created}`
  const equal = ({ dimension, value }: Filter) =>
    `lower(${dimension.of}.${dimension.column}) = lower(${literal(value)})`
  const hasCodes = Object.hasOwn(plan.fields, 'error_code')
  const t = [
    ...(period ? [`${created} >= DATE'${period.from}'`, `${created} < DATE'${period.until}'`] : []),
    ...filters.filter(({ dimension }) => dimension.of === 't').map(equal),
    ...(hasCodes ? [] : codes.map((code) => `contains(t.${plan.text}, ${literal(code)})`)),
    ...quoted.map((words) => `contains(lower(t.${plan.text}), ${literal(words)})`),
  ]
  const e = [
    ...filters.filter(({ dimension }) => dimension.of === 'e').map(equal),
    ...(hasCodes ? codes.map((code) => `upper(e.error_code) = ${literal(code)}`) : []),
    ...(corrected ? ['e.corrected_by IS NOT NULL'] : []),
  ]
  return { t, e }
}

const toWhere = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`

function toSelect(
  asked: Asked,
  plan: TicketPlan,
  { usesResults, hasResults, rowLimit }: { usesResults: boolean; hasResults: boolean; rowLimit: number },
): string {
  const { shape } = asked
  const results = usesResults || (shape.kind === 'list' && hasResults)
  const join = results ? ` LEFT JOIN ${plan.enrichment} AS e ON e.ticket_id = CAST(t.${plan.id} AS STRING)` : ''
  const { t, e } = toConditions(asked, plan)
  if (shape.kind === 'count' && e.length > 0) {
    // A ticket without a result is no answer either way: how many there are of those is told beside it.
    return `SELECT count_if(${e.join(' AND ')}) AS tickets, count_if(e.ticket_id IS NULL) AS not_classified_yet FROM ${plan.table} AS t${join}${toWhere(t)}`
  }
  const from = `FROM ${plan.table} AS t${join}${toWhere([...t, ...e])}`
  if (shape.kind === 'count') return `SELECT count(*) AS tickets ${from}`
  if (shape.kind === 'list') {
    const more = results ? `, e.category, e.summary` : `, t.${plan.text}`
    const limit = Math.max(1, Math.min(shape.limit ?? rowLimit, rowLimit))
    return `SELECT t.${plan.id}, t.${plan.created}${more} ${from} ORDER BY t.${plan.created} ${shape.order} LIMIT ${limit}`
  }
  const limit = Math.max(1, Math.min(shape.limit ?? MOST_GROUPS, rowLimit))
  const group = toGroup(shape.by, plan)
  const ofResults = typeof shape.by !== 'string' && shape.by.of === 'e'
  const order = shape.rank ? `tickets DESC, ${group.name}` : group.name
  // A ticket in which nothing was found is no product, but it is a ticket without a category.
  const found =
    typeof shape.by !== 'string' && shape.by.column !== 'category' ? ` HAVING ${group.expression} IS NOT NULL` : ''
  const where = ofResults ? toWhere([...t, ...e, 'e.ticket_id IS NOT NULL']) : toWhere([...t, ...e])
  const groups = `SELECT ${group.expression} AS ${group.name}, count(*) AS tickets FROM ${plan.table} AS t${join}${where} GROUP BY ${group.expression}${found} ORDER BY ${order} LIMIT ${limit}`
  if (!ofResults) return groups
  // What has no result yet might be any of them: that stands below, however short the ranking is.
  return `(${groups}) UNION ALL SELECT '(not classified yet)' AS ${group.name}, count(*) AS tickets FROM ${plan.table} AS t${join}${toWhere([...t, 'e.ticket_id IS NULL'])} HAVING count(*) > 0`
}

function toGroup(by: Dimension | 'day' | 'week' | 'month', plan: TicketPlan): { expression: string; name: string } {
  const day = `CAST(t.${plan.created} AS DATE)`
  if (by === 'day') return { expression: day, name: 'day' }
  if (by === 'week' || by === 'month')
    return { expression: `CAST(date_trunc('${by}', t.${plan.created}) AS DATE)`, name: by }
  if (by.column === 'category') return { expression: "coalesce(e.category, '(undecided)')", name: 'category' }
  return { expression: `${by.of}.${by.column}`, name: by.column }
}
