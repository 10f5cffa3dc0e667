// Finds figures in an answer that no tool result holds: a model that reports an evaluation must never make one up.

const NUMBER = /(?<![\p{L}\d_])(\d+(?:[.,]\d+)*)(\s?%)?/gu
/** "1." or "2)" at the start of a line counts items and states nothing. */
const ORDINAL = /^\s*(?:[-*]\s+)?\d+[.)]\s/gm
/** Numbers of cited pages. */
const CITATION = /\[\d{1,3}\]/g
/** Versions, runs and traces are compared as they stand, not as figures. */
const IDENTIFIER = /\bv\d+\b|\b(?=(?:[\w-]*\d){2})(?=[\w-]*[a-z])[\w-]{6,}\b/gi

interface Figure {
  written: string
  value: number
  /** Digits behind the point, so that a rounded figure is compared as it was rounded. */
  digits: number
}

function toFigures(text: string): Figure[] {
  return [...text.replace(CITATION, ' ').replace(ORDINAL, ' ').replace(IDENTIFIER, ' ').matchAll(NUMBER)].flatMap(
    (match) => {
      const plain = (match[1] ?? '').replace(/,(?=\d{3}(?:\D|$))/g, '')
      const digits = /[.,](\d+)$/.exec(plain)?.[1]?.length ?? 0
      const value = Number(plain.replace(',', '.'))
      if (Number.isNaN(value)) return []
      return [
        match[2] ? { written: match[0], value: value / 100, digits: digits + 2 } : { written: match[0], value, digits },
      ]
    },
  )
}

function isSame(figure: Figure, source: Figure): boolean {
  // A whole number is a count: 4.2 must not pass for "4 wins".
  if (figure.digits === 0 || source.digits < figure.digits) return source.value === figure.value
  const step = 10 ** -figure.digits
  return Math.abs(figure.value - source.value) <= step / 2 + 1e-9
}

/**
 * Figures of `text` that are in no source, as written. A figure that is a source's figure rounded, or its percentage, is
 * in it; one that says more digits than the source is not.
 */
export function findStrangeNumbers(text: string, sources: readonly string[]): string[] {
  const known = sources.flatMap(toFigures)
  const identifiers = new Set(sources.flatMap((source) => source.toLowerCase().match(IDENTIFIER) ?? []))
  const strange = toFigures(text).filter((figure) => !known.some((source) => isSame(figure, source)))
  const ids = (text.match(IDENTIFIER) ?? []).filter((id) => !identifiers.has(id.toLowerCase()))
  return [...new Set([...strange.map(({ written }) => written.trim()), ...ids])]
}
