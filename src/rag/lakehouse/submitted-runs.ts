// Remembers which run of the platform belongs to which piece of work, so that a crash between the two loses neither.
import { z } from 'zod'
import type { Checkpoints } from '../../store/port.ts'

export interface SubmittedRuns {
  /** Id of the run; null where none was noted. */
  find(work: string): Promise<string | null>
  note(work: string, run: string): Promise<void>
  drop(work: string): Promise<void>
}

const KEY = 'run'

export function createSubmitted(checkpoints: Checkpoints): SubmittedRuns {
  const jobOf = (work: string): string => `ingest:${work}`
  return {
    async find(work) {
      return z.string().safeParse((await checkpoints.list(jobOf(work))).get(KEY)).data ?? null
    },
    note: (work, run) => checkpoints.put(jobOf(work), KEY, run),
    drop: (work) => checkpoints.drop(jobOf(work)),
  }
}
