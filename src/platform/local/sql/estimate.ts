// What the AI functions of a statement would take, found by running the part that needs no answers.
import type { AiAnswer, AiCall, Json } from '../../ports/ai-functions.ts'
import type { SqlEstimate, SqlSite, SqlUsage } from '../../ports/sql.ts'
import { toUsd } from '../../sql/estimate-result.ts'
import type { PassCount, SiteCount } from './ai-lookups.ts'
import { drain, openWorkSession, toQuery, type Work } from './answer-passes.ts'
import { createSpent, toUsage } from './spending.ts'

/** Answers that are tried in turn where rows depend on one: a filter lets all rows through under one of them. */
const SUPPOSITIONS = 24

/** Exact where no call depends on an answer that is not known; else upper bounds, as if every filter let everything through. */
export async function estimateWork(work: Work, signal: AbortSignal): Promise<SqlEstimate> {
  const { duck, lastStage, lookups } = work
  const query = toQuery(work)
  if (duck.query === null || duck.read.sites.length === 0) return toEstimate(work, [], true)
  const session = await openWorkSession(work, signal, false)
  try {
    for (let stage = 0; stage <= lastStage; stage += 1) {
      lookups.begin(stage)
      await drain(work, session, query)
      const count = lookups.count()
      if (stage === lastStage) return toEstimate(work, [count], true)
      if (count.missing.length === 0) continue
      const counts = [count]
      for (const label of toSuppositions(count)) {
        lookups.begin(lastStage, (_, call) => suppose(call, label))
        await drain(work, session, query)
        counts.push(lookups.count())
      }
      return toEstimate(work, counts, false)
    }
    return toEstimate(work, [], true)
  } catch (error) {
    throw lookups.fault ?? error
  } finally {
    await session.end()
  }
}

/** Labels that the calls choose from; null stands for a look without any. */
function toSuppositions({ missing }: PassCount): (string | null)[] {
  const labels = new Set<string>()
  for (const { call } of missing) {
    if (call.function === 'ai_classify') for (const { label } of call.labels) labels.add(label)
    if (call.function === 'ai_analyze_sentiment') for (const word of SENTIMENTS) labels.add(word)
    if (labels.size >= SUPPOSITIONS) break
  }
  return labels.size === 0 ? [null] : [...labels].slice(0, SUPPOSITIONS)
}

const SENTIMENTS = ['positive', 'negative', 'neutral', 'mixed']
const NO_TOKENS = { inputTokens: 0, outputTokens: 0 }

function suppose(call: AiCall, label: string | null): AiAnswer {
  return { value: supposeValue(call, label), error: null, usage: NO_TOKENS }
}

/** As long as an answer could be: a text stands for its own summary, so that what is asked next is counted in full. */
function supposeValue(call: AiCall, label: string | null): Json {
  switch (call.function) {
    case 'ai_classify': {
      const known = call.labels.some((one) => one.label === label)
      return [known && label !== null ? label : (call.labels[0]?.label ?? '')]
    }
    case 'ai_analyze_sentiment':
      return label !== null && SENTIMENTS.includes(label) ? label : 'neutral'
    case 'ai_similarity':
      return 1
    case 'ai_extract':
      return Object.fromEntries(call.fields.map(({ name, type }) => [name, type === 'string' ? call.content : null]))
    case 'ai_query':
      return call.format.kind === 'text' ? call.request : null
    case 'ai_gen':
      return call.prompt
    default:
      return call.content
  }
}

/** The largest figures of each site over all looks. */
function toEstimate({ duck, tables }: Work, counts: PassCount[], exact: boolean): SqlEstimate {
  const { price } = tables.engine
  const sites = duck.read.sites.map(({ id, function: name }): SqlSite => {
    const seen = counts.map(({ sites: of }) => of[id]).filter((count) => count !== undefined)
    const most = (value: (count: SiteCount) => number): number => Math.max(0, ...seen.map(value))
    const calls = most((count) => count.missing.size)
    const distinct = most((count) => count.distinct.size)
    const tokens = {
      inputTokens: most((count) => count.inputTokens),
      outputTokens: most((count) => count.outputTokens),
    }
    const model = seen.find((count) => count.model !== '')?.model ?? ''
    const rows = most((count) => count.rows)
    return {
      function: name,
      model,
      rows,
      distinct,
      cached: distinct - calls,
      calls,
      ...tokens,
      usd: toUsd(tokens, calls, price),
    }
  })
  return { sites, total: toTotal(sites, counts.at(-1), exact, price), exact }
}

/** Two sites may ask the same: where everything is known, that is counted once. */
function toTotal(
  sites: SqlSite[],
  count: PassCount | undefined,
  exact: boolean,
  price: Parameters<typeof toUsd>[2],
): SqlUsage {
  const sum = (field: 'rows' | 'distinct' | 'cached' | 'calls' | 'inputTokens' | 'outputTokens'): number =>
    sites.reduce((total, site) => total + site[field], 0)
  const tokens = { inputTokens: sum('inputTokens'), outputTokens: sum('outputTokens') }
  if (!exact || !count) {
    const calls = sum('calls')
    return {
      rows: sum('rows'),
      distinct: sum('distinct'),
      cached: sum('cached'),
      calls,
      ...tokens,
      usd: toUsd(tokens, calls, price),
    }
  }
  const calls = new Set(count.sites.flatMap((site) => [...site.missing])).size
  const usage = toUsage(count, createSpent(), price)
  return { ...usage, cached: usage.distinct - calls, calls, ...tokens, usd: toUsd(tokens, calls, price) }
}
