// Nights in a real ledger, with evaluations that a test writes: steady scores, and what is different on one night.
import { silentLog } from '../../../src/core/log.ts'
import type { CaseResult, EvalCase, Evaluation, Score } from '../../../src/evals/evaluation.ts'
import type { Night, NightAsked, NightParts } from '../../../src/reports/nightly/night.ts'
import { toNightId } from '../../../src/reports/nightly/night.ts'
import { readNights } from '../../../src/reports/nightly/night-ledger.ts'
import { runNight } from '../../../src/reports/nightly/run-night.ts'
import { openSqliteStore } from '../../../src/store/sqlite/open-sqlite-store.ts'

export const MODEL = 'ml.rag.docs'
export const GATE = {
  metrics: {
    'faithfulness/v1/mean': { floor: 3.5, maxDrop: 0.25 },
    'correctness/v1/mean': { floor: 3, maxDrop: 0.25 },
    'refusal_correctness/v1/mean': { floor: 0.8, maxDrop: 0.1 },
  },
}

export function toCase(n: number, more: Partial<EvalCase> = {}): EvalCase {
  const folder = n % 10 < 2 ? 'sso' : n % 2 === 0 ? 'billing' : 'orders'
  return {
    id: `q${n}`,
    question: `How does step ${n} of ${folder === 'sso' ? 'SSO' : folder} work?`,
    expected: `As page ${n} says.`,
    facts: [],
    page: `${folder}/page-${n}.md`,
    unanswerable: false,
    tags: ['answerable'],
    ...more,
  }
}

export const toCases = (count: number) => Array.from({ length: count }, (_, i) => toCase(i + 1))

const scored = (value: number): Score => ({ kind: 'score', value })

/** A right answer with good grades. */
export function toResult(one: EvalCase, more: Partial<CaseResult> = {}): CaseResult {
  return {
    case: one,
    answer: {
      ...{ text: `As page of ${one.id} says.`, refused: false, cited: [], passages: [], latencyMs: 500 },
      ...{ inputTokens: 500, outputTokens: 50, costUsd: 0.002 },
    },
    error: null,
    scores: { faithfulness: scored(0.9), correctness: scored(0.8), refusal_correctness: scored(1) },
    traceId: `tr-${one.id}`,
    ...more,
  }
}

/** The same, but the answer does not say what it should. */
export function toWrong(one: EvalCase): CaseResult {
  const good = toResult(one)
  return {
    ...good,
    answer: good.answer && { ...good.answer, text: 'I do not know.' },
    scores: { ...good.scores, correctness: { kind: 'score', value: 0.1, rationale: 'It names no step.' } },
  }
}

export interface Plan {
  version?: string | null
  cases?: readonly EvalCase[]
  /** `again`: true in the second measurement. */
  row?: (one: EvalCase, again: boolean) => CaseResult
  judge?: string
  candidates?: string[]
  rowOf?: (version: string, one: EvalCase) => CaseResult
  parts?: Partial<NightParts>
  date?: string
  askedAt?: string
}

export function openRoom() {
  const store = openSqliteStore({ file: ':memory:', log: silentLog })
  const ledger = store.ledger('nights')
  let n = 0
  const evaluated: string[] = []
  const planNight = (plan: Plan): { parts: NightParts; asked: NightAsked } => {
    const date = plan.date ?? new Date(Date.UTC(2026, 10, n)).toISOString().slice(0, 10)
    const version = plan.version === undefined ? '3' : plan.version
    const parts: NightParts = {
      ledger,
      gate: GATE,
      log: silentLog,
      now: () => Date.parse(`${date}T03:10:00.000Z`),
      champion: async () => version,
      evaluate: async (name, { apart }) => {
        evaluated.push(apart)
        const cases = plan.cases ?? toCases(40)
        const again = apart.endsWith(':again')
        const rows = cases.map((one) =>
          name !== version && plan.rowOf ? plan.rowOf(name, one) : (plan.row ?? ((each) => toResult(each)))(one, again),
        )
        const evaluation: Evaluation = {
          ...{ runId: `run-${apart}`, model: MODEL, version: name, judge: plan.judge ?? 'careful' },
          ...{ finishedAt: `${date}T03:10:00.000Z`, metrics: {}, rows },
          set: { name: 'questions.jsonl', digest: `digest-${cases.length}`, size: cases.length },
        }
        return evaluation
      },
      ...plan.parts,
    }
    const asked: NightAsked = {
      ...{ id: toNightId(MODEL, date, plan.askedAt), model: MODEL, date, zone: 'Europe/Berlin' },
      ...{ at: `${date}T03:00:00.000Z`, candidates: plan.candidates ?? [] },
      ...{ signal: new AbortController().signal, onProgress: async () => {} },
    }
    return { parts, asked }
  }
  return {
    store,
    ledger,
    evaluated,
    planNight,
    async night(plan: Plan = {}): Promise<Night> {
      n += 1
      const { parts, asked } = planNight(plan)
      return runNight(parts, asked)
    },
    async quiet(count: number, plan: Plan = {}): Promise<void> {
      for (let i = 0; i < count; i++) await this.night(plan)
    },
    history: () => readNights(ledger, MODEL),
  }
}
export type NightRoom = ReturnType<typeof openRoom>
