// Carries out one approved request once: what it needs, what it is refused for, and the last look before its first write.
import { whyBroken } from '../approvals/approval-words.ts'
import type { ApprovalService } from '../approvals/create-approvals.ts'
import { LakedeskError, toLakedeskError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { ApprovalRecord } from '../store/port.ts'
import type { AnyTool, ApprovedEnding, ApprovedRun } from './define-tool.ts'

export interface RunParts {
  approvals: Pick<ApprovalService, 'get' | 'progress' | 'whyNotRun'>
  /** The tool of that name. */
  find(tool: string): AnyTool | undefined
  log: Log
  /** Wait before the first new try, doubled each time up to a minute; default 1 second. */
  retryMs?: number
}

/** Faults of the platform or the store that may be gone at the next try: `carryOut` throws them on. */
const PASSING: readonly string[] = [
  'PLATFORM_UNREACHABLE',
  'PLATFORM_FAILED',
  'STORE_FAILED',
  'STORE_FULL',
  'STORE_LOCKED',
]

export function isPassing(error: unknown): boolean {
  return error instanceof LakedeskError && PASSING.includes(error.code)
}

export const RETRY_MS = 1_000
export const MAX_RETRY_MS = 60_000

/** `late`: why it may not begin any more, as far as that is known. Throws what the tool throws. */
export async function runApproved(
  approval: ApprovalRecord,
  late: string | null,
  parts: RunParts,
  signal: AbortSignal,
): Promise<ApprovedEnding> {
  const tool = parts.find(approval.tool)
  if (!tool?.approval) {
    return { state: 'failed', outcome: `Lakedesk has no tool ${approval.tool} any more, so nothing was carried out.` }
  }
  const side = tool.approval
  const parsed = tool.input.safeParse(approval.input)
  const input = parsed.success ? parsed.data : approval.input
  const run: ApprovedRun = {
    approval,
    progress: async (label, done, total) => void (await parts.approvals.progress(approval.id, { label, done, total })),
    whyNotRun: () => whyNotRun(approval.id, (principal) => side.mayDecide(principal, input), parts, signal),
  }
  const why = late ?? whyBroken(approval)
  if (why === null && parsed.success) return side.carryOut(parsed.data, run, signal)
  // What has begun is brought to its end by its own journal, whatever became of the request.
  const resumed = await side.resume?.(run, signal)
  if (resumed) return resumed
  if (why !== null) return { state: 'void', outcome: why }
  return {
    state: 'failed',
    outcome: `The stored request does not fit ${approval.tool} as it is now, so nothing was carried out. Ask again.`,
  }
}

/** Where the platform does not tell the rights it is asked again, until the time of the request is over. */
async function whyNotRun(
  id: string,
  mayDecide: (principal: string) => Promise<true | string>,
  { approvals, log, retryMs = RETRY_MS }: RunParts,
  signal: AbortSignal,
): Promise<string | null> {
  for (let attempt = 0; ; attempt++) {
    const approval = await approvals.get(id)
    if (!approval) return `Request ${id} is not in the store any more.`
    try {
      return await approvals.whyNotRun(approval, mayDecide)
    } catch (error) {
      const afterMs = Math.min(MAX_RETRY_MS, retryMs * 2 ** attempt)
      const { code } = toLakedeskError(error)
      log.warn('The rights of those who approved could not be read and are asked for again', {
        ...{ approval: id, code, afterMs, cause: error },
      })
      const label = `Whether those who approved still may could not be read (${code}); asked again`
      await approvals.progress(id, { done: 0, total: 1, ...approval.progress, label })
      await pause(afterMs, signal).done
      signal.throwIfAborted()
    }
  }
}

/** A wait that `end` or the signal ends early. */
export function pause(ms: number, signal: AbortSignal | null): { done: Promise<void>; end(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(end, ms)
  function end(): void {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
    resolve()
  }
  if (signal?.aborted) end()
  else signal?.addEventListener('abort', end, { once: true })
  return { done: promise, end }
}
