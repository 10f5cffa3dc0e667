// Broken rows of a file: noted, and told in one sentence.
import type { LakedeskError } from '../../../../core/errors.ts'
import { invalid } from './decode-file.ts'

export interface RowFault {
  /** Of the file, from 1: where the row begins. */
  line: number
  /** Half a sentence. */
  fault: string
}

const NAMED = 5
const KEPT = 100

export interface Faults {
  add(line: number, fault: string): void
  readonly count: number
  /** The first 100. */
  readonly list: readonly RowFault[]
}

export function createFaults(): Faults {
  const list: RowFault[] = []
  let count = 0
  return {
    add(line, fault) {
      count += 1
      if (list.length < KEPT) list.push({ line, fault })
    },
    get count() {
      return count
    },
    list,
  }
}

/** Names the first five. */
export function toFaultsError(file: string, { count, list }: Faults): LakedeskError {
  const named = list.slice(0, NAMED).map(({ line, fault }) => `line ${line}: ${fault}`)
  const more = count > NAMED ? `; and ${(count - NAMED).toLocaleString('en-US')} more` : ''
  const rows = count === 1 ? '1 row is broken' : `${count.toLocaleString('en-US')} rows are broken`
  return invalid(
    file,
    `${rows} (${named.join('; ')}${more}). Mend the file, or load it without its broken rows with --skip-broken.`,
  )
}
