// The chunking job that Lakedesk ships, as the local lakehouse carries it out: by our own chunker over its tables, without Spark.
import { type JobProgram, matchesFile } from '../platform/lakehouse/jobs/job-program.ts'
import type { Sql } from '../platform/ports/sql.ts'
import { chunkTable } from '../rag/lakehouse/chunk-table.ts'

export interface ChunkingProgramParts {
  /** The tables of the lakehouse. */
  sql: Sql
  /** Bytes of the shipped file, by which a task is recognised: `readChunkProgram()`. */
  file: Uint8Array
}

/** Repeatable: equal documents give equal rows, and a second MERGE changes nothing. */
export function createChunkingProgram({ sql, file }: ChunkingProgramParts): JobProgram {
  return {
    name: 'chunk-documents',
    repeatable: true,
    matches: matchesFile(file),
    async run(task, { log, signal }) {
      const { documents = '', chunks = '', size, overlap, source } = task.named
      const counts = await chunkTable(sql, {
        ...{ documents, chunks, log, signal },
        ...(size === undefined ? {} : { size: readCount('size', size) }),
        ...(overlap === undefined ? {} : { overlap: readCount('overlap', overlap) }),
        ...(source === undefined ? {} : { source }),
      })
      return { result: JSON.stringify(counts) }
    },
  }
}

/** As argparse says it, which reads the parameters in a workspace. */
function readCount(name: string, value: string): number {
  if (!/^-?\d+$/.test(value)) throw new Error(`argument --${name}: invalid int value: '${value}'`)
  return Number(value)
}
