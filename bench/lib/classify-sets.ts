// Reads sets of labelled texts: a folder with train.jsonl and test.jsonl of {text, label}, and labels.json where labels have descriptions.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { AiLabel, LabelledRow } from '../../src/platform/ports/ai-functions.ts'
import { createSeededRandom } from './seeded-random.ts'

const rowSchema = z.object({ text: z.string(), label: z.string() })

export interface ClassifySet {
  name: string
  labels: AiLabel[]
  train: LabelledRow[]
  test: LabelledRow[]
}

/** Every set in the folders or right below them. */
export function readClassifySets(folders: readonly string[]): ClassifySet[] {
  return folders.flatMap(withFoldersBelow).flatMap((folder) => {
    const files = ['train.jsonl', 'test.jsonl'].map((name) => path.join(folder, name))
    if (!files.every((file) => existsSync(file))) return []
    const [train = [], test = []] = files.map(readRows)
    const descriptions = readDescriptions(path.join(folder, 'labels.json'))
    const labels = [...new Set([...train, ...test].map(({ label }) => label))].map((label) => {
      const description = descriptions[label]
      return description ? { label, description } : { label }
    })
    return [{ name: path.basename(folder), labels, train, test }]
  })
}

function withFoldersBelow(folder: string): string[] {
  if (!existsSync(folder)) return []
  const below = readdirSync(folder)
    .map((child) => path.join(folder, child))
    .filter((child) => statSync(child).isDirectory())
  return [folder, ...below.sort()]
}

function readRows(file: string): LabelledRow[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line.trim() !== '').map((line) => rowSchema.parse(JSON.parse(line)))
}

function readDescriptions(file: string): Record<string, string> {
  return existsSync(file) ? z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(file, 'utf8'))) : {}
}

/** Up to `perLabel` rows of each label, drawn without replacement. */
export function drawRows(rows: readonly LabelledRow[], perLabel: number, seed: number): LabelledRow[] {
  const random = createSeededRandom(seed)
  const byLabel = new Map<string, LabelledRow[]>()
  for (const row of rows) byLabel.set(row.label, [...(byLabel.get(row.label) ?? []), row])
  return [...byLabel.values()].flatMap((own) => {
    const pool = [...own]
    for (let i = pool.length - 1; i > 0; i--) {
      const j = Math.floor(random.next() * (i + 1))
      const [a, b] = [pool[i], pool[j]]
      if (a && b) [pool[i], pool[j]] = [b, a]
    }
    return pool.slice(0, perLabel)
  })
}
