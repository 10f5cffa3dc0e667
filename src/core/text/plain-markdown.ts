// Somebody's words inside our Markdown: shown as they are, never as formatting, a link or a line of its own.
import { dropOverrides } from './drop-overrides.ts'

/**
 * Shown as it is. An underscore inside a word is no formatting, and names are full of them; angle brackets are every face's
 * own to escape.
 */
export function toPlainMarkdown(text: string): string {
  return dropOverrides(text)
    .replace(/\b[a-z][a-z0-9+.-]*:\/\/(?=\S)/gi, '')
    .replace(/[\\`*[\]|~]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, (character) => `\\${character}`)
}

/** The same in one line, so that no word begins a heading, a list or a quotation. */
export function toPlainLine(text: string): string {
  return toPlainMarkdown(text.replace(/\s+/g, ' ').trim())
}
