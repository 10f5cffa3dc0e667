// Registered models of the local lakehouse as they are kept, and what both of their wires work with.

export interface Version {
  version: number
  status: 'PENDING_REGISTRATION' | 'FAILED_REGISTRATION' | 'READY'
  comment: string
  source: string
  run_id: string
  created_at: number
  updated_at: number
  created_by: string
  tags: Record<string, string>
  /** The logged model of MLflow 3 that it was made from, and the workspace of its run; empty where not told. */
  model_id: string
  run_workspace_id: string
}

export interface Model {
  owner: string
  comment: string
  createdAt: number
  updatedAt: number
  tags: Record<string, string>
  versions: Version[]
  aliases: Record<string, number>
  /** Numbers are never given twice. */
  nextVersion: number
}

/** What both wires work with. */
export interface Registry {
  /** Throws 400 for a name that is none of three parts, 404 where there is no such model. */
  require(name: string): Model
  requireVersion(name: string, version: number): Version
  create(name: string, owner: string, comment?: string): Model
  /** Keeps what was changed in a model. */
  save(name: string): void
  delete(name: string): void
  deleteVersion(name: string, version: number): void
  addVersion(name: string, extra?: Partial<Version>): Version
  setAlias(name: string, alias: string, version: number): void
  dropAlias(name: string, alias: string): void
  versionAt(name: string, alias: string): Version
  aliasesOf(name: string, version?: number): { alias_name: string; version_num: number }[]
  names(): string[]
  has(name: string): boolean
  now(): number
  /** Versions a page of the list. */
  pageSize(): number
}
