// How well the support rule of citations agrees with people: AUROC, and precision and recall at its threshold.
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { checkSupport, SUPPORT_THRESHOLD } from '../src/agent/guard/support.ts'
import type { Passage } from '../src/core/passage.ts'
import { toTable } from './lib/table.ts'

const rowSchema = z.object({ context: z.string(), response: z.string(), label: z.string() })

function toPassage(text: string): Passage {
  return { n: 1, chunk_id: '', doc_id: '', title: '', url: '', heading_path: [], text, score: 1 }
}

interface Judged {
  score: number
  supported: boolean
  attributable: boolean
}

/** Chance that an attributable reply scores above one that is not; ties count half. */
function auroc(rows: readonly Judged[]): number {
  const good = rows.filter(({ attributable }) => attributable)
  const bad = rows.filter(({ attributable }) => !attributable)
  let won = 0
  for (const a of good) for (const b of bad) won += a.score > b.score ? 1 : a.score === b.score ? 0.5 : 0
  return won / (good.length * bad.length)
}

function main(file: string | undefined): void {
  if (file === undefined) {
    console.error(
      'Give a JSON Lines file of {context, response, label}, such as the BEGIN data set (google/BEGIN-dataset), in which an attributable reply is labelled "Fully attributable": node bench/support.ts <file>',
    )
    process.exitCode = 1
    return
  }
  const rows = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => rowSchema.parse(JSON.parse(line)))
    .map(({ context, response, label }) => ({
      ...checkSupport(response, [toPassage(context)]),
      attributable: label === 'Fully attributable',
    }))
  const count = (test: (row: Judged) => boolean): number => rows.filter(test).length
  const marked = count(({ supported }) => !supported)
  const bad = count(({ attributable }) => !attributable)
  const rightlyMarked = count(({ supported, attributable }) => !supported && !attributable)
  const falselyMarked = marked - rightlyMarked
  console.log(`${rows.length} replies, ${rows.length - bad} of them attributable; threshold ${SUPPORT_THRESHOLD}\n`)
  console.log(
    toTable(
      ['Figure', 'value'],
      [
        ['AUROC of the overlap', auroc(rows).toFixed(3)],
        ['marks that are right (precision)', (rightlyMarked / marked).toFixed(3)],
        ['unsupported replies that are marked (recall)', (rightlyMarked / bad).toFixed(3)],
        ['attributable replies falsely marked', (falselyMarked / (rows.length - bad)).toFixed(3)],
      ],
    ),
  )
}

main(process.argv[2])
