// Takes out the invisible letters that turn others around, with which a text shows something else than it holds.

/** Embeddings, overrides and isolates. The marks U+200E and U+200F stay: languages written from right to left need them. */
const OVERRIDES = /[\u202A-\u202E\u2066-\u2069]/g

/** Works letter by letter, so that a prefix of a text gives a prefix of the result. */
export function dropOverrides(text: string): string {
  return text.replace(OVERRIDES, '')
}
