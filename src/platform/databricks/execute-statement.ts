// One statement on a warehouse: handed in, polled to its end, and cancelled where nobody waits for it any more.
import { LakedeskError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import type { MlflowHttp } from '../mlflow/mlflow-http.ts'
import { answerOf } from '../mlflow/platform-errors.ts'
import { nothingSchema } from '../mlflow/wire.ts'
import { pause } from './pause.ts'
import { type Disposition, STATEMENTS, statementSchema, type WireParameter, type WireStatement } from './sql-wire.ts'

export interface Submission {
  text: string
  parameters: readonly WireParameter[]
  disposition: Disposition
  rowLimit?: number
  /** True where running it twice changes nothing: it may be handed in again where nobody knows whether it arrived. */
  repeatable: boolean
}

export interface ExecutorOptions {
  http: MlflowHttp
  warehouseId: string
  catalog?: string
  schema?: string
  log: Log
  /** Milliseconds before the first look, and at most between two. */
  pollMs: number
  maxPollMs: number
}

export interface Executor {
  /** Resolves with a statement that is neither pending nor running. An abort cancels it on the warehouse and rejects with the reason. */
  execute(submission: Submission, signal: AbortSignal): Promise<WireStatement>
  /** Cancels all that run. */
  cancelAll(): Promise<void>
}

const POLL_GROWTH = 1.5

export function createExecutor(options: ExecutorOptions): Executor {
  const { http, warehouseId, catalog, schema, log, pollMs, maxPollMs } = options
  const running = new Set<string>()
  const pathOf = (id: string): string => `${STATEMENTS}/${encodeURIComponent(id)}`

  /** `0s`: the id is there at once, so that an abort always knows what to cancel. It is not given the signal for the same reason. */
  async function submit({ text, parameters, disposition, rowLimit, repeatable }: Submission): Promise<WireStatement> {
    const body = {
      warehouse_id: warehouseId,
      statement: text,
      wait_timeout: '0s',
      on_wait_timeout: 'CONTINUE',
      disposition,
      format: 'JSON_ARRAY',
      ...(parameters.length > 0 ? { parameters } : {}),
      ...(rowLimit === undefined ? {} : { row_limit: rowLimit }),
      ...(catalog ? { catalog } : {}),
      ...(schema ? { schema } : {}),
    }
    const call = { method: 'POST', path: STATEMENTS, body, about: 'a SQL statement', repeatable } as const
    try {
      return await http.json({ ...call, answer: statementSchema })
    } catch (error) {
      throw repeatable ? error : orMayHaveRun(error)
    }
  }

  async function cancel(id: string): Promise<void> {
    const call = {
      method: 'POST',
      path: `${pathOf(id)}/cancel`,
      body: {},
      about: 'the cancelling of a statement',
    } as const
    try {
      await http.json({ ...call, repeatable: true, answer: nothingSchema })
    } catch (error) {
      log.warn('a statement could not be cancelled: it may run on', { statement: id, error })
    }
  }

  async function poll(id: string, signal: AbortSignal): Promise<WireStatement> {
    const path = pathOf(id)
    for (let waitMs = pollMs; ; waitMs = Math.min(waitMs * POLL_GROWTH, maxPollMs)) {
      await pause(waitMs, signal)
      const seen = await http.json({ method: 'GET', path, about: 'a SQL statement', answer: statementSchema, signal })
      if (!isUnderWay(seen)) return seen
    }
  }

  return {
    async execute(submission, signal) {
      signal.throwIfAborted()
      const first = await submit(submission)
      if (!isUnderWay(first)) return first
      const id = first.statement_id
      running.add(id)
      try {
        signal.throwIfAborted()
        return await poll(id, signal)
      } catch (error) {
        await cancel(id)
        if (signal.aborted) throw signal.reason
        throw submission.repeatable ? error : orMayHaveRun(error)
      } finally {
        running.delete(id)
      }
    },
    async cancelAll() {
      await Promise.all([...running].map(cancel))
    },
  }
}

function isUnderWay({ status }: WireStatement): boolean {
  return status.state === 'PENDING' || status.state === 'RUNNING'
}

/** The API has no key by which a statement handed in twice would run once, so the person has to know. */
function orMayHaveRun(error: unknown): unknown {
  const answer = answerOf(error)
  if (!(error instanceof LakedeskError) || !answer || answer.nothingHappened) return error
  if (answer.status >= 400 && answer.status < 500) return error
  const warning =
    'The statement writes and may have been taken all the same: look at what it writes before you run it again.'
  return new LakedeskError(error.code, `${error.userMessage} ${warning}`, error.cause)
}
