// How often the nightly report cries wolf and how often it stays silent: ten simulated nights with a real regression on night 6 and
// noise on the others, over many seeds and sizes of regression, beside the naive rule on the same measurements.

import { describeMachine } from './lib/machine.ts'
import { tellStory } from './lib/night-stories.ts'
import { type NightChange, REALISTIC_JUDGE, type SimulatedJudge } from './lib/simulated-nights.ts'
import { toTable } from './lib/table.ts'

const REPETITIONS = Number(process.argv[2] ?? 200)
/** Rules were chosen with seeds below 10,000: these are others. */
const FIRST_SEED = Number(process.argv[3] ?? 50_000)
const NIGHTS = 10
const BAD_NIGHT = 6
const QUESTIONS = 60

interface Case {
  what: string
  judge: SimulatedJudge
  change: NightChange
  /** Too few questions for a regression: night 6 shall name them, and announce nothing. */
  isSmall?: true
}

const UNSTEADY: SimulatedJudge = { grade: 0.2, flip: 0.06, mood: 0.03 }
const CASES: Case[] = [
  { what: 'no regression at all', judge: REALISTIC_JUDGE, change: {} },
  { what: '0.2 points on every question', judge: REALISTIC_JUDGE, change: { everywhere: 0.05 } },
  { what: '0.3 points on every question', judge: REALISTIC_JUDGE, change: { everywhere: 0.075 } },
  { what: '0.4 points on every question', judge: REALISTIC_JUDGE, change: { everywhere: 0.1 } },
  { what: 'one question in ten broken', judge: REALISTIC_JUDGE, change: { broken: 0.1 } },
  { what: 'one question in five broken', judge: REALISTIC_JUDGE, change: { broken: 0.2 } },
  { what: 'one question broken', judge: REALISTIC_JUDGE, change: { broken: 1 / QUESTIONS }, isSmall: true },
  { what: 'two questions broken', judge: REALISTIC_JUDGE, change: { broken: 2 / QUESTIONS }, isSmall: true },
  { what: 'unsteady judge, none', judge: UNSTEADY, change: {} },
  { what: 'unsteady judge, 0.4 points', judge: UNSTEADY, change: { everywhere: 0.1 } },
  { what: 'unsteady judge, one in five broken', judge: UNSTEADY, change: { broken: 0.2 } },
  { what: 'unsteady judge, one broken', judge: UNSTEADY, change: { broken: 1 / QUESTIONS }, isSmall: true },
]

console.log(
  `${REPETITIONS} repetitions of ${NIGHTS} nights, ${QUESTIONS} questions, a regression on night ${BAD_NIGHT} alone`,
)
console.log(`Machine: ${describeMachine()}`)

const rows: string[][] = []
for (const { what, judge, change, isSmall } of CASES) {
  const isReal = Object.keys(change).length > 0 && !isSmall
  const broken = Math.round((change.broken ?? 0) * QUESTIONS)
  let [exact, missed, wrong, naiveExact, naiveMissed, naiveWrong, second, failing, named] = [0, 0, 0, 0, 0, 0, 0, 0, 0]
  for (let n = 0; n < REPETITIONS; n++) {
    const { nights, evaluations, naive } = await tellStory({
      seed: FIRST_SEED + n,
      judge,
      nights: NIGHTS,
      questions: () => QUESTIONS,
      change: (night) => (night === BAD_NIGHT ? change : {}),
    })
    const alarms = nights.flatMap(({ verdict }, at) => (verdict === 'regression' ? [at + 1] : []))
    const falseOnes = alarms.filter((night) => !isReal || night !== BAD_NIGHT)
    missed += isReal && !alarms.includes(BAD_NIGHT) ? 1 : 0
    wrong += falseOnes.length
    exact += falseOnes.length === 0 && (!isReal || alarms.includes(BAD_NIGHT)) ? 1 : 0
    const naiveFalse = naive.filter((night) => !isReal || night !== BAD_NIGHT).length
    naiveMissed += isReal && !naive.includes(BAD_NIGHT) ? 1 : 0
    naiveWrong += naiveFalse
    naiveExact += naiveFalse === 0 && (!isReal || naive.includes(BAD_NIGHT)) ? 1 : 0
    second += evaluations - NIGHTS
    const namedOn = (night: number) => nights[night - 1]?.failing.flatMap(({ caseIds }) => caseIds) ?? []
    const isUnchanged = (night: number) => night !== BAD_NIGHT || Object.keys(change).length === 0
    failing += nights.filter(
      ({ verdict, failing }, at) => isUnchanged(at + 1) && verdict !== 'regression' && failing.length > 0,
    ).length
    named += namedOn(BAD_NIGHT).some((id) => Number(id.slice(1)) <= broken) ? 1 : 0
  }
  const quiet = REPETITIONS * (isReal ? NIGHTS - 1 : NIGHTS)
  const unchanged = REPETITIONS * (Object.keys(change).length > 0 ? NIGHTS - 1 : NIGHTS)
  const share = (n: number, of: number) => `${n} (${((100 * n) / of).toFixed(1)}%)`
  rows.push([
    what,
    share(exact, REPETITIONS),
    isReal ? share(missed, REPETITIONS) : '-',
    share(wrong, quiet),
    share(naiveExact, REPETITIONS),
    isReal ? share(naiveMissed, REPETITIONS) : '-',
    share(naiveWrong, quiet),
    (second / REPETITIONS).toFixed(2),
    share(failing, unchanged),
    broken > 0 ? share(named, REPETITIONS) : '-',
  ])
}
console.log(
  toTable(
    [
      'night 6',
      'announced exactly it',
      'missed',
      'false',
      'naive: exactly',
      'naive: missed',
      'naive: false',
      'further measurements per story',
      'other nights that name a new failing question',
      'night 6 names a broken one',
    ],
    rows,
  ),
)
