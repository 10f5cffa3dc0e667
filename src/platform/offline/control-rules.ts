// The rules by which a sentence about versions is given to a tool: imperatives first, then questions, the first that fits.
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
  now: number
}

export interface Rule {
  /** The first of these that is offered is called. */
  call: (said: Said) => ControlCall[]
  when: RegExp
  unless?: RegExp
  /** How many versions the sentence must name, at least. */
  versions?: number
  /** More than so many versions are another question. */
  most?: number
}

const to = (name: string, args: Record<string, unknown> = {}): ControlCall => ({ name, args })
const first = ({ versions: [version] }: Said) => ({ version })
const listVersions = () => [to('list-versions')]
const listPromotions = () => [to('list-promotions')]
const lookUp = (said: Said) => [to('lookup-evals', said.versions.length > 0 ? first(said) : {})]
const compare = ({ versions: [version, against] }: Said) => [
  to('compare-versions', { version, ...(against === undefined ? {} : { against }) }),
]
const showChampion = ({ text, now }: Said) => {
  const on = readDay(text, now)
  return [to('show-champion', on === undefined ? {} : { on })]
}
const promote = (said: Said) => {
  const force = readForce(said.raw)
  return [to('request-promotion', { ...first(said), ...(force === undefined ? {} : { force }) })]
}
const wouldPass = (said: Said) => [
  to('request-promotion', { ...first(said), dryRun: true }),
  to('compare-versions', first(said)),
]
const rollBack = () => [to('request-rollback')]
const wouldRollBack = () => [to('request-rollback', { dryRun: true })]
const evaluate = (said: Said) => [
  to('run-evaluation', said.versions.length > 0 ? first(said) : { version: 'champion' }),
]

const V = '(?:the )?v\\d+'
const LIVE = '(?:live|prod(?:uction)?|champion|use|service)'
const OURS = '(?: of (?:the |our )?(?:bot|chain|model|assistant|rag(?: (?:chain|model|app))?))?'
const NOW = '(?: (?:right )?now| today| currently| at the moment| these days| again| please| for us| then)*'
/** A day that somebody names. */
const DAY =
  '(?:on )?(?:yesterday|last (?:week|month|night|\\w+day)|on \\w+day|\\d{4}-\\d{2}-\\d{2}.*|\\d{1,2}(?:st|nd|rd|th)? (?:of )?[a-z]{3,9}(?:,? \\d{4})?|[a-z]{3,9} \\d{1,2}(?:st|nd|rd|th)?(?:,? \\d{4})?|\\w+ (?:days?|weeks?) ago)'
const BACK =
  '(?:roll(?:ing)? (?:(?:it|us|the (?:champion|bot|chain|model|version)) )?back|rollback|(?:undo|revert) (?:the |that |this |our )?(?:last |latest )?(?:promotion|champion))'
const BEFORE = `(?:to (?:the )?(?:(?:previous|last|old|older|former|earlier|prior) (?:version|one|champion|chain|model)${OURS}|one before|v\\d+|what we had(?: before)?))`
const rule = (pattern: string) => new RegExp(pattern)

/** Takes effect later, or perhaps: that is no instruction yet. */
export const PERHAPS =
  /\b(?:if|unless|when|whenever|once|until|till|after|as soon as|assuming|provided|tomorrow|tonight|later|soon|next|on (?:mon|tues|wednes|thurs|fri|satur|sun)day|yet|maybe|perhaps|or not|or should|right\?|don't|do not|not|never|instead)\b/
export const COURTESY =
  /^(?:(?:hey|hi|hello|ok|okay|yes|yeah|sure|great|nice|cool|good|alright|thanks|please|pls|kindly|now|then|so|and|also|just|quickly|lakedesk|team|let's|lets|go ahead(?: and)?|(?:can|could|would|will) you(?: please| just| kindly| now)*|(?:i|we)(?:'d| would)? (?:want|like|need|have)(?: you)? to|i'd like you to|time to|<?@[\w-]+>?)[,:!]? +)+/

/** Imperatives alone: what asks for something is never called for a question about it. */
export const INSTRUCTIONS: readonly Rule[] = [
  {
    when: rule(
      `^(?:(?:re-?|force-?)? ?(?:evaluate|eval|benchmark|grade|test) (?:${V}|(?:the )?champion$)|(?:re-?run|run|start|do|launch|kick off|begin|trigger|repeat|make) (?:(?:a|an|the|another|new|fresh) )*(?:evaluation|eval|evals|benchmark)(?: run)? (?:of|for|on|with|against) (?:${V}|(?:the )?champion$))`,
    ),
    call: evaluate,
  },
  {
    when: rule(
      `^(?:force[- ]?|now )?(?:promote|force the promotion of|request (?:a |the )?promotion (?:of|for)|ask for (?:a |the )?promotion (?:of|for)) ${V}(?! (?:and|or|vs) v)`,
    ),
    call: promote,
    versions: 1,
  },
  {
    when: rule(
      `^(?:(?:put|push|take|bring|get|move|set|make|turn) ${V} (?:(?:in)?to |in |on |as )?(?:the |our )?(?:new |current )?${LIVE}\\b|(?:ship|deploy|release|activate|roll out|go live with|launch) ${V}(?:$| to | in| now| please|,)|(?:switch|move|change|point|set)(?: (?:the |our )?(?:champion|alias|champion alias|bot|endpoint|traffic|everything|everyone|us|over))* (?:over )?(?:to|at) ${V}(?:$| now| please|,)|make (?:the )?champion ${V})`,
    ),
    call: promote,
    versions: 1,
    most: 1,
  },
  {
    when: rule(
      `^(?:(?:roll ?back|rollback|revert|undo)(?: (?:the |that |this |our )?(?:last |latest )?(?:promotion|champion|version|bot|model|chain)${OURS})?|(?:roll|take|bring|put|move|switch) (?:it|us|things|everything|the (?:champion|bot|chain|model|version))? ?back|(?:go|step|switch|change|roll|fall|move|return) ?(?:one (?:version|step) )?back(?: (?:one|a) (?:version|step))?|undo (?:what|the thing) .*promoted)(?: to (?:the )?(?:previous|last|old|older|former|earlier|prior) (?:version|one|champion|chain|model)${OURS}| to (?:the one |what we had )?before)?${NOW}$`,
    ),
    call: rollBack,
    most: 0,
  },
]

const COMPARED =
  /\b(?:better|worse|best|beats?|beat|beaten|outperform\w*|improve\w*|compare[sd]?|comparison|comparing|versus|vs|against|differ\w*|between|than|instead of|regress\w*|winn?(?:s|er|ing)?|or|changed|side by side)\b/
const QUALITY =
  /\b(?:good|bad|well|great|okay|poor(?:ly)?|do|did|does|doing|done|fares?|faring|perform\w*|scor\w+|evals?|evaluat\w+|metrics?|results?|numbers|quality|faithful\w*|relevan\w*|correct\w*|recall|toxicity|latency|accura\w*|hallucinat\w*|run id|run ids|which run|judged?|works?|working)\b/
const MEASURED =
  /\b(?:evals?|evaluations?|faithfulness|context recall|answer relevance|refusal correctness|(?:quality )?metrics of the (?:bot|chain|model|champion))\b/
export const HOW_TO =
  /^(?:how|where|can|could) (?:do|can|could|should|would|to|must|does) ?(?:i|we|you|one|my|our|a|an)\b|^how to\b/
const MIGRATION = /\b(?:migrat\w+|upgrad\w+|deprecat\w+|sunset\w*|support(?:ed|s)?|breaking|compatib\w+|convert\w*)\b/
const PLAN =
  /\bchampions? (?:plan|tier|programme?|badge|account|package|subscription|role|status|level|price|edition)s?\b/
const DONE =
  '(?:promoted|promote|approved|approve|rejected|reject|forced|rolled(?: (?:it|us))? back|released|release|shipped|deployed|switched|go(?:ne|es)? live|went live|put|made|make|become|became|asked)'

/** Questions, which only read; the first that fits. */
export const QUESTIONS: readonly Rule[] = [
  {
    when: /\b(?:request|approval|approve|reject|card|review)\b.{0,20}[`'"#(]?\b(?=[a-z]*\d)(?=\d*[a-z])[2-9a-hj-km-np-z]{6}\b/,
    call: ({ text }) => {
      const [approval] = text.match(/\b(?=[a-z]*\d)(?=\d*[a-z])[2-9a-hj-km-np-z]{6}\b/) ?? []
      return [to('show-approval', { approval })]
    },
  },
  {
    when: rule(
      `^(?:(?:(?:is|are) there|do (?:i|we) have)? ?(?:anything|something|any(?: open| pending)? (?:promotions?|approvals?|requests?|decisions?))\\b.*\\b(?:wait\\w*|pending|open|outstanding|needs?|to approve|to decide|to review|approvals?)\\b|(?:are there|do we have)? ?any (?:open|pending) (?:promotions|approvals|requests)|(?:what|who|which (?:requests?|promotions?|approvals?))(?:'s| is| are)?(?: still| now| currently)? (?:(?:wait\\w*|pending|outstanding)(?: (?:for|on) (?:me|us|my|our|an? |approval|decision|review).*| right| now)*$|needs? (?:my|our|an?|somebody's) (?:approval|decision|review)|to (?:approve|decide|review)$)|what do i (?:have|need) to (?:approve|decide|review)|(?:list |show )?(?:me )?(?:all |the |my )*(?:open|pending) (?:approvals|requests|promotions)$)`,
    ),
    unless:
      /\b(?:orders?|refunds?|returns?|invoices?|users?|imports?|labels?|shipments?|parcels?|documents?|accounts?|payments?|tickets?|customers?)\b/,
    call: listPromotions,
  },
  {
    when: /^(?:(?:please )?(?:cancel|stop|withdraw|abort|pause|hold)|do(?: not|n't)|never|did|has|is|was|when|who|why|how(?: is| did| far| long)|what(?:'s| is) the (?:state|status) of|what happened (?:to|with)|where is|status of)\b.* (?:the |that |this |my |our |last )+(?:last |latest )?(?:promotion|rollback)(?: (?:of|to) v\d+)?(?: (?:done|going|over|finished|work(?:ing)?|succeed|run(?:ning)?|go|happen|started|through|made|approved|yet))*$|^(?:(?:what|when|who)(?:'s| is| was| were| did)? |show |list |the )?(?:me )?(?:all |the |our |did )*(?:last|latest|recent|past|previous|open|pending) (?:promotions?|rollbacks?|champions)$|^(?:list|show)(?: me)?(?: all| the| our)* promotions$|\b(?:promotion|rollback|champion) (?:history|log|record|audit)|\bhistory of (?:the |our )?(?:promotions|champions?|versions in use)\b|^what (?:was|got|has been|have we) promoted\b/,
    call: listPromotions,
  },
  {
    when: rule(`^(?:who|when|by whom|why|has|have|had|was|were|did|is)\\b.*\\b${DONE}\\b`),
    unless:
      /\b(?:ready|gate|pass|refused|can't|cannot|can|could|couldn't|better|worse|champion (?:now|today)|allowed)\b/,
    call: listPromotions,
    versions: 1,
  },
  {
    when: rule(
      `^(?:who|when|why) (?:did |was it |has )?(?:promoted|promote|rolled(?: it| us| the champion)? ?back|roll(?: it| us)? back|forced)(?: it| the (?:champion|current version|bot))?(?: (?:last night|yesterday|today|last week|this morning|last|and why))*$`,
    ),
    call: listPromotions,
  },
  {
    when: /\bchampion before\b|\bbefore (?:it|the champion|v\d+)\b.*\bchampion\b|\bprevious champion\b/,
    unless: /\bback\b/,
    call: listPromotions,
  },
  {
    when: rule(
      `\\b(?:ready|pass(?:es)?|gate|blocks?|blocked|blocking|good enough|safe to|allowed|refused|eligible)\\b|^(?:should|can|could|may|shall|might|would|must|do we|what (?:if|happens|would happen)|is it (?:ok|okay|time)|are we|why (?:can't|can not|cannot|couldn't)|how (?:do|can|could|would) (?:i|we|you|one))\\b.*\\b(?:promot\\w+|live|ship|deploy|switch to|roll out|${LIVE})\\b|^(?:promote|ship|deploy|release|put|push|make|go live|switch|roll out|force)\\b|\\bdry[- ]run\\b`,
    ),
    unless: /\bbetter|worse\b|^(?:do not|don't|never)\b|^how (?:do|can|could|would) (?:i|we|you|one) (?!promot)/,
    call: wouldPass,
    versions: 1,
    most: 1,
  },
  {
    when: rule(
      `^(?:should|can|could|may|shall|would|might|must|do we|when do we|what (?:if|happens|would happen)|is it|are we)\\b.*\\b(?:${BACK}(?: ${BEFORE})?|(?:go|switch|step|move|change|get|return|be) back (?:${BEFORE}|one (?:version|step)))${NOW}$|^(?:${BACK}|go back|switch back)(?: ${BEFORE})? ?(?:.*v\\d+|.*${PERHAPS.source})`,
    ),
    unless: HOW_TO,
    call: wouldRollBack,
  },
  { when: COMPARED, unless: MIGRATION, call: compare, versions: 2 },
  { when: QUALITY, unless: MIGRATION, call: compare, versions: 2 },
  {
    when: /\b(?:better|worse|best|beats?|beat|outperform\w*|improvement|improves?|improved|compare[sd]?|comparison|versus|vs|against|differ\w*|ahead|behind|than|regress\w*|winner|wins?)\b/,
    unless: MIGRATION,
    call: compare,
    versions: 1,
  },
  { when: /\bchampion\b/, unless: PLAN, call: lookUp, versions: 1 },
  {
    when: rule(
      `^(?:(?:and|what about|how about|tell me about|tell me more about|show me|show|what is|what's|describe|look at|look up) )?${V}$`,
    ),
    call: lookUp,
  },
  {
    when: rule(
      `^(?:when|who) (?:was|is|has|did|registered|made|created|logged|built|wrote)\\b.*${V}(?: (?:registered|created|logged|made|built))?$|^(?:does|do we have|is there|have we)(?: a| got)? ${V}(?: exist| already| yet)*$|^is ${V} (?:registered|there)(?: yet| already)?$|^what (?:state|status) is ${V} in$`,
    ),
    call: listVersions,
  },
  { when: QUALITY, unless: MIGRATION, call: lookUp, versions: 1 },
  {
    when: rule(
      `^(?:what|which|who|when|since when|is|was|are|were|show|tell|why|how long)\\b.*\\bchampion\\b|^(?:the )?(?:current )?champion$`,
    ),
    unless: new RegExp(`${PLAN.source}|\\b(?:better|worse|compare)\\b|${MEASURED.source}|\\b(?:scores?|how good)\\b`),
    call: showChampion,
  },
  {
    when: /\bcandidate\b.*\bchampion\b|\bchampion\b.*\bcandidate\b/,
    call: listVersions,
  },
  {
    when: /^(?:how|is|are|what|show|does|did|any|tell)\b.*\b(?:champion)\b/,
    unless: PLAN,
    call: lookUp,
  },
  {
    when: rule(
      `^(?:what|which) (?:version|chain|one)${OURS} (?:is|are|was|were|do|did|does|has been|currently )?(?: ?(?:we|you|the bot|the endpoint|our bot|people|users|it|currently|now))?(?: ?(?:live|in (?:use|prod(?:uction)?|service|place)|run(?:s|ning)?|serv(?:e|es|ed|ing)|us(?:e|ed|ing)|deployed|active|answer(?:s|ing)?(?: questions)?|have (?:live|in production)))+(?: (?:right now|now|today|currently|at the moment|in production|here|${DAY}))*$|^what(?:'s| is| are we| do we| did we| was| were we)?(?: currently| now)? (?:running|live|in prod(?:uction)?|deployed|serving|served|serve|run|in use)(?: (?:in prod(?:uction)?|right now|now|today|currently|at the moment|${DAY}))*$|^which (?:chain|model|version|prompt) (?:answers|is answering|serves)(?: (?:us|questions|people|users|here|now))*$`,
    ),
    call: showChampion,
  },
  {
    when: rule(
      `^(?:how good (?:are|is) (?:we|our (?:bot|chain|model|answers)|the (?:bot|chain|model|current version|version in use))|(?:what (?:did|does|do|were|was|are|is)|show(?: me)?|how (?:did|was|were)|when was)\\b.* (?:the )?(?:last|latest|newest|current|our) (?:evals?|evaluations?)(?: (?:results?|run|numbers|scores?|say|go|find|show|done|finished))*|(?:what(?:'s| is) )?(?:our|the) (?:current )?(?:faithfulness|context recall|answer relevance|refusal correctness)(?: (?:score|now|right now|of what we run))*)${NOW}$`,
    ),
    call: lookUp,
  },
  {
    when: rule(
      `^(?:(?:which|what|how many) (?:versions|candidates)${OURS} (?:are (?:there|registered)|do (?:we|you) have|have we(?: got)?|exist|can (?:we|i) (?:promote|evaluate|compare)|(?:were|are|have been|got) (?:evaluated|promoted|registered))|(?:list|show)(?: me)?(?: all| the| our| of| registered)* (?:versions|candidates)${OURS}|(?:all )?versions|(?:what|which)(?:'s| is| was)? (?:the |our )?(?:newest|latest|last) (?:candidate|registered version|version (?:we have|registered|there is|of (?:the |our )(?:bot|chain|model|assistant)))|(?:any|is there a|are there any|do we have a|do we have any) (?:new |newer )?(?:candidates?|versions?) (?:to|we could|we can|for) (?:promote|evaluate|try|promotion))(?: ?(?:and|with|,) .*)?${NOW}$`,
    ),
    call: listVersions,
  },
]
