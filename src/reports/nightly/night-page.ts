// The frame of the HTML report: one page with its styles inside, and tables of plain text.
import type { Night } from './night.ts'

export type Cell = string

export interface NightPage {
  title: string
  state: Night['verdict']
  /** Markdown of one line with `**bold**` alone. */
  verdict: string
  about: string
  /** HTML that is escaped already. */
  body: string
  foot: string
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1b2733; --soft: #4a5968; --paper: #ffffff; --card: #f4f6f8; --line: #d5dce3; --mark: #0b6e4f; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8edf2; --soft: #a9b6c3; --paper: #14191f; --card: #1d242c; --line: #36414d; --mark: #57c79b; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", Roboto, sans-serif; }
main { max-width: 54rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; }
header { border-left: 6px solid var(--mark); padding: .25rem 0 .25rem 1.1rem; }
.bad header { --mark: #d55e00; }
.quiet header { --mark: #7f8b97; }
h1 { font-size: 1.5rem; line-height: 1.35; font-weight: 400; margin: 0; text-wrap: balance; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; }
h3 { font-size: 1rem; margin: .2rem 0 .4rem; }
small, .about, footer { color: var(--soft); font-size: .88rem; font-weight: 400; }
.about { margin: .4rem 0 0; }
figure { margin: 1.6rem 0 0; }
figure svg { width: 100%; height: auto; display: block; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .42rem .9rem .42rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-size: .85rem; color: var(--soft); font-weight: 600; white-space: nowrap; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .9rem 1.1rem; margin: 0 0 .8rem; break-inside: avoid; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
ul { margin: .2rem 0 .8rem; padding-left: 1.2rem; }
a { color: inherit; }
footer { margin-top: 2.4rem; border-top: 1px solid var(--line); padding-top: .8rem; }
td:last-child { white-space: nowrap; }
@media print { :root { --paper: #fff; --ink: #000; --soft: #333; --card: #fff; --line: #bbb; } main { max-width: none; padding: 0; } section { break-inside: avoid-page; } }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
`

const BAD: readonly Night['verdict'][] = ['regression', 'down', 'failed']
const QUIET: readonly Night['verdict'][] = ['first', 'unmeasured']

export function toPage({ title, state, verdict, about, body, foot }: NightPage): string {
  const mood = BAD.includes(state) ? 'bad' : QUIET.includes(state) ? 'quiet' : 'good'
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body class="${mood}">
<main>
<header><h1>${toInline(verdict)}</h1><p class="about">${escapeHtml(about)}</p></header>
${body}
<footer>${escapeHtml(foot)}</footer>
</main>
</body>
</html>
`
}

export function toTable(columns: readonly string[], rows: readonly Cell[][]): string {
  const head = columns.map((column) => `<th scope="col">${escapeHtml(column)}</th>`).join('')
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`).join('')
  return `<div class="scroll" role="region" aria-label="${escapeHtml(columns.join(', '))}" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`
}

export function toCells({ columns, rows }: { columns: string[]; rows: string[][] }): [string[], Cell[][]] {
  return [columns, rows]
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** Our own bold, and what was set apart with a backslash as it was written. */
function toInline(markdown: string): string {
  return escapeHtml(markdown)
    .replace(/\*\*(.+?)\*\*/g, '<strong>$1</strong>')
    .replace(/\\([\\`*_[\]|~])/g, '$1')
}
