// The name of a table from the name of its file.
import path from 'node:path'

/** Small letters, digits and low lines: `Tickets 2026-11.csv` is `tickets_2026_11`. */
export function toTableName(file: string): string {
  const base = path.basename(file).replace(/\.(csv|tsv|txt|jsonl|ndjson|json|parquet)$/i, '')
  const plain = base
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
  if (plain === '') return 'loaded'
  return /^\d/.test(plain) ? `t_${plain}` : plain
}
