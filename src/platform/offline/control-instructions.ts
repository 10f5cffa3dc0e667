// The imperatives that ask for an evaluation, a promotion or a rollback.
import {
  begins,
  EARLIER_VERSION,
  evaluate,
  LIVE,
  NOW,
  OURS,
  promote,
  type Rule,
  rollBack,
  V,
  whole,
} from './control-rule.ts'

/** What people write around an instruction. */
export const COURTESY =
  /^(?:(?:hey|hi|hello|ok|okay|yes|yeah|sure|great|nice|cool|good|alright|thanks|please|pls|kindly|now|then|so|and|also|just|quickly|lakedesk|team|let's|lets|go(?: ahead)? and|go ahead|(?:i|we) have to|(?:can|could|will) you(?: please| just| kindly| now)*|would you (?:please|kindly)|(?:i|we)(?:'d| would)? (?:want|like|need)(?: you)? to|i'd like you to|time to|<?@[\w-]+>?)[,:!]? +)+/

/** What may stand behind the version: anything else makes it a sentence about it. */
const TAIL =
  '(?=$|,|\\.| (?:to|now|please|today|right|over|again|with|on|because|since|as|for|in|and|asap|immediately|thanks|thank|force|--?\\w+)(?!\\w))'
const SUBJECT = `(?:${V}${TAIL}|(?:the )?champion$)`
const AN_EVALUATION = '(?:(?:a|an|the|another|new|fresh) )*(?:evaluation|evals?|benchmark)(?: run)?'
const END = '(?:$| to | in| now| please|,)'
const US =
  '(?: (?:the |our )?(?:champion|alias|champion alias|bot|endpoint|traffic|production|everything|everyone|us|over))*'

/** A question, a wish for later and a condition are none of these. */
export const INSTRUCTIONS: readonly Rule[] = [
  {
    when: begins(
      `(?:re-?)? ?(?:evaluate|eval|benchmark|grade|test) ${SUBJECT}`,
      `(?:re-?run|run|start|do|launch|kick off|begin|trigger|repeat|make) ${AN_EVALUATION} (?:of|for|on|with|against) ${SUBJECT}`,
    ),
    call: evaluate,
  },
  {
    when: begins(
      `(?:force[- ]?)?promote ${V}${TAIL}(?! (?:and|or|vs) v)`,
      `(?:force|request|ask for) (?:a |the )?promotion (?:of|for) ${V}${TAIL}`,
      `(?:put|push|take|bring|get|move|set|make|turn) ${V} (?:(?:in)?to |in |on |as )?(?:the |our )?(?:new |current )?${LIVE}\\b`,
      `make (?:the )?champion ${V}`,
      `(?:ship|deploy|release|activate|roll out|go live with|launch) ${V}${END}`,
      `roll ${V} out`,
      `(?:switch|move|change|point|set)${US} (?:over )?(?:to|at) ${V}${END}`,
    ),
    versions: 1,
    most: 1,
    call: promote,
  },
  {
    when: whole(
      `roll ?back${OURS}${NOW}`,
      `(?:roll ?back|revert|undo) (?:the |that |this |our |yesterday's |today's |last night's )?(?:last |latest )?(?:promotion|champion|bot|model|chain)${OURS}${NOW}`,
      `(?:roll|take|bring|put|move|switch) (?:it|us|things|everything|the (?:champion|bot|chain|model)) back(?: to (?:the )?${EARLIER_VERSION})?${NOW}`,
      `(?:roll|go|step|switch|change|fall|move|return|revert) ?(?:back )?to (?:the )?(?:${EARLIER_VERSION}|one before)${NOW}`,
      `(?:go|step|roll|move) ?back (?:one|a) (?:version|step)${NOW}`,
      `(?:bring|put|take) (?:back )?the ${EARLIER_VERSION}(?: back)?${NOW}`,
    ),
    most: 0,
    call: rollBack,
  },
]
