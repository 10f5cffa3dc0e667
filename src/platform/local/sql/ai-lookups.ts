// What one statement knows of its AI calls: which are answered, which are missing, and how often each function was reached.
import { digestOf } from '../../../core/digest.ts'
import { LakedeskError } from '../../../core/errors.ts'
import { readAiCall } from '../../ai/read-ai-call.ts'
import { fits, toFaultAnswer, toSqlText } from '../../ai/to-sql-text.ts'
import type { AiAnswer, AiCall, AiEngine, AiFunctionName } from '../../ports/ai-functions.ts'
import type { SqlNotice } from '../../ports/sql.ts'
import type { AiSite } from '../../sql/statement.ts'
import { type AiCache, keyOfCall } from './ai-cache.ts'
import type { Wanted } from './asking.ts'
import { parseJson } from './parse-json.ts'

/** Missing calls that are kept per pass, and letters of their arguments; the others are counted, and found again by the next pass. */
const KEPT_CALLS = 200_000
const KEPT_LETTERS = 64 * 1024 * 1024
/** Looked-up texts that are kept in memory, and their letters. */
const TEXTS_IN_MEMORY = 50_000
const LETTERS_IN_MEMORY = 32 * 1024 * 1024
/** Longer arguments are told apart by their digest. */
const LONG = 200

/** What an AI function came to in one pass. */
export interface SiteCount {
  site: AiSite
  model: string
  rows: number
  distinct: Set<string>
  missing: Set<string>
  inputTokens: number
  outputTokens: number
  errors: number
  firstError: string | null
}

export interface PassCount {
  sites: SiteCount[]
  /** Different ones, as many as are kept. */
  missing: Wanted[]
  /** True where there were more. */
  cut: boolean
}

/** An answer to go on with where none is known, to see which rows could be reached. */
export type Suppose = (site: AiSite, call: AiCall) => AiAnswer

export interface AiLookups {
  lookUp(site: number, args: string): string | null
  /** Starts counting anew. Calls of stages above `stage` are NULL and not noted. */
  begin(stage: number, suppose?: Suppose): void
  count(): PassCount
  /** Keeps what is not in the cache, errors and what does not fit, for this statement alone. */
  settle(wanted: Wanted, answer: AiAnswer): void
  /** What made the statement fail within the function, in our words. */
  readonly fault: LakedeskError | null
}

interface Known {
  key: string | null
  text: string | null
  error: string | null
}

export function createAiLookups(sites: readonly AiSite[], engine: AiEngine, cache: AiCache): AiLookups {
  const errors = new Map<string, AiAnswer>()
  const known = new Map<string, Known>()
  let counts: SiteCount[] = []
  let missing = new Map<string, Wanted>()
  let inMemory = 0
  let [letters, cut] = [0, false]
  let failures = { site: '' as AiFunctionName | '', rows: 0, message: '' }
  let stage = 0
  let suppose: Suppose | undefined
  let fault: LakedeskError | null = null

  const keep = (raw: string, found: Known): void => {
    const size = raw.length + (found.text?.length ?? 0)
    if (known.size >= TEXTS_IN_MEMORY || inMemory + size > LETTERS_IN_MEMORY) {
      known.clear()
      inMemory = 0
    }
    known.set(raw, found)
    inMemory += size
  }

  const note = (count: SiteCount, { key, error }: Known): void => {
    if (key === null && error === null) return
    count.rows += 1
    if (key !== null) count.distinct.add(key)
    if (error === null) return
    count.errors += 1
    count.firstError ??= error
  }

  /** Null where an answer is missing. */
  const read = (count: SiteCount, args: string): Known | null => {
    const { site } = count
    const { call, form, fault: broken } = readAiCall(site, toValues(args))
    if (call === null) {
      if (broken === null) return { key: null, text: null, error: null }
      return { key: null, text: toSqlText(form, call, toFaultAnswer(broken)), error: broken }
    }
    const key = keyOfCall(engine, call)
    count.model = engine.modelOf(call)
    const answer = errors.get(key) ?? cache.get(key)
    if (answer) return { key, text: toSqlText(form, call, answer), error: answer.error }
    note(count, { key, text: null, error: null })
    if (!count.missing.has(key)) {
      count.missing.add(key)
      const { inputTokens, outputTokens } = engine.estimate(call)
      count.inputTokens += inputTokens
      count.outputTokens += outputTokens
      letters += args.length
      cut ||= missing.size >= KEPT_CALLS || letters > KEPT_LETTERS
      if (!cut) missing.set(key, { key, call, fits: (answer) => fits(form, answer) })
    }
    if (suppose) return { key: null, text: toSqlText(form, call, suppose(site, call)), error: null }
    return null
  }

  const fail = (count: SiteCount, error: unknown): null => {
    if (error instanceof LakedeskError && error.code === 'AI_FUNCTION_FAILED') {
      // All rows are looked at first, so that the error can say how many failed.
      failures = { site: count.site.function, rows: failures.rows + 1, message: failures.message || error.userMessage }
      return null
    }
    if (error instanceof LakedeskError) fault ??= error
    throw error
  }

  return {
    lookUp(id, args) {
      const count = counts[id]
      if (!count) throw new LakedeskError('SQL_FAILED', `The statement has no AI function number ${id}.`)
      if (count.site.stage > stage) return null
      const raw = `${id} ${args.length > LONG ? digestOf(args) : args}`
      let found = known.get(raw)
      if (!found) {
        try {
          const answered = read(count, args)
          if (answered === null) return null
          if (suppose && answered.key === null) return answered.text
          found = answered
        } catch (error) {
          return fail(count, error)
        }
        keep(raw, found)
      }
      note(count, found)
      return found.text
    },
    begin(upTo, supposed) {
      stage = upTo
      suppose = supposed
      missing = new Map()
      letters = 0
      cut = false
      failures = { site: '', rows: 0, message: '' }
      counts = sites.map((site, i) => toEmptyCount(site, counts[i]?.model ?? ''))
    },
    count() {
      return { sites: counts, missing: [...missing.values()], cut }
    },
    settle(wanted, answer) {
      if (answer.error !== null || !wanted.fits(answer)) errors.set(wanted.key, answer)
    },
    get fault() {
      if (fault || failures.site === '') return fault
      const rows = failures.rows === 1 ? '1 row' : `${failures.rows} rows`
      return new LakedeskError('AI_FUNCTION_FAILED', `${rows}: ${failures.message}`)
    },
  }
}

function toValues(args: string): readonly unknown[] {
  const values = parseJson(args)
  if (!Array.isArray(values)) throw new LakedeskError('SQL_FAILED', 'The arguments of an AI function cannot be read.')
  return values
}

function toEmptyCount(site: AiSite, model: string): SiteCount {
  return {
    site,
    model,
    rows: 0,
    distinct: new Set(),
    missing: new Set(),
    inputTokens: 0,
    outputTokens: 0,
    errors: 0,
    firstError: null,
  }
}

/** Errors of single rows, one notice per function. */
export function toNotices(counts: readonly SiteCount[]): SqlNotice[] {
  const notices = new Map<AiFunctionName, SqlNotice>()
  for (const { site, errors, firstError } of counts) {
    if (errors === 0 || firstError === null) continue
    const before = notices.get(site.function)
    const rows = errors + (before?.rows ?? 0)
    notices.set(site.function, { function: site.function, rows, message: before?.message ?? firstError })
  }
  return [...notices.values()]
}
