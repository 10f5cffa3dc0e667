// The port of what the store keeps of tickets: triaged ones, and the labelled rows that people's corrections made.

/** One ticket as it was triaged, and as people corrected it. `record` is plain data that src/tickets reads and checks. */
export interface TriageEntry {
  id: string
  /** 1 at first; every change adds one. */
  revision: number
  createdAt: string
  updatedAt: string
  record: unknown
}

export interface Triages {
  /** False where the id is there already: nothing is changed. */
  create(id: string, record: unknown): Promise<boolean>
  get(id: string): Promise<TriageEntry | null>
  /** Compare and swap: false where the revision is no longer the newest. */
  update(id: string, revision: number, record: unknown): Promise<boolean>
}

/** A text and what a person says it is. The newest row of one task and text wins. */
export interface LabelledEntry {
  /** What the label says: `category`, or `field:` and the name of a field. */
  task: string
  text: string
  /** Empty where a field was taken back: the text says nothing of it. */
  label: string
  /** Principal of the person. */
  by: string
  at: string
  /** Where it comes from, such as `triage:t-1a2b`; the same source and task again replaces. */
  source: string
}

export interface Labelled {
  /** Idempotent by task and source. */
  put(entry: LabelledEntry): Promise<void>
  /** One row per task and text, the newest; oldest first. */
  list(task: string): Promise<LabelledEntry[]>
}
