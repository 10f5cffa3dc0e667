// Builds what becomes of feedback: questions proposed for the labelled set, assessments on traces, pairs to train on.
import { join, resolve } from 'node:path'
import type { Settings } from '../config/settings.ts'
import type { Log } from '../core/log.ts'
import type { Turn } from '../core/turn.ts'
import { type AcceptedCase, newCasesSince, readAcceptedCases } from '../evals/cases/accepted-cases.ts'
import { createFeedbackDesk } from '../evals/cases/create-feedback-desk.ts'
import type { EvalCase } from '../evals/evaluation.ts'
import type { Policy } from '../promotion/policy.ts'
import type { Store } from '../store/port.ts'
import { readLedger } from '../store/sqlite/read-ledger.ts'
import { createCaseCards } from '../tools/case-cards.ts'
import { createCurateCases } from '../tools/curate-cases.ts'
import { type AnyTool, erase } from '../tools/define-tool.ts'
import { createExportPairs } from '../tools/export-pairs.ts'
import { createKeepAnswer } from '../tools/keep-answer.ts'
import { readPolicySet } from './build-evaluations.ts'
import type { BuiltPlatform } from './build-platform.ts'
import { STORE_FILE } from './store-file.ts'

export interface FeedbackOptions {
  settings: Settings
  policy: Policy
  built: Pick<BuiltPlatform, 'platform'>
  store: Store
  /** `memory`: what was accepted is read from the file of the server, beside it. */
  kind: 'file' | 'memory'
  log: Log
  /** Lets the conversation look for posts that are not shown. */
  wake(): void
}

export interface BuiltFeedback {
  tools: readonly AnyTool[]
  /** Questions from users that belong to the set of the policy's first model. */
  acceptedCases(): Promise<readonly EvalCase[]>
  /** Those that joined after that time (ISO 8601; null: ever), for the nightly report. */
  newCases(since: string | null): Promise<AcceptedCase[]>
  /** For the conversation: a record of feedback was kept. */
  onFeedback(id: string): void
  /** For the conversation: a card or a queue is shown in the reply to this turn. */
  announce(card: string, turn: Turn): Promise<void>
  /** Takes up what a crash or a platform out of reach left undone. */
  start(): void
  /** Waits until what is known by now is done. */
  settle(): Promise<void>
  close(): Promise<void>
}

const DATASET = 'dataset:'

/** Who may decide on questions from users: the curators of the policy, or its approvers where it names none. */
export function curatorsOf({ curators, approval }: Policy): readonly string[] {
  return curators ?? approval.approvers
}

export function buildFeedback({ settings, policy, built, store, kind, log, wake }: FeedbackOptions): BuiltFeedback {
  const cases = store.ledger('cases')
  const { evaluationSet } = policy
  const dataset = evaluationSet?.startsWith(DATASET) ? { dataset: evaluationSet.slice(DATASET.length) } : {}
  const desk = createFeedbackDesk({ store, runs: built.platform.runs, ...dataset, log })
  const curators = curatorsOf(policy)
  const cards = createCaseCards({ cases, posts: store.posts, wake })
  const file = join(resolve(settings.data), STORE_FILE)
  const list = kind === 'file' ? cases.list : async (limit: number) => readLedger(file, 'cases', limit)
  const acceptedCases = () => readAcceptedCases({ list })
  return {
    tools: [
      erase(createCurateCases({ cases, curators, cards, onDecided: desk.publish })),
      erase(createKeepAnswer({ store })),
      erase(createExportPairs({ store, curators })),
    ],
    acceptedCases,
    async newCases(since) {
      const fresh = await newCasesSince(cases, since)
      if (fresh.length === 0) return fresh
      // One that stood in the set already is nothing new there.
      const set = await readPolicySet({ policy, built, acceptedCases })
      return fresh.filter(({ caseId }) => set.cases.some(({ id }) => id === caseId))
    },
    onFeedback: desk.take,
    announce: cards.announce,
    start: desk.start,
    settle: desk.settle,
    close: desk.drain,
  }
}
