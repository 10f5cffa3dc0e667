// Lets a growing text appear evenly, though it comes in bursts.
import { useEffect, useRef, useState } from 'preact/hooks'

const STEP_MS = 40
/** What came is shown within about this many steps. */
const STEPS = 10

const calm = globalThis.matchMedia?.('(prefers-reduced-motion: reduce)')

/** The end of the next word after at least `least` more characters: half a word, or half a link, is not shown. */
export function nextCut(text: string, shown: number, least: number): number {
  const from = shown + Math.max(least, 1)
  if (from >= text.length) return text.length
  const found = /\s/.exec(text.slice(from))
  return found ? from + found.index + 1 : text.length
}

/** `text` whole where it does not grow (any more), and at the first sight: what was there already is not played again. */
export function useSmoothText(text: string, isGrowing: boolean): string {
  const [shown, setShown] = useState(text.length)
  const target = useRef(text)
  target.current = text
  const isBehind = isGrowing && !calm?.matches && shown < text.length
  useEffect(() => {
    if (!isBehind) {
      if (shown !== target.current.length) setShown(target.current.length)
      return
    }
    const timer = setTimeout(() => {
      const left = target.current.length - shown
      setShown(nextCut(target.current, shown, Math.ceil(left / STEPS)))
    }, STEP_MS)
    return () => clearTimeout(timer)
  }, [isBehind, shown])
  return isBehind ? text.slice(0, shown) : text
}
