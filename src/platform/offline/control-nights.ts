// The questions about the nightly report: each as a whole sentence, since documentations have nightly exports and reports of their own.
import { type Rule, type Said, showReport, whole } from './control-rule.ts'
import { readDay } from './control-words.ts'

const OF_NIGHT = "(?:last night's|tonight's|yesterday's|today's|this morning's)"
const EVALUATION = '(?:evals?|evaluations?)'
const WHAT = '(?:reports?|results?|runs?|numbers|figures|verdict)'
const NIGHTLY = [
  `(?:the |our )?(?:${OF_NIGHT} |last |latest |newest )?nightly(?: ${EVALUATION})?(?: ${WHAT})?`,
  `(?:the |our )?${OF_NIGHT} ${EVALUATION}(?: ${WHAT})?`,
].join('|')
const WHEN =
  '(?: (?:(?:on|of|from|for) )?(?:last night|overnight|yesterday|today|this morning|\\d{4}-\\d{2}-\\d{2}|[a-z]{3,9} \\d{1,2}(?:st|nd|rd|th)?|\\d{1,2}(?:st|nd|rd|th)? (?:of )?[a-z]{3,9}))'
const SAYS = '(?: (?:say|says|said|go|went|find|found|show|shows|tell us|look(?: like)?|come out|turn out|run))'
const BAD = '(?:regressed|fell|dropped|got worse|failed|is failing|are failing|fail)'
const THERE = '(?:(?:is|are|was|were) there |did (?:we|you) (?:see|find|have) )?'
const IN = `(?:${WHEN}| (?:in|on|of) (?:${NIGHTLY})${WHEN}?)`

export const NIGHTS: readonly Rule[] = [
  {
    when: whole(
      `(?:(?:show|give)(?: me| us)?|read(?: me)?|tell me about|summari[sz]e|open|what about|how about|and) (?:${NIGHTLY})${WHEN}?`,
      `(?:${NIGHTLY})${WHEN}?`,
      `(?:what|how) (?:did|does|do|was|were|is) (?:${NIGHTLY})${WHEN}?${SAYS}${WHEN}?`,
      `how (?:was|were) (?:${NIGHTLY})${WHEN}?`,
      `what(?:'s| is| was| were| are) (?:in |the (?:results?|verdict|outcome|numbers) (?:of|in) )(?:${NIGHTLY})${WHEN}?`,
      `(?:what|how) did (?:the |our )?(?:bot's |champion's )?${EVALUATION}${SAYS}${WHEN}`,
      `what happened (?:in|on|with) (?:${NIGHTLY})${WHEN}?`,
      `${THERE}any (?:new )?(?:regressions?|failing questions?)${IN}`,
      `(?:did|has) (?:anything|something) (?:regress(?:ed)?|get worse|gotten worse|fall(?:en)?|drop(?:ped)?)${IN}`,
      `what (?:regressed|got worse)${IN}`,
      `(?:what|which) (?:test )?questions ${BAD}${IN}`,
    ),
    call: (said) => showReport(toDate(said)),
  },
]

/** Of the last night no date is named: it may have ended this morning. */
function toDate({ text, now }: Said): string | undefined {
  if (/\byesterday\b/.test(text)) return 'yesterday'
  const day = /\blast night\b/.test(text) ? undefined : readDay(text, now)
  return day === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(day) ? undefined : day
}
