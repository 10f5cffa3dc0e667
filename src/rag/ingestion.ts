// Bringing the documentation of the settings into the index as one piece of work: planned, followed, stopped, and told about.

import { LakedeskError } from '../core/errors.ts'

/** A run of the platform that did not reach its end. */
export class IngestionFailed extends LakedeskError {
  /** Where its log is, where the platform shows one. */
  readonly url: string | null

  constructor(why: string, url: string | null) {
    super('JOB_FAILED', why)
    this.name = 'IngestionFailed'
    this.url = url
  }
}

/** What would happen. */
export interface IngestionPlan {
  /** Where the documents come from and where they go, such as a table or a folder. */
  from: string
  into: string
  /** One sentence. */
  words: string
  /** True where it uses compute that costs money. */
  paid: boolean
}

/** `done` of `total` steps. */
export interface IngestionProgress {
  label: string
  done: number
  total: number
}

export interface IngestionResult {
  /** One sentence. */
  outcome: string
  facts: readonly { label: string; value: string }[]
  /** Of the run, where the platform shows one. */
  url: string | null
}

export interface IngestionHands {
  /** Names this piece of work: called again with the same one, it goes on with what was begun. */
  id: string
  signal: AbortSignal
  onProgress(progress: IngestionProgress): Promise<void>
}

export interface IngestionDesk {
  /** Reads only. Throws CONFIG_INVALID where nothing is set to be ingested. */
  plan(): Promise<IngestionPlan>
  /** Throws JOB_FAILED, SOURCE_*, INDEX_*, SQL_*, PLATFORM_*. */
  run(hands: IngestionHands): Promise<IngestionResult>
  /** Stops what runs, with the reason; how much that was. */
  stop(reason: string): Promise<number>
}
