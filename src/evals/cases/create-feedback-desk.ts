// Takes what people said of answers further, behind their backs: to the proposed questions, and onto the traces of the answers.
import { type Feedback, feedbackSchema } from '../../core/feedback.ts'
import type { Log } from '../../core/log.ts'
import type { Runs } from '../../platform/ports/runs.ts'
import { changeRecord } from '../../store/change-record.ts'
import type { Store } from '../../store/port.ts'
import { writeToDataset } from './accepted-cases.ts'
import { proposeCase } from './propose-case.ts'
import { ANSWERS_EXPERIMENT, traceFeedback } from './trace-feedback.ts'

export interface FeedbackDesk {
  /** Takes the record of that id further. Returns at once; what fails is logged, and tried again by the sweep. */
  take(id: string): void
  /** Writes accepted questions into the dataset, where the set is one. Returns at once. */
  publish(): void
  /** Takes up what is left, now and every few minutes. */
  start(): void
  /** Waits for what is under way. */
  settle(): Promise<void>
  /** Takes nothing more, and waits for what is under way. */
  drain(): Promise<void>
}

export interface FeedbackDeskParts {
  store: Pick<Store, 'ledger'>
  runs: Runs
  /** Name of the experiment that traces of rated answers go to. */
  experiment?: string
  /** Name of the dataset that accepted questions join; absent where the set is a file. */
  dataset?: string
  log: Log
}

const SWEEP_EVERY_MS = 5 * 60_000
/** Records that a sweep looks through, newest first. */
const MOST = 10_000

type Errand = keyof Feedback['done']

export function createFeedbackDesk(parts: FeedbackDeskParts): FeedbackDesk {
  const { store, runs, dataset, log, experiment = ANSWERS_EXPERIMENT } = parts
  const feedback = store.ledger('feedback')
  const cases = store.ledger('cases')
  const errands: Record<Errand, (record: Feedback, id: string) => Promise<unknown>> = {
    case: (record, id) => proposeCase(record, id, cases),
    trace: (record) => traceFeedback(record, { ledger: feedback, runs, experiment }),
  }
  // One after the other, so that an answer gets one trace and a version one run.
  let last = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  function then(what: string, work: () => Promise<void>): void {
    if (stopped) return
    last = last.then(async () => {
      if (stopped) return
      try {
        await work()
      } catch (error) {
        log.error('Something that was to be done with feedback failed and is tried again later', { what, cause: error })
      }
    })
  }

  async function run(errand: Errand, id: string): Promise<void> {
    const entry = await feedback.get(id)
    const record = feedbackSchema.safeParse(entry?.record)
    if (!record.success || record.data.done[errand] >= record.data.word) return
    const { word } = record.data
    await errands[errand](record.data, id)
    await changeRecord<Feedback>(feedback, id, feedbackSchema.parse, (old) =>
      old && old.done[errand] < word ? { ...old, done: { ...old.done, [errand]: word } } : null,
    )
  }

  function take(id: string): void {
    then(`proposing a question of ${id}`, () => run('case', id))
    then(`the assessment of ${id}`, () => run('trace', id))
  }

  const publish = (): void => {
    if (dataset === undefined) return
    then(`the dataset ${dataset}`, async () => {
      const written = await writeToDataset(dataset, cases, runs)
      if (written > 0) log.info('Questions from users were written into the dataset', { dataset, written })
    })
  }

  function sweep(): void {
    then('the sweep', async () => {
      for (const { id, record } of (await feedback.list(MOST)).reverse()) {
        const parsed = feedbackSchema.safeParse(record)
        if (!parsed.success) continue
        const { done, word } = parsed.data
        if (done.case < word || done.trace < word) take(id)
      }
    })
    publish()
  }

  return {
    take,
    publish,
    start() {
      sweep()
      timer = setInterval(sweep, SWEEP_EVERY_MS)
      timer.unref()
    },
    async settle() {
      for (let seen: Promise<void> | null = null; seen !== last; ) {
        seen = last
        await seen
      }
    },
    async drain() {
      clearInterval(timer)
      stopped = true
      await last
    },
  }
}
