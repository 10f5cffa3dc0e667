// Reads Slack's mrkdwn into plain nodes, which are drawn without any HTML of theirs.

export type Mark =
  | { kind: 'text'; text: string }
  | { kind: 'bold' | 'italic' | 'strike'; inside: Mark[] }
  | { kind: 'code'; text: string }
  | { kind: 'link'; url: string; label: string }
  | { kind: 'user'; id: string; label: string }
  | { kind: 'channel'; id: string; label: string }
  | { kind: 'special'; text: string }
  | { kind: 'date'; seconds: number; form: string; fallback: string }
  | { kind: 'emoji'; name: string }

export type MarkBlock =
  | { kind: 'lines'; marks: Mark[] }
  | { kind: 'quote'; marks: Mark[] }
  | { kind: 'pre'; text: string }

/** Slack decodes exactly these three. */
export function decodeSlack(text: string): string {
  return text.replace(/&(lt|gt|amp);/g, (_, name: string) => (name === 'lt' ? '<' : name === 'gt' ? '>' : '&'))
}

const MARKS = { '*': 'bold', _: 'italic', '~': 'strike' } as const
const WORD = /[\p{L}\p{N}]/u
/** Slack's own sequences, and addresses; anything else between angles is text. */
const CONTROL = /^<([@#!][^<>\n]+|[a-z][a-z0-9+.-]*:[^<>\n]+)>/i
const EMOJI = /^:([a-z0-9_+-]{1,40}):/
const BARE_LINK = /^https?:\/\/[^\s<>|]+[^\s<>|.,;:!?)\]}'"*_~]/
/** Formatting within formatting; deeper marks are shown as they were written. */
const MAX_DEPTH = 6

function readControl(body: string): Mark {
  const bar = body.indexOf('|')
  const target = bar === -1 ? body : body.slice(0, bar)
  const label = decodeSlack(bar === -1 ? '' : body.slice(bar + 1))
  if (target.startsWith('@')) return { kind: 'user', id: target.slice(1), label }
  if (target.startsWith('#')) return { kind: 'channel', id: target.slice(1), label }
  if (target.startsWith('!date^')) return readDate(target, label)
  if (target.startsWith('!')) return { kind: 'special', text: label || `@${target.slice(1).split('^')[0] ?? ''}` }
  const url = decodeSlack(target)
  return { kind: 'link', url, label: label || url }
}

function readDate(target: string, fallback: string): Mark {
  const [, seconds = '', form = ''] = target.split('^')
  const at = Number(seconds)
  if (seconds === '' || !Number.isFinite(at)) return { kind: 'text', text: fallback }
  return { kind: 'date', seconds: at, form: decodeSlack(form), fallback }
}

/** Where the mark that opens at `at` closes in its line, or -1: Slack wants it to hug the words, and to end at a word's end. */
function findClose(text: string, at: number, mark: string): number {
  const next = text.charAt(at + 1)
  if (next === '' || /\s/.test(next) || next === mark) return -1
  if (at > 0 && WORD.test(text.charAt(at - 1))) return -1
  const lineEnd = text.indexOf('\n', at)
  const end = lineEnd === -1 ? text.length : lineEnd
  let inCode = false
  for (let close = at + 1; close < end; close += 1) {
    const char = text.charAt(close)
    if (char === '`') inCode = !inCode
    if (inCode || char !== mark || /\s/.test(text.charAt(close - 1))) continue
    if (!WORD.test(text.charAt(close + 1))) return close
  }
  return -1
}

type Step = { mark: Mark; length: number } | null

function readStep(text: string, at: number, depth: number): Step {
  const char = text.charAt(at)
  const rest = () => text.slice(at, at + 4_000)
  if (char === '<') {
    const found = CONTROL.exec(rest())
    return found ? { mark: readControl(found[1] ?? ''), length: found[0].length } : null
  }
  if (char === '`') {
    const found = /^`([^`\n]+)`/.exec(rest())
    return found ? { mark: { kind: 'code', text: decodeSlack(found[1] ?? '') }, length: found[0].length } : null
  }
  if (char === ':' && (at === 0 || !WORD.test(text.charAt(at - 1)))) {
    const found = EMOJI.exec(rest())
    return found ? { mark: { kind: 'emoji', name: found[1] ?? '' }, length: found[0].length } : null
  }
  if (char === 'h' && (at === 0 || !WORD.test(text.charAt(at - 1)))) {
    const found = BARE_LINK.exec(rest())
    const url = decodeSlack(found?.[0] ?? '')
    return found ? { mark: { kind: 'link', url, label: url }, length: found[0].length } : null
  }
  if ((char === '*' || char === '_' || char === '~') && depth < MAX_DEPTH) {
    const close = findClose(text, at, char)
    if (close === -1) return null
    const inside = readMarks(text.slice(at + 1, close), depth + 1)
    return { mark: { kind: MARKS[char], inside }, length: close + 1 - at }
  }
  return null
}

/** Marks of one run of text; line breaks stay in it as they are. */
export function readMarks(text: string, depth = 0): Mark[] {
  const marks: Mark[] = []
  let plain = ''
  let at = 0
  const flush = () => {
    if (plain !== '') marks.push({ kind: 'text', text: decodeSlack(plain) })
    plain = ''
  }
  while (at < text.length) {
    const step = readStep(text, at, depth)
    if (step) {
      flush()
      marks.push(step.mark)
      at += step.length
    } else {
      plain += text.charAt(at)
      at += 1
    }
  }
  flush()
  return marks
}

const QUOTE = /^(?:>|&gt;) ?/

function readLines(text: string): MarkBlock[] {
  const blocks: { kind: 'lines' | 'quote'; lines: string[] }[] = []
  for (const line of text.split('\n')) {
    const kind = QUOTE.test(line) ? 'quote' : 'lines'
    const last = blocks.at(-1)
    const words = kind === 'quote' ? line.replace(QUOTE, '') : line
    if (last?.kind === kind) last.lines.push(words)
    else blocks.push({ kind, lines: [words] })
  }
  return blocks.map(({ kind, lines }) => ({ kind, marks: readMarks(lines.join('\n')) }))
}

/** A whole text: runs of lines, quotes and preformatted parts, in their order. */
export function readMrkdwn(text: string): MarkBlock[] {
  const blocks: MarkBlock[] = []
  let at = 0
  for (const found of text.matchAll(/```\n?([\s\S]*?)\n?```\n?/g)) {
    const before = text.slice(at, found.index).replace(/\n$/, '')
    if (before !== '') blocks.push(...readLines(before))
    blocks.push({ kind: 'pre', text: decodeSlack(found[1] ?? '') })
    at = found.index + found[0].length
  }
  const rest = text.slice(at)
  if (rest !== '') blocks.push(...readLines(rest))
  return blocks
}
