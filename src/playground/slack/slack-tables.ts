// Slack's limits for tables, which hold for Markdown tables too: 100 rows, 20 columns, 10,000 characters in a message.

const MAX_ROWS = 100
const MAX_COLUMNS = 20
const MAX_CHARS = 10_000

/** What is wrong with the tables of this Markdown, or empty. The rule under the header is no row. */
export function findTableFault(markdown: string): string {
  let fence = ''
  let rows = 0
  let chars = 0
  for (const line of markdown.split('\n')) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1] ?? ''
    if (fence !== '') {
      if (mark.startsWith(fence)) fence = ''
      continue
    }
    fence = mark
    if (!/^\s*\|/.test(line)) {
      rows = 0
      continue
    }
    chars += line.length
    if (!/^[\s|:-]+$/.test(line)) rows += 1
    if (rows > MAX_ROWS) return `over ${MAX_ROWS} rows`
    if (line.split('|').length - 2 > MAX_COLUMNS) return `over ${MAX_COLUMNS} columns`
  }
  return chars > MAX_CHARS ? `${chars} characters of tables` : ''
}
