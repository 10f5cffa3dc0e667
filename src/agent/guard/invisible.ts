// Characters that nobody sees: they hide text from readers or reorder it, so none of them reaches an answer.

/**
 * Zero-width and bidirectional controls, soft hyphen, interlinear marks, variation selectors beyond those of emoji, tag
 * characters, and control codes other than newline and tab.
 */
const RANGES: readonly (readonly [number, number])[] = [
  [0x00, 0x08],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  // Tag characters and supplementary selectors share this lead unit.
  [0xdb40, 0xdb40],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff9, 0xfffb],
]

/** True for one UTF-16 unit that is never shown. */
export function isInvisible(unit: string): boolean {
  const code = unit.charCodeAt(0)
  return (code < 0x20 || code > 0x7e) && RANGES.some(([from, to]) => code >= from && code <= to)
}
