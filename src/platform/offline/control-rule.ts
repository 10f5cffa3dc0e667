// The form of a rule about versions, the words that rules share, and the calls that they lead to.
import { readDay, readForce } from './control-words.ts'

export interface ControlCall {
  name: string
  args: Record<string, unknown>
}

/** One sentence in plain words. */
export interface Said {
  text: string
  /** As it was written. */
  raw: string
  versions: string[]
  /** Milliseconds since 1970. */
  now: number
}

export interface Rule {
  when: RegExp
  unless?: RegExp
  /** How many versions the sentence must name, at least and at most. */
  versions?: number
  most?: number
  /** The first of these that is offered is called. */
  call: (said: Said) => ControlCall[]
}

/** True where one of these patterns, each beginning at the sentence's first word, fits. */
export const begins = (...patterns: string[]) => new RegExp(`^(?:${patterns.join('|')})`)
/** The same for the sentence as a whole. */
export const whole = (...patterns: string[]) => new RegExp(`^(?:${patterns.join('|')})$`)

export const V = '(?:the )?v\\d+'
/** Where a version is put when it is promoted. */
export const LIVE = '(?:live|prod(?:uction)?|champion|use|service)'
export const OURS = '(?: of (?:the |our )?(?:bot|chain|model|assistant|rag(?: (?:chain|model|app))?))?'
export const NOW = '(?: (?:right )?now| today| currently| at the moment| these days| again| please| for us| then)*'
const EARLIER = '(?:previous|last|old|older|former|earlier|prior)'
export const EARLIER_VERSION = `${EARLIER} (?:version|one|champion|chain|model)${OURS}`
export const A_PROMOTION =
  "(?:the |that |this |my |our |yesterday's |today's |last night's )(?:last |latest )?(?:promotion|rollback)"

/** Takes effect later, or perhaps: that is no instruction yet. */
export const PERHAPS =
  /\b(?:if|unless|when|whenever|once|until|till|after|as soon as|assuming|provided|tomorrow|tonight|later|soon|next|on (?:mon|tues|wednes|thurs|fri|satur|sun)day|yet|maybe|perhaps|or not|or should|don't|do not|not|never|instead)\b/

const to = (name: string, args: Record<string, unknown> = {}): ControlCall => ({ name, args })
const first = ({ versions: [version] }: Said) => ({ version })

export const listVersions = () => [to('list-versions')]
export const listPromotions = () => [to('list-promotions')]
/** Without a version: the one in use. */
export const lookUp = (said: Said) => [to('lookup-evals', said.versions.length > 0 ? first(said) : {})]
export const compare = ({ versions: [version, against] }: Said) => [
  to('compare-versions', { version, ...(against === undefined ? {} : { against }) }),
]
export const showChampion = ({ text, now }: Said) => {
  const on = readDay(text, now)
  return [to('show-champion', on === undefined ? {} : { on })]
}
export const evaluate = (said: Said) => [
  to('run-evaluation', said.versions.length > 0 ? first(said) : { version: 'champion' }),
]
export const promote = (said: Said) => {
  const force = readForce(said.raw)
  return [to('request-promotion', { ...first(said), ...(force === undefined ? {} : { force }) })]
}
export const wouldPass = (said: Said) => [
  to('request-promotion', { ...first(said), dryRun: true }),
  to('compare-versions', first(said)),
]
export const rollBack = () => [to('request-rollback')]
export const wouldRollBack = () => [to('request-rollback', { dryRun: true })]
/** Without a date: the last night. */
export const showReport = (date?: string) => [to('show-report', date === undefined ? {} : { date })]
const REQUEST = /\b(?=[a-z]*\d)(?=\d*[a-z])[2-9a-hj-km-np-z]{6}\b/
export const showRequest = ({ text }: Said) => [to('show-approval', { approval: REQUEST.exec(text)?.[0] })]
export const NAMES_REQUEST = new RegExp(
  `^${REQUEST.source}$|\\b(?:request|approval|approve|reject|card|review)\\b.{0,20}${REQUEST.source}`,
)
