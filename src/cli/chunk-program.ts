// The chunking job as a program of the local lakehouse: our own chunker makes the rows that the shipped program makes with Spark.
import type { JobProgram } from '../platform/lakehouse/jobs/job-program.ts'
import type { Sql } from '../platform/ports/sql.ts'
import { chunkTable } from '../rag/lakehouse/chunk-table.ts'
import { readChunkProgram } from './build-ingestion.ts'

/** `--size 512`: undefined where it is not given. Throws what becomes the error of the task. */
function readNumber(named: Readonly<Record<string, string>>, name: string): number | undefined {
  const given = named[name]
  if (given === undefined) return undefined
  if (/^\d+$/.test(given)) return Number(given)
  throw new Error(`--${name} takes a whole number, not ${given.slice(0, 40)}`)
}

/** Known by its bytes: a program that somebody changed is not ours to imitate. */
export function createChunkProgram(sql: Sql): JobProgram {
  const shipped = Buffer.from(readChunkProgram())
  return {
    name: 'chunk-documents',
    repeatable: true,
    matches({ file }, readFile) {
      const found = file === '' ? undefined : readFile(file)
      return found !== undefined && shipped.equals(found)
    },
    async run({ named }, { signal, log }) {
      const { documents = '', chunks = '', source, format = 'delta' } = named
      if (format !== 'delta') throw new Error('The local lakehouse has tables alone: leave --format out')
      const [size, overlap] = [readNumber(named, 'size'), readNumber(named, 'overlap')]
      await chunkTable(sql, {
        ...{ documents, chunks, signal, log },
        ...(size === undefined ? {} : { size }),
        ...(overlap === undefined ? {} : { overlap }),
        ...(source === undefined ? {} : { source }),
      })
      return {}
    },
  }
}
