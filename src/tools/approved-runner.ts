// Carries out what was approved, also after a crash; ends what nobody decided in time; reminds, and keeps the cards current.
import { describeEnd } from '../approvals/approval-words.ts'
import type { ApprovalService } from '../approvals/create-approvals.ts'
import { toLakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { ApprovalRecord } from '../store/port.ts'
import type { Cards } from './cards.ts'
import type { AnyTool, ApprovedEnding } from './define-tool.ts'
import { MAX_RETRY_MS, pause, RETRY_MS, runApproved } from './run-approved.ts'

export interface ApprovedRunner {
  /** Takes up what was approved or broken off, brings the cards to what is stored, and starts the clock. */
  start(): Promise<void>
  /** Runs that approval now if it is approved. Returns at once. */
  wake(id: string): void
  /** Looks at the clock once: expiries and reminders. */
  tick(): Promise<void>
  /**
   * Waits until none of these requests is worked on here (of any, where none are named), and the cards of all requests are
   * stored as the requests stand: an end is stored before its card. Not for what another process works on.
   */
  settled(ids?: readonly string[]): Promise<void>
  /**
   * Begins nothing more, stops running work at its next safe point and waits for it, at most `timeoutMs` (default 20
   * seconds); the rest goes on at the next start.
   */
  drain(timeoutMs?: number): Promise<void>
}

export interface RunnerParts {
  approvals: ApprovalService
  /** The tool of that name. */
  find(tool: string): AnyTool | undefined
  cards: Cards
  /** Brings to its end what was begun and whose request is gone or has ended. Called at the start and at every tick. */
  orphans?(signal: AbortSignal): Promise<unknown>
  log: Log
  /** Between two looks at the clock; default 30 seconds. */
  tickMs?: number
  /** Wait before the first new try of a run that broke off, doubled each time up to a minute; default 1 second. */
  retryMs?: number
  /** After so long without coming through it ends as failed, unless the tool has a journal to resume from; default 15 minutes. */
  giveUpMs?: number
}

const TICK_MS = 30_000
const DRAIN_MS = 20_000
const GIVE_UP_MS = 15 * 60_000
/** Ended requests whose cards are brought up to date at the start: a crash may have come between the end and the card. */
const RECENT = 50

export function createApprovedRunner(parts: RunnerParts): ApprovedRunner {
  const { approvals, cards, log, tickMs = TICK_MS } = parts
  const stopping = new AbortController()
  const { signal } = stopping
  const running = new Map<string, Promise<void>>()
  const showing = new Set<Promise<void>>()
  let timer: NodeJS.Timeout | undefined
  let ticking: Promise<void> | null = null
  let taking: Promise<void> | null = null

  function wake(id: string): void {
    if (signal.aborted || running.has(id)) return
    const work = carryOut(id, parts, signal)
      .catch((error: unknown) =>
        log.error('An approved operation could not be worked on', { approval: id, cause: error }),
      )
      .finally(() => running.delete(id))
    running.set(id, work)
  }

  function show(approval: ApprovalRecord): void {
    const work = showState(approval, parts)
      .catch((error: unknown) => log.error('A card could not be renewed', { approval: approval.id, cause: error }))
      .finally(() => showing.delete(work))
    showing.add(work)
  }

  const stopWatching = approvals.watch((approval) => {
    show(approval)
    if (approval.state === 'approved') wake(approval.id)
  })

  /** Beside the clock, because it may take longer than a tick. */
  async function takeUpOrphans(): Promise<void> {
    try {
      await parts.orphans?.(signal)
    } catch (error) {
      log.error('What was begun could not be looked up and is looked up again', { cause: error })
    }
  }

  async function tick(): Promise<void> {
    if (!signal.aborted) {
      taking ??= takeUpOrphans().finally(() => {
        taking = null
      })
    }
    try {
      await approvals.expire()
      await approvals.remind((approval) => cards.remind(approval))
      for (const { id } of await approvals.list({ states: ['approved', 'running'], limit: RECENT })) wake(id)
    } catch (error) {
      log.error('Open approvals could not be looked at and are looked at again', { cause: error })
    }
  }

  async function settled(ids?: readonly string[]): Promise<void> {
    for (;;) {
      const own = ids ? ids.flatMap((id) => running.get(id) ?? []) : [...running.values()]
      const work = [...own, ...showing]
      if (work.length === 0) return
      await Promise.all(work)
    }
  }

  return {
    wake,
    tick,
    settled,
    async start() {
      for (const approval of await approvals.list({ limit: RECENT })) show(approval)
      await tick()
      timer = setInterval(() => {
        ticking ??= tick().finally(() => {
          ticking = null
        })
      }, tickMs)
      timer.unref()
    },
    async drain(timeoutMs = DRAIN_MS) {
      stopping.abort(new Error('The process stops.'))
      stopWatching()
      clearInterval(timer)
      await ticking
      const work = Promise.all([...running.values(), taking]).then(() => Promise.all(showing))
      const late = pause(timeoutMs, null)
      const ended = await Promise.race([work.then(() => true), late.done.then(() => false)])
      late.end()
      if (!ended) log.warn('Approved operations did not stop in time and go on at the next start', { timeoutMs })
    },
  }
}

/** Copies for new requests, new replies for the others, and a note where somebody waits for the end. */
async function showState(approval: ApprovalRecord, { cards, find }: RunnerParts): Promise<void> {
  if (find(approval.tool)?.approval?.quiet?.(approval)) return cards.refresh(approval.id)
  if (approval.revision === 1) await cards.announce(approval.id)
  else await cards.refresh(approval.id)
  const end = describeEnd(approval)
  if (end !== null) await cards.note(approval, end)
}

/** Runs it to its end, again and again where it throws, until the process drains or it has gone on for too long. */
async function carryOut(id: string, parts: RunnerParts, signal: AbortSignal): Promise<void> {
  const { approvals, cards, log, retryMs = RETRY_MS } = parts
  const waiting = await approvals.get(id)
  // Whether the right is still there is asked by what writes, just before it does.
  const late = waiting?.state === 'approved' ? await approvals.whyNotRun(waiting, async () => true) : null
  const started = await approvals.start(id)
  if (started.kind === 'not') return
  const since = Date.now()
  let tooLate: ApprovedEnding | null = null
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const ending = tooLate ?? (await runApproved(started.approval, late, parts, signal))
      // Before the end is stored: a crash between the two runs it once more, and the other way round it would never be said.
      if (ending.says) await cards.say(started.approval, ending.says)
      await approvals.end(id, ending)
      return
    } catch (error) {
      if (signal.aborted) return
      const afterMs = Math.min(MAX_RETRY_MS, retryMs * 2 ** attempt)
      const { code, userMessage } = toLakedeskError(error)
      log.error('An approved operation broke off and is taken up again', { approval: id, code, afterMs, cause: error })
      // What has a journal may stand half done, and only its own tool brings it to an end.
      const hasJournal = parts.find(started.approval.tool)?.approval?.resume !== undefined
      if (!hasJournal && tooLate === null && Date.now() - since >= (parts.giveUpMs ?? GIVE_UP_MS)) {
        tooLate = {
          state: 'failed',
          outcome: `${userMessage} It was tried ${attempt + 1} times, so it ends here. Ask again.`,
        }
        continue
      }
      const label = `It broke off (${code}) and is tried again. ${userMessage}`
      await tellBreak(id, label, parts)
      await pause(afterMs, signal).done
    }
  }
}

/** A store that fails here must not end the tries. */
async function tellBreak(id: string, label: string, { approvals, log }: RunnerParts): Promise<void> {
  try {
    const record = await approvals.get(id)
    await approvals.progress(id, { done: 0, total: 1, ...record?.progress, label })
  } catch (error) {
    log.error('That an operation broke off could not be shown', { approval: id, cause: error })
  }
}
