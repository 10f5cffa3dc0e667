// The port of files that jobs and people share: the volumes of Unity Catalog.

export interface VolumeEntry {
  /** Whole path, such as `/Volumes/cat/schema/vol/a.jsonl`. */
  path: string
  isDirectory: boolean
  /** Null for directories. */
  bytes: number | null
}

/** Paths are absolute and begin with /Volumes/. Throws PLATFORM_*. */
export interface Volumes {
  /** Creates or replaces, with the directories above. */
  put(path: string, body: Uint8Array): Promise<void>
  /** Null where there is no such file. */
  read(path: string): Promise<Uint8Array | null>
  /** Null where there is no such file. */
  size(path: string): Promise<number | null>
  /** Sorted by path; empty where there is no such directory. */
  list(directory: string): Promise<VolumeEntry[]>
  /** Idempotent. */
  remove(path: string): Promise<void>
}
