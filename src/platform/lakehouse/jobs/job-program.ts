// What a task of a job really does in the local lakehouse: programs that are known here carry it out.

import type { SqlValue } from '../../ports/sql.ts'
import { setOwn } from '../own-keys.ts'
import type { Ran } from '../sql-engine.ts'
import type { FileSpace } from '../volumes/file-space.ts'
import type { Values } from '../wire.ts'
import type { Ask } from './ask-inside.ts'

export interface JobTask {
  key: string
  /** Which kind of task it is: the name of its field. */
  kind: string
  /** The file that is run, such as `/Volumes/cat/schema/vol/chunk.py`; empty where there is none. */
  file: string
  /** In order; `--name value` stays as it is. */
  parameters: readonly string[]
  /** By name, without dashes: of `ai_runtime_task` and `python_wheel_task`, and what `--name value` or `--name=value` says. */
  named: Readonly<Record<string, string>>
  /** The field of the kind, as it was submitted. */
  body: Values
}

/** What a program works with: it acts as the user who runs the job. */
export interface JobWorld {
  caller: string
  files: Pick<FileSpace, 'read' | 'write' | 'list'>
  /** Rows of one statement; parameters by name. */
  sql(text: string, parameters?: Readonly<Record<string, SqlValue>>): Promise<Ran>
  /** The lakehouse's own API: MLflow, Unity Catalog, vector search. */
  ask: Ask
  /** Aborts when the task is cancelled, times out, or the lakehouse stops. */
  signal: AbortSignal
  /** One line of the task's log. */
  log(line: string): void
  /** Notes that outlive a restart: a program that is carried out again finds what it noted. */
  notes: { get(name: string): unknown; put(name: string, value: string | number | boolean): void }
}

export interface ProgramEnd {
  /** What the task says it did: `notebook_output.result` of its output. */
  result?: string
  /** Where a training logged. */
  mlflow?: { experimentId: string; runId: string }
}

/** What it throws becomes the error of the task: FAILED. */
export interface JobProgram {
  name: string
  /** True where carrying it out twice is the same as once: then it is taken up again after a restart. */
  repeatable: boolean
  /** Such as: the digest of the file is the one that Lakedesk ships. */
  matches(task: JobTask, readFile: (path: string) => Uint8Array | undefined): boolean | Promise<boolean>
  run(task: JobTask, world: JobWorld): Promise<ProgramEnd>
}

/** `--name value` and `--name=value`; a flag without value is `true`. */
export function readNamed(parameters: readonly string[]): Record<string, string> {
  const named: Record<string, string> = {}
  parameters.forEach((one, nth) => {
    const found = /^--([\w-]+)(?:=([\s\S]*))?$/.exec(one)
    if (!found?.[1]) return
    const next = parameters[nth + 1]
    const value = found[2] ?? (next === undefined || next.startsWith('--') ? 'true' : next)
    setOwn(named, found[1].replaceAll('-', '_'), value)
  })
  return named
}
