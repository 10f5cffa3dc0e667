// Which addresses an answer may show: only those that stand, character for character, in a retrieved passage.
import type { Passage } from '../../core/passage.ts'

/** What stands in place of an address that was taken out. */
export const REMOVED_LINK = '(link removed)'

const LINKABLE = /^https?:\/\/[^\s<>]+$/i
/** Marks that end a sentence and not an address, where they stand last. */
const TRAILING = /[.,;:!?'"*_~)\]}>]+$/

export interface UrlRule {
  /** True where the address stands verbatim in a passage and is of a kind that may become a link. */
  mayLink(url: string): boolean
  /** True where the text stands verbatim in a passage, as a whole address. */
  stands(url: string): boolean
}

/** Reads the passages anew each time: more of them may arrive while an answer is being written. */
export function createUrlRule(passages: () => readonly Passage[]): UrlRule {
  const stands = (url: string): boolean =>
    url !== '' && passages().some((passage) => passage.url === url || holdsWhole(passage.text, url))
  return { stands, mayLink: (url) => LINKABLE.test(url) && stands(url) }
}

/** A shorter address inside a longer one does not stand: `https://a.io` is not in `https://a.io.evil.com`. */
function holdsWhole(text: string, url: string): boolean {
  for (let at = text.indexOf(url); at !== -1; at = text.indexOf(url, at + 1)) {
    const before = text[at - 1] ?? ' '
    const run = /^[^\s<>"'`|\\^{}]*/.exec(text.slice(at))?.[0] ?? ''
    if (!/[\p{L}\p{N}/.:@-]/u.test(before) && (run === url || trimAddress(run) === url || closes(run, url))) return true
  }
  return false
}

/** True where what follows the address closes a Markdown link: `[text](url)` or `[text](url).` */
function closes(run: string, url: string): boolean {
  return /^[)\]}>"'*_.,;:!?]*$/.test(run.slice(url.length)) || /^\)[^\w/]/.test(run.slice(url.length))
}

/** The address without the punctuation of the sentence around it; a closing bracket stays where it was opened inside. */
export function trimAddress(run: string): string {
  let url = run
  for (;;) {
    const last = TRAILING.exec(url)?.[0]
    if (!last) return url
    if (url.endsWith(')') && count(url, '(') >= count(url, ')')) return url
    url = url.slice(0, -1)
  }
}

function count(text: string, char: string): number {
  return text.split(char).length - 1
}
