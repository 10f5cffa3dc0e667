// Which earlier nights tonight is compared with, and what people should know of that.
import type { Measured, Night } from './night.ts'

/** More nights make the mean steadier, and older. */
const MOST_NIGHTS = 5
const QUIET: readonly Night['verdict'][] = ['first', 'holds', 'recovered']

export interface Baseline {
  version: string
  /** Newest first. */
  nights: readonly Night[]
  measured: readonly Measured[]
  /** As a sentence; null where there is nothing to know. */
  note: string | null
}

/**
 * The newest quiet nights of the same version; where it has none, those of the version that was Champion on the newest quiet
 * night. A night on which something was down is never part of it, so that what fell stays measured against what was. `history`
 * is newest first. A string is the reason why there is none; null: there is no night at all.
 */
export function chooseBaseline(tonight: Measured, history: readonly Night[]): Baseline | string | null {
  const measured = history.filter(({ champion }) => champion !== null)
  const alike = measured.filter(({ champion }) => champion !== null && isSameJudge(champion, tonight))
  const quiet = alike.filter(({ verdict }) => QUIET.includes(verdict))
  const own = quiet.filter(({ version }) => version === tonight.version)
  const version = own.length > 0 ? tonight.version : quiet[0]?.version
  if (version === undefined || version === null) return whyNone(tonight, measured)
  const nights = quiet.filter((night) => night.version === version).slice(0, MOST_NIGHTS)
  const note =
    version === tonight.version ? null : `v${tonight.version} is compared with v${version}, Champion before it.`
  return { version, nights, measured: nights.flatMap(({ champion }) => champion ?? []), note }
}

function isSameJudge(one: Measured, other: Measured): boolean {
  return one.judge === other.judge && one.judgeDigest === other.judgeDigest
}

function whyNone(tonight: Measured, [last]: readonly Night[]): string | null {
  if (!last?.champion || isSameJudge(last.champion, tonight)) return null
  const { judge } = last.champion
  const changed =
    judge === tonight.judge ? `The judge ${judge} has changed` : `The judge is ${tonight.judge}, no longer ${judge}`
  return `${changed}, so tonight's numbers start anew.`
}
