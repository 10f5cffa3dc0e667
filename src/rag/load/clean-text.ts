// Removes what a reader cannot see: control characters, zero-width characters and text direction overrides.

// Soft hyphens, zero width spaces, direction marks, tag characters, variation selectors: they can hide words from a reader, or
// hide a message in the text. Joiners and the two selectors of emoji are left to the next rule.
const INVISIBLE = /(?!\u200C|\u200D|\uFE0E|\uFE0F)\p{Default_Ignorable_Code_Point}|[\u202A-\u202E\uFFF9-\uFFFB]/gu
const CONTROL = /(?![\n\t])\p{Cc}/gu
// Joiners shape emoji and several scripts, so they stay there; after plain ASCII or another joiner they only hide.
const STRAY_JOINER = /(?<![^\p{ASCII}\u200C\u200D])[\u200C\u200D]+|(?<=[\u200C\u200D])[\u200C\u200D]+/gu

/** Normalises line ends to \n and removes invisible characters. Visible text is untouched. */
export function cleanText(text: string): string {
  return text
    .replace(/\r\n?|[\u0085\u2028\u2029\f\v]/g, '\n')
    .replace(INVISIBLE, '')
    .replace(CONTROL, '')
    .replace(STRAY_JOINER, '')
}
