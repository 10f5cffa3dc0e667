// Which rows a classifier is trained on, and which are held out to measure it.
import { LakedeskError } from '../../../../core/errors.ts'
import { createSeeded } from '../../../../core/seeded.ts'
import type { LabelledRow } from '../../../ports/ai-functions.ts'
import { latestRows, sameText } from '../classify/rows.ts'

export interface SplitRows {
  train: LabelledRow[]
  heldOut: LabelledRow[]
  /** Of the rows to train on, sorted: the order of every probability. */
  labels: string[]
  /** Rows that repeated a text, or stood on both sides: a row that was learned says nothing about what was not. */
  leftOut: number
}

/** Share of the rows of each label that is held out where no rows are given. */
const HELD_OUT = 0.2
/** Rows of a label from which one is held out. */
const TO_SHARE = 3
const FEWEST_ROWS = 8
const MOST_ROWS = 100_000
const MOST_LABELS = 500
const MOST_TEXT = 200_000
const MOST_LABEL = 200

/** Throws TRAINING_INVALID. */
export function splitRows(train: readonly LabelledRow[], heldOut: readonly LabelledRow[], seed: number): SplitRows {
  check(train, 'training')
  check(heldOut, 'held-out')
  const known = latestRows(train)
  const given = latestRows(heldOut)
  const apart = new Set(given.map(({ text }) => sameText(text)))
  const own = known.filter(({ text }) => !apart.has(sameText(text)))
  const split = given.length > 0 ? { train: own, heldOut: given } : holdOut(own, seed)
  const labels = [...new Set(split.train.map(({ label }) => label))].sort(byCode)
  checkEnough(split.train, labels)
  const used = split.train.length + split.heldOut.length
  return { ...split, labels, leftOut: train.length + heldOut.length - used }
}

function byCode(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** A seeded part of each label, in the order of the rows. */
function holdOut(rows: readonly LabelledRow[], seed: number): { train: LabelledRow[]; heldOut: LabelledRow[] } {
  const byLabel = new Map<string, LabelledRow[]>()
  for (const row of rows) {
    const own = byLabel.get(row.label)
    if (own) own.push(row)
    else byLabel.set(row.label, [row])
  }
  const seeded = createSeeded(seed)
  const held = new Set<LabelledRow>()
  for (const label of [...byLabel.keys()].sort(byCode)) {
    const own = byLabel.get(label) ?? []
    const many = own.length < TO_SHARE ? 0 : Math.max(1, Math.round(own.length * HELD_OUT))
    for (const row of seeded.shuffle(own).slice(0, many)) held.add(row)
  }
  return { train: rows.filter((row) => !held.has(row)), heldOut: rows.filter((row) => held.has(row)) }
}

function refuse(sentence: string): never {
  throw new LakedeskError('TRAINING_INVALID', sentence)
}

function check(rows: readonly LabelledRow[], which: string): void {
  if (rows.length > MOST_ROWS)
    refuse(
      `The ${which} data has ${rows.length} rows; the ticket classifier takes at most ${MOST_ROWS}. Give a part of them.`,
    )
  for (const [i, { text, label }] of rows.entries()) {
    const where = `Row ${i + 1} of the ${which} data`
    if (sameText(text) === '') refuse(`${where} has an empty text. Take the row out, or fill in its text.`)
    if (label.trim() === '') refuse(`${where} has an empty label. Take the row out, or fill in its label.`)
    if (text.length > MOST_TEXT)
      refuse(`${where} has ${text.length} characters; at most ${MOST_TEXT} are taken. Shorten it, or take it out.`)
    if (label.length > MOST_LABEL)
      refuse(`${where} has a label of ${label.length} characters; at most ${MOST_LABEL} are taken. Is it a text?`)
  }
}

function checkEnough(rows: readonly LabelledRow[], labels: readonly string[]): void {
  if (labels.length < 2)
    refuse(
      labels.length === 0
        ? 'The training data has no rows. A classifier needs texts of at least two labels.'
        : `All rows to train on have the label "${labels[0]}". A classifier needs texts of at least two labels.`,
    )
  if (labels.length > MOST_LABELS)
    refuse(
      `The training data has ${labels.length} labels; at most ${MOST_LABELS} are taken. Are the labels free texts?`,
    )
  if (rows.length < FEWEST_ROWS)
    refuse(`Only ${rows.length} rows are left to train on, without repeats; at least ${FEWEST_ROWS} are needed.`)
}
