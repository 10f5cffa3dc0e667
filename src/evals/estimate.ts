// What an evaluation will take, in questions, calls, tokens, money and time, before it starts.
import type { EvalSet, Evaluation } from './evaluation.ts'
import { count, showDuration } from './show-number.ts'

/** USD for a million tokens; both 0 where the models run on this machine. */
export interface TokenPrice {
  input: number
  output: number
}

export interface EstimateOptions {
  set: Pick<EvalSet, 'cases'>
  /** The newest evaluation of this version, or of its neighbour: tokens and time are expected to be as there. */
  earlier: Evaluation | null
  /** Of the version's model and of the judge's; left out where it is not known. */
  price?: TokenPrice
  /** Default: the offline judge, which calls no model. */
  judge?: { name: string; callsPerAnswer: number; tokensPerCall?: number }
  /** As the evaluation will be run; default 4. */
  concurrency?: number
}

export interface EvaluationEstimate {
  questions: number
  judgeCalls: number
  /** Null where nothing is known yet. */
  tokens: number | null
  costUsd: number | null
  durationMs: number
  /** One line, such as `60 questions, about 2 minutes, no cost: the offline model and judge run here`. */
  words: string
}

const OFFLINE: NonNullable<EstimateOptions['judge']> = { name: 'offline', callsPerAnswer: 0 }
const CONCURRENCY = 4
/** Where no earlier evaluation says how long an answer takes: of a model behind an endpoint, and of one that runs here. */
const ANSWER_MS = 5_000
const ANSWER_HERE_MS = 1_000
const JUDGE_CALL_MS = 3_000
/** The rubric, the question, five passages and the answer, and a short verdict. */
const JUDGE_CALL_TOKENS = 1_800
/** Share of a judge call's tokens that it writes itself. */
const JUDGE_OUTPUT = 0.1

/** Reads nothing and asks nobody. */
export function estimateEvaluation(options: EstimateOptions): EvaluationEstimate {
  const { set, earlier, price, judge = OFFLINE, concurrency = CONCURRENCY } = options
  const questions = set.cases.length
  const judgeCalls = questions * judge.callsPerAnswer
  const judgeTokens = judgeCalls * (judge.tokensPerCall ?? JUDGE_CALL_TOKENS)
  const answers = meanTokens(earlier)
  const tokens = answers === null ? null : Math.round(questions * (answers.input + answers.output) + judgeTokens)
  const costUsd = toCost(price, answers, questions, judgeTokens)
  const perRow =
    (meanLatency(earlier) ?? (isFree(price) ? ANSWER_HERE_MS : ANSWER_MS)) + judge.callsPerAnswer * JUDGE_CALL_MS
  const durationMs = Math.ceil(questions / concurrency) * perRow
  const known = { questions, judgeCalls, tokens, costUsd, durationMs }
  return { ...known, words: toWords(known, judge.name) }
}

function toCost(
  price: TokenPrice | undefined,
  answers: { input: number; output: number } | null,
  questions: number,
  judgeTokens: number,
): number | null {
  if (!price) return null
  if (isFree(price)) return 0
  if (!answers) return null
  const input = questions * answers.input + judgeTokens * (1 - JUDGE_OUTPUT)
  const output = questions * answers.output + judgeTokens * JUDGE_OUTPUT
  return (input * price.input + output * price.output) / 1_000_000
}

function isFree(price: TokenPrice | undefined): boolean {
  return price?.input === 0 && price.output === 0
}

function meanLatency(earlier: Evaluation | null): number | null {
  return meanOf(earlier?.rows.flatMap((row) => row.answer?.latencyMs ?? []) ?? [])
}

/** Of one answer; null where the endpoint does not tell. */
function meanTokens(earlier: Evaluation | null): { input: number; output: number } | null {
  const answers = earlier?.rows.flatMap((row) => row.answer ?? []) ?? []
  const input = meanOf(answers.flatMap(({ inputTokens }) => inputTokens ?? []))
  const output = meanOf(answers.flatMap(({ outputTokens }) => outputTokens ?? []))
  return input === null || output === null ? null : { input, output }
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

function toWords(known: Omit<EvaluationEstimate, 'words'>, judge: string): string {
  const parts = [count(known.questions, 'question'), `about ${showDuration(known.durationMs)}`]
  if (known.judgeCalls > 0) parts.splice(1, 0, `${count(known.judgeCalls, 'call')} of the judge ${judge}`)
  if (known.costUsd === 0) {
    const here = known.judgeCalls > 0 ? 'the models run here' : 'the offline model and judge run here'
    return `${parts.join(', ')}, no cost: ${here}`
  }
  if (known.tokens !== null) parts.push(`about ${count(known.tokens, 'token')}`)
  parts.push(known.costUsd === null ? 'cost not known' : `about ${known.costUsd.toFixed(2)} USD`)
  return parts.join(', ')
}
