// Measures one night: Champion and the named candidates, once more where something looks worse, and keeps what came out.
import { LakedeskError } from '../../core/errors.ts'
import type { Evaluation } from '../../evals/evaluation.ts'
import { assembleNight, type MeasuredCandidate } from './assemble-night.ts'
import { chooseBaseline } from './baseline.ts'
import { confirmFailing, type Failing, failingBefore, findFailing } from './failing.ts'
import { downBefore, findSuspects, lookAt, metricsOf, toNightMetrics } from './judge-night.ts'
import { expectSlips, isBeyondSlips, isWorthSecondLook, judgeQuestions } from './judge-questions.ts'
import { type Taken, toMeasured } from './measured.ts'
import type { Measured, NewCase, Night, NightAsked, NightParts } from './night.ts'
import { keepNight, markFalseAlarm, type RunningNight, readNight, readNights, runningSchema } from './night-ledger.ts'
import { poolRows, type SharedRow, shareRows } from './paired.ts'
import { findBeyondNoise, isWorthAnotherLook } from './single-questions.ts'

/** A question that was accepted before so many nights is no news, even where none of them measured it. */
const NIGHTS_BACK = 13

/**
 * The night of `asked.id`, which is written once: a night that is finished already is returned as it stands, and one that was
 * broken off is taken up without asking anything twice. What cannot be evaluated gives a night with a `failure`. Throws what
 * `isPassing` says will pass by itself, the signal's reason, and STORE_*.
 */
export async function runNight(parts: NightParts, asked: NightAsked): Promise<Night> {
  const known = await readNight(parts.ledger, asked.id)
  const history = (await readNights(parts.ledger, asked.model)).filter(({ at }) => at < asked.at)
  if (known) {
    // The process may have died between the two.
    await settleLastAlarm(parts, known, history)
    return known
  }
  const began = now(parts)
  const night = await measureNight(parts, asked, history, began).catch((error: unknown) => {
    asked.signal.throwIfAborted()
    if (parts.isPassing?.(error)) throw error
    return failedNight(parts, asked, null, tellWhy(error, parts))
  })
  const kept = await keepNight(parts.ledger, { ...night, endedAt: new Date(now(parts)).toISOString() })
  await settleLastAlarm(parts, kept, history)
  return kept
}

async function measureNight(
  parts: NightParts,
  asked: NightAsked,
  history: readonly Night[],
  began: number,
): Promise<Night> {
  const version = await parts.champion()
  if (version === null) {
    const why = `No version of ${asked.model} is Champion yet, so there was nothing to measure. Promote one first.`
    return failedNight(parts, asked, null, why)
  }
  try {
    return await measureChampion(parts, asked, history, version, began)
  } catch (error) {
    asked.signal.throwIfAborted()
    if (parts.isPassing?.(error)) throw error
    return failedNight(parts, asked, version, tellWhy(error, parts))
  }
}

async function measureChampion(
  parts: NightParts,
  asked: NightAsked,
  history: readonly Night[],
  version: string,
  began: number,
): Promise<Night> {
  const { gate } = parts
  const first = await take(parts, asked, version, { apart: asked.id, label: `Measuring Champion v${version}` })
  const chosen = chooseBaseline(first.measured, history)
  const baseline = typeof chosen === 'string' ? null : chosen
  const shared = shareRows(first.measured, baseline?.measured ?? [])
  const metrics = metricsOf(gate, first.measured.rows)
  const down = downBefore(history)
  const looks = lookAt(first.measured, shared, metrics)
  const suspects = findSuspects(looks, down, gate)
  const told = failingBefore(history, baseline?.nights ?? [])
  const muted = (await parts.muted?.(new Date(now(parts)))) ?? new Set<string>()
  const failing = findFailing(shared).filter(({ caseId }) => !told.has(caseId))
  const candidates = await takeCandidates(parts, asked, first.evaluation, version)
  // Muted questions are measured like all others, but nobody is waiting for news of them.
  const isLoud = ({ caseId }: Failing) => !muted.has(caseId)
  const isNews = suspects.length > 0 || isWorthSecondLook(failing.filter(isLoud), shared)
  const again = isNews
    ? await take(parts, asked, version, {
        apart: `${asked.id}:again`,
        label: `Measuring Champion v${version} once more`,
      })
    : null
  const sharedAgain = again ? shareRows(again.measured, baseline?.measured ?? []) : []
  const looksAgain = again ? lookAt(again.measured, sharedAgain, metrics) : []
  const both = again ? lookAt(again.measured, poolRows(shared, sharedAgain), metrics) : []
  const verdicts = toNightMetrics({ looks, again: looksAgain, both, suspects, down, gate })
  const twice = confirmFailing(failing, sharedAgain)
  const { third, confirmed } = await lookAThirdTime(parts, asked, version, {
    ...{ twice, shared, sharedAgain, baseline: baseline?.measured ?? [] },
    isNeeded: twice.some(isLoud) && verdicts.every(({ state }) => state !== 'fell'),
  })
  const newCases = await findNewCases(parts, first.measured, history)
  const facts = (await parts.facts?.(version)) ?? { chain: null, docs: null }
  return assembleNight({
    ...{ asked, version, facts, newCases, first, again, third, baseline, candidates, muted },
    ...{ shared, sharedAgain, failing: confirmed, metrics: verdicts },
    questions: judgeQuestions({
      ...{ tonight: first.measured, shared, history },
      ...{ failing: failing.filter(isLoud), confirmed: confirmed.filter(isLoud) },
    }),
    note: typeof chosen === 'string' ? chosen : (chosen?.note ?? null),
    durationMs: now(parts) - began,
  })
}

/** Those that are measured for the first time: a night may run late, and a question may be accepted while one runs. */
async function findNewCases(parts: NightParts, tonight: Measured, history: readonly Night[]): Promise<NewCase[]> {
  const measured = history.filter(({ champion }) => champion !== null)
  const found = (await parts.newCases?.(measured[NIGHTS_BACK]?.at ?? null)) ?? []
  const told = new Set(measured.flatMap(({ newCases }) => newCases.map(({ caseId }) => caseId)))
  return found.filter(({ caseId }) => !told.has(caseId) && tonight.rows.some(({ id }) => id === caseId))
}

interface Doubtful {
  /** What failed in both measurements. */
  twice: readonly Failing[]
  shared: readonly SharedRow[]
  sharedAgain: readonly SharedRow[]
  baseline: readonly Measured[]
  /** False where nobody waits for news of them, or what fell is news enough. */
  isNeeded: boolean
}

/** A few questions that failed twice may be slips of an unsteady judge: only then all is measured a third time. */
async function lookAThirdTime(
  parts: NightParts,
  asked: NightAsked,
  version: string,
  { twice, shared, sharedAgain, baseline, isNeeded }: Doubtful,
): Promise<{ third: Taken | null; confirmed: readonly Failing[] }> {
  const slips = expectSlips(shared, sharedAgain)
  if (isBeyondSlips(twice.length, slips.twice)) return { third: null, confirmed: twice }
  const looks = { shared, more: [sharedAgain] }
  const known = findBeyondNoise(twice, looks)
  const doubtful = twice.filter((each) => !known.includes(each))
  if (!isNeeded || !isWorthAnotherLook(doubtful, looks)) return { third: null, confirmed: known }
  const label = `Measuring Champion v${version} a third time`
  const third = await take(parts, asked, version, { apart: `${asked.id}:third`, label })
  const sharedThird = shareRows(third.measured, baseline)
  const thrice = confirmFailing(twice, sharedThird)
  if (isBeyondSlips(thrice.length, slips.thrice)) return { third, confirmed: thrice }
  return { third, confirmed: findBeyondNoise(thrice, { shared, more: [sharedAgain, sharedThird] }) }
}

/** One after the other. A candidate that cannot be evaluated does not stop the night. */
async function takeCandidates(
  parts: NightParts,
  asked: NightAsked,
  champion: Evaluation,
  version: string,
): Promise<MeasuredCandidate[]> {
  const taken: MeasuredCandidate[] = []
  for (const candidate of new Set(asked.candidates)) {
    if (candidate === version) continue
    try {
      const apart = `${asked.id}:v${candidate}`
      const one = await take(parts, asked, candidate, { apart, label: `Measuring candidate v${candidate}` })
      const gate = parts.judgeCandidate?.(one.evaluation, champion) ?? null
      taken.push({ version: candidate, taken: one, gate, failure: null })
    } catch (error) {
      asked.signal.throwIfAborted()
      if (parts.isPassing?.(error)) throw error
      taken.push(toFailed(candidate, tellWhy(error, parts)))
    }
  }
  return [...taken, ...(asked.gone ?? []).map(({ version: name, why }) => toFailed(name, why))]
}

function toFailed(version: string, failure: string): MeasuredCandidate {
  return { version, taken: null, gate: null, failure }
}

/** A run that an earlier try of this night finished is read back, where that is possible. */
async function take(
  parts: NightParts,
  asked: NightAsked,
  version: string,
  { apart, label }: { apart: string; label: string },
): Promise<Taken> {
  const { ledger, readEvaluation } = parts
  const known = (await readRunning(parts, asked.id)).runs[apart]
  if (known && readEvaluation) {
    const evaluation = await readEvaluation(known.runId)
    if (evaluation.version === version) return { evaluation, measured: toMeasured(evaluation, known.durationMs) }
  }
  const began = now(parts)
  const onProgress = (progress: Parameters<NightAsked['onProgress']>[1]) => asked.onProgress(label, progress)
  const evaluation = await parts.evaluate(version, { apart, signal: asked.signal, onProgress })
  const durationMs = now(parts) - began
  const entry = await ledger.get(asked.id)
  const running = await readRunning(parts, asked.id)
  const next = { ...running, runs: { ...running.runs, [apart]: { runId: evaluation.runId, durationMs } } }
  // Who loses this swap evaluates once more after a crash, and nothing else.
  if (entry) await ledger.update(asked.id, entry.revision, next)
  else await ledger.create(asked.id, next)
  return { evaluation, measured: toMeasured(evaluation, durationMs) }
}

async function readRunning({ ledger }: NightParts, id: string): Promise<RunningNight> {
  const parsed = runningSchema.safeParse((await ledger.get(id))?.record)
  return parsed.success ? parsed.data : { form: 1, state: 'running', id, runs: {} }
}

/**
 * The announcement of the night before was wrong where tonight nothing is down any more, and nothing that is known has changed:
 * neither the version, nor its chain, nor the documentation, nor the questions that were compared.
 */
async function settleLastAlarm(parts: NightParts, night: Night, history: readonly Night[]): Promise<void> {
  const last = history.find(({ champion }) => champion !== null)
  if (last?.verdict !== 'regression' || !['recovered', 'holds'].includes(night.verdict)) return
  const same = (a: string | null, b: string | null) => a === b || a === null || b === null
  const { facts, version } = night
  if (version !== last.version || !same(facts.chain, last.facts.chain) || !same(facts.docs, last.facts.docs)) return
  await markFalseAlarm(parts.ledger, last.id, 'the next night', night.endedAt)
}

function failedNight(parts: NightParts, asked: NightAsked, version: string | null, failure: string): Night {
  const { id, model, date, zone, at } = asked
  return {
    ...{ form: 1, state: 'done', id, model, date, zone, at, version, failure, verdict: 'failed' },
    ...{
      endedAt: at,
      facts: { chain: null, docs: null },
      champion: null,
      again: null,
      third: null,
      baseline: null,
      note: null,
    },
    ...{ metrics: [], candidates: [], failing: [], worst: [], newCases: [], muted: 0 },
    ...{ questions: { state: 'steady', since: null, caseIds: [] }, errors: { unanswered: 0, judge: 0 } },
    ...{
      costUsd: null,
      durationMs: now(parts) - Date.parse(at) > 0 ? now(parts) - Date.parse(at) : 0,
      falseAlarm: null,
    },
  }
}

function tellWhy(error: unknown, { log }: NightParts): string {
  log.error('A night could not be measured', { cause: error })
  return error instanceof LakedeskError ? error.userMessage : 'Something broke on our side; the log says what.'
}

function now({ now: read = Date.now }: NightParts): number {
  return read()
}
