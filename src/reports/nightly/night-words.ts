// The verdict of a night in one sentence, and the small words around it.

import { toPlainLine } from '../../core/text/plain-markdown.ts'
import { METRICS, type MetricName } from '../../evals/metrics.ts'
import { count, showDelta, showDuration, showNumber } from '../../evals/show-number.ts'
import type { FailingGroup, Night, NightCandidate, NightMetric } from './night.ts'
import { recordOf, tellRecord } from './night-record.ts'

const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']
const MOST_NAMED = 3

export function toNumberWord(n: number): string {
  return NUMBERS[n] ?? String(n)
}

/** `faithfulness`, `answer relevance`. */
export function nameOf(metric: MetricName): string {
  return metric.replaceAll('_', ' ')
}

export function showOrDash(metric: MetricName, value: number | null): string {
  return value === null ? '–' : showNumber(metric, value)
}

/** Such as `faithfulness 4.55 (+0.02)`. */
export function tellMetric({ metric, tonight, delta }: NightMetric): string {
  const change = delta ? ` (${showDelta(metric, delta.mean)})` : ''
  return `${nameOf(metric)} ${showOrDash(metric, tonight)}${change}`
}

/** The gate's floor, such as `at least 3.50`; a dash where it has none. */
export function tellFloor({ metric, floor, belowFloor }: NightMetric): string {
  if (floor === null) return '–'
  const limit = METRICS[metric].higherIsBetter ? 'at least' : 'at most'
  return `${limit} ${showNumber(metric, floor)}${belowFloor ? ', not met' : ''}`
}

/** One line of Markdown. */
export function toVerdictLine(night: Night, history: readonly Night[], called?: string): string {
  const name = `${called === undefined ? '' : `${toPlainLine(called)} `}Champion${night.version === null ? '' : ` v${night.version}`}`
  const note = night.note === null ? '' : ` ${toPlainLine(night.note)}`
  return `${toSentence(night, name, tellNews(night, history))}${note}`
}

function toSentence(night: Night, name: string, news: readonly string[]): string {
  const { metrics, verdict } = night
  const [main] = metrics
  const told = (of: readonly NightMetric[]) => of.slice(0, MOST_NAMED).map(tellMetric)
  const inState = (state: NightMetric['state']) => metrics.filter((each) => each.state === state)
  const mainly = main ? [tellMetric(main)] : []
  if (verdict === 'failed') return `**${name} was not measured**: ${toPlainLine(night.failure ?? '')}`
  if (verdict === 'unmeasured') return `**${name} was not measured**: ${tellUnmeasured(night)}`
  if (verdict === 'regression') return join(`**${name} got worse**`, [...told(inState('fell')), ...news])
  if (verdict === 'down') {
    const down = inState('down')
    const since = down[0]?.since ?? night.questions.since ?? ''
    return join(`**${name} is still down since ${since}**`, [...told(down), ...tellBroken(night), ...news])
  }
  if (verdict === 'recovered') {
    const back = inState('recovered')
    const since = back[0]?.since ?? night.questions.since ?? ''
    return join(`**${name} is back**`, [
      ...(back.length > 0 ? told(back) : mainly),
      `down since ${since} until tonight`,
      ...news,
    ])
  }
  if (verdict === 'first') return join(`**${name} is measured for the first time**`, [...mainly, ...news])
  return join(`**${name} holds**`, [...mainly, ...news])
}

function join(head: string, parts: readonly string[]): string {
  return `${head}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}.`
}

function tellUnmeasured({ metrics, champion }: Night): string {
  const broken = metrics.find(({ state, since }) => state === 'unmeasured' && since !== null) ?? metrics[0]
  const judge = toPlainLine(champion?.judge ?? 'the judge')
  if (!broken) return `the judge ${judge} gave no score, so tonight says nothing.`
  const size = champion?.rows.filter(({ scores }) => broken.metric in scores).length ?? 0
  return `the judge ${judge} failed on ${broken.errors} of ${size} rows of ${nameOf(broken.metric)}, so tonight says nothing of it.`
}

/** Of what was announced and is still so: how many questions. */
function tellBroken({ questions, champion }: Night): string[] {
  if (questions.state !== 'down') return []
  const asked = champion?.rows.filter(({ id }) => questions.caseIds.includes(id)).length ?? 0
  return [`most of ${toNumberWord(asked)} failing ${asked === 1 ? 'question' : 'questions'} still fail`]
}

/** What else there is to know, most important first. */
function tellNews(night: Night, history: readonly Night[]): string[] {
  const failing = tellFailing(night)
  const users = night.newCases.length
  return [
    ...(failing === null ? [] : [failing]),
    ...newlyPassing(night, history).map(tellPassing),
    ...night.candidates.flatMap(({ version, failure }) =>
      failure === null ? [] : [`v${version} could not be measured`],
    ),
    ...(users === 0 ? [] : [`${toNumberWord(users)} new ${users === 1 ? 'question' : 'questions'} from users`]),
  ]
}

/** Such as `three new failing questions, two about SSO`; null where there is none. */
export function tellFailing({ failing }: Night): string | null {
  const total = failing.reduce((sum, { caseIds }) => sum + caseIds.length, 0)
  if (total === 0) return null
  const text = `${toNumberWord(total)} new failing ${total === 1 ? 'question' : 'questions'}`
  const named = failing.find(({ cause, label }) => cause === 'refusal' || (label !== null && cause !== 'metric'))
  if (!named || (named.cause === 'refusal' && named.caseIds.length < 2)) return text
  const about = tellCause(named)
  return named.caseIds.length === total ? `${text} ${about}` : `${text}, ${toNumberWord(named.caseIds.length)} ${about}`
}

/** Such as `about SSO`. */
function tellCause({ cause, label }: FailingGroup): string {
  const shown = toPlainLine(label ?? '')
  if (cause === 'refusal') return 'that should have been refused'
  return cause === 'error' ? `with “${shown}”` : `about ${shown}`
}

function tellPassing({ version, delta }: NightCandidate): string {
  const gain = delta?.mean.toFixed(2) ?? '0.00'
  const isSame = Number(gain) === 0
  return `v${version} passes the gate${isSame ? '' : ` (${gain.startsWith('-') ? '' : '+'}${gain})`}`
}

/** Candidates that pass tonight and did not on the night before: said once. */
export function newlyPassing(night: Night, history: readonly Night[]): NightCandidate[] {
  const last = before(night, history).find(({ champion }) => champion !== null)
  const known = new Set(last?.candidates.flatMap(({ version, gate }) => (gate === 'pass' ? [version] : [])))
  return night.candidates.filter(({ version, gate }) => gate === 'pass' && !known.has(version))
}

/** Newest first. */
export function before(night: Night, history: readonly Night[]): Night[] {
  return history.filter(({ id, at }) => id !== night.id && at < night.at).sort((a, b) => (a.at < b.at ? 1 : -1))
}

/** Nothing happened that somebody must know. */
export function isQuiet(night: Night, history: readonly Night[]): boolean {
  if (night.verdict !== 'holds' && night.verdict !== 'down') return false
  if (night.failing.length > 0 || night.newCases.length > 0) return false
  return newlyPassing(night, history).length === 0 && night.candidates.every(({ failure }) => failure === null)
}

/** Cost, duration, what was set apart, and the report's own record, in one line of plain text. */
export function toFootLine(night: Night, history: readonly Night[]): string {
  const { champion, again, third, errors, muted, costUsd, durationMs } = night
  const measured = champion
    ? `${count(champion.set.size, 'question')} of ${champion.set.name}, judge ${champion.judge}`
    : ''
  const parts = [
    measured,
    third ? 'measured three times' : again ? 'measured twice' : '',
    errors.judge > 0 ? `${count(errors.judge, 'row')} with errors of the judge` : '',
    errors.unanswered > 0 ? `${count(errors.unanswered, 'row')} without an answer` : '',
    muted > 0 ? `${count(muted, 'failing question')} muted` : '',
    !champion ? '' : costUsd === null ? 'cost not known' : costUsd === 0 ? 'no cost' : showNumber('cost', costUsd),
    showDuration(durationMs),
    tellRecord(recordOf(night, history)),
  ]
  return parts.filter((part) => part !== '').join(' · ')
}
