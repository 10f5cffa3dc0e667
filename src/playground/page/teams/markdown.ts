// Markdown of a message as safe HTML: no markup of the sender's own, links that open elsewhere, citations as marks to press.
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'

const OPTIONS = { extensions: [gfm()], htmlExtensions: [gfmHtml()] }

/** Raw HTML in the text is shown as text, and links that are not of the web lead nowhere: micromark's own rules. */
export function toHtml(markdown: string): string {
  return micromark(markdown, OPTIONS)
    .replaceAll('<a href=', '<a target="_blank" rel="noopener noreferrer" href=')
    .replaceAll('<pre>', '<pre tabindex="0">')
    .replaceAll('<table>', '<div class="t-message-table" tabindex="0" role="region" aria-label="Table"><table>')
    .replaceAll('</table>', '</table></div>')
    .replaceAll('<input type="checkbox"', '<input type="checkbox" aria-label="Task"')
}

const CLOSED = /^<(\/?)(code|pre|a)\b/

/** `[1]` becomes a button, on the line of the word before it, where there is a citation of that number; never inside code or links. `name` is its label, of HTML-safe words. */
export function markCitations(html: string, names: ReadonlyMap<number, string>): string {
  let inside = 0
  return html
    .split(/(<[^>]*>)/)
    .map((piece) => {
      if (piece.startsWith('<')) {
        const closed = CLOSED.exec(piece)
        if (closed) inside += closed[1] === '/' ? -1 : 1
        return piece
      }
      if (inside > 0) return piece
      return piece.replace(/([^\s[\]]{0,30}) ?\[(\d{1,3})\]/g, (whole, word: string, digits: string) => {
        const name = names.get(Number(digits))
        return name === undefined
          ? whole
          : `<span class="t-keep">${word}<button type="button" class="t-cite" data-cite="${digits}" aria-haspopup="dialog" aria-label="Source ${digits}: ${escapeHtml(name)}">${digits}</button></span>`
      })
    })
    .join('')
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** What a person wrote: plain words, and the mention as Teams writes it. */
export function toPlainHtml(text: string): string {
  return escapeHtml(text)
    .replace(/&lt;at(?: [^&]*)?&gt;(.*?)&lt;\/at&gt;/g, '<span class="t-mention">$1</span>')
    .replaceAll('\n', '<br />')
}
