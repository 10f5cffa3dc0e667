// The questions about versions, evaluations and promotions: each leads to a tool that only reads, or to a dry run.
import {
  A_PROMOTION,
  begins,
  compare,
  EARLIER_VERSION,
  LIVE,
  listPromotions,
  listVersions,
  lookUp,
  NAMES_REQUEST,
  NOW,
  OURS,
  PERHAPS,
  type Rule,
  showChampion,
  showRequest,
  V,
  whole,
  wouldPass,
  wouldRollBack,
} from './control-rule.ts'

/** Asks for a way to do it oneself: that is what documentation is for. */
export const HOW_TO =
  /^(?:how|where|can|could) (?:do|can|could|should|would|to|must|does) ?(?:i|we|you|one|my|our|a|an)\b|^how to\b/
const MIGRATION = /\b(?:migrat\w+|upgrad\w+|deprecat\w+|sunset\w*|support(?:ed|s)?|breaking|compatib\w+|convert\w*)\b/

const SHALL =
  '(?:should|can|could|may|shall|might|would|must|do we|when do we|is it|are we|what (?:if|happens|would (?:happen|change)))'
const DAYS = [
  'yesterday|last (?:week|month|night|\\w+day)|on \\w+day|\\w+ (?:days?|weeks?) ago',
  '(?:on )?(?:\\d{4}-\\d{2}-\\d{2}.*|\\d{1,2}(?:st|nd|rd|th)? (?:of )?[a-z]{3,9}(?:,? \\d{4})?|[a-z]{3,9} \\d{1,2}(?:st|nd|rd|th)?(?:,? \\d{4})?)',
].join('|')
const AT = `(?: (?:right now|now|today|currently|at the moment|in prod(?:uction)?|here|${DAYS}))*`

const WAITING: readonly Rule[] = [
  { when: NAMES_REQUEST, call: showRequest },
  {
    when: begins(
      '(?:(?:is|are) there |do (?:i|we) have )?(?:anything|something)(?: \\w+)? (?:wait\\w*|pending|outstanding|open$)',
      '(?:(?:is|are) there |do (?:i|we) have )?(?:anything|something) .*(?:to|need to|must|should) (?:approve|decide|review)$',
      '(?:(?:is|are) there |do (?:i|we) have )?any (?:open |pending |waiting )?(?:promotions?|approvals?|requests?)(?: .*)?(?:wait\\w*|pending|open)?$',
      '(?:what|who)(?:.s| is| are)?(?: still| now| currently)? (?:wait\\w*|pending|outstanding)(?: (?:for|on) (?:me|us|my|our|an? |approval|decision|review).*| right| now)*$',
      '(?:what|who) needs? (?:my|our|an|a) (?:approval|decision|review)',
      '(?:what|which \\w+) do i (?:have|need) to (?:approve|decide|review)$',
      '(?:(?:list|show) )?(?:me )?(?:all |the |my )*(?:open|pending) (?:approvals|requests|promotions)$',
    ),
    unless:
      /\b(?:orders?|refunds?|returns?|invoices?|users?|imports?|labels?|shipments?|parcels?|accounts?|customers?)\b/,
    call: listPromotions,
  },
]

const DONE =
  '(?:promoted?|approved?|rejected?|forced|rolled(?: (?:it|us))? back|released?|shipped|deployed|switched|go(?:ne|es)? live|went live|put|made|make|becomes?|became|asked)'
const SINCE = `(?: (?:done|going|over|finish(?:ed)?|work(?:ing)?|succeed|run(?:ning)?|go|happen|started|through|made|approved|yet|last night|yesterday|today))*`

const PAST: readonly Rule[] = [
  {
    when: whole(
      `(?:cancel|stop|withdraw|abort|pause|hold) ${A_PROMOTION}(?: request)?${NOW}`,
      `(?:did|has|is|was|when|who|why|how(?: is| did| far| long)?|where)\\b.* ${A_PROMOTION}(?: (?:of|to) v\\d+)?${SINCE}`,
      `(?:status of|what(?:.s| is) the (?:state|status) of|what happened (?:to|with)) ${A_PROMOTION}(?: request)?(?: (?:of|to) v\\d+)?`,
      '(?:(?:what|when|who)(?:.s| is| was| were| did)? |show |list )?(?:me )?(?:all |the |our |did )*(?:last|latest|recent|past|previous) (?:promotions?|rollbacks?|champions?)',
      '(?:list|show)(?: me)?(?: all| the| our)* promotions',
      `(?:approve|reject) ${V}`,
      '(?:who|when|why) (?:did |was it )?(?:promoted?|rolled(?: it| us| the champion)? ?back|forced)(?: it| the champion| the bot)?(?: (?:last night|yesterday|today|last week|this morning|last))*',
      'what (?:was|got|has been|have we|did we) (?:promoted?|roll(?:ed)? back)\\b.*',
    ),
    call: listPromotions,
  },
  {
    when: /\b(?:promotion|rollback|champion) (?:history|log|record|audit)|\bhistory of (?:the |our )?(?:promotions|champions?)\b/,
    call: listPromotions,
  },
  {
    when: /\bchampion before\b|^(?:what|which)\b.*\bbefore v\d+$|\bbefore (?:it|the champion|v\d+)\b.*\bchampion\b/,
    call: listPromotions,
  },
  {
    when: begins(`(?:who|when|by whom|why|has|have|had|was|were|did|is)\\b.*\\b${DONE}\\b`),
    unless: /\b(?:ready|gate|pass|refused|can't|cannot|can|could|couldn't|better|worse|allowed)\b/,
    versions: 1,
    call: listPromotions,
  },
]

const RUNS_BACK = `(?:roll(?:ing)? (?:(?:it|us|the (?:champion|bot|chain|model)) )?back|rollback|(?:undo|revert) ${A_PROMOTION})`
const BEFORE = `(?:to (?:the )?(?:${EARLIER_VERSION}|one before|v\\d+|what we had(?: before)?)|one (?:version|step))`

const GATE: readonly Rule[] = [
  {
    when: new RegExp(
      [
        '\\b(?:ready|pass(?:es)?|gate|block(?:s|ed|ing)?|stopping|good enough|safe to|allowed|refused|eligible|dry[- ]run|preview)\\b',
        `^(?:${SHALL}|why (?:can't|can not|cannot|couldn't))\\b.*\\b(?:promot\\w+|ship|deploy|switch to|roll out|${LIVE})\\b`,
        '^should we (?:go with|use|take|pick|choose|switch)\\b',
        '^how (?:do|can|could|would) (?:i|we|you) promote\\b',
        `^(?:(?:i|we)(?:'d)? (?:want|like|need) )?${V}\\b.*\\b(?:live|prod(?:uction)?)$`,
        '^(?:promote|ship|deploy|release|put|push|make|go live|switch|roll out|force)\\b',
      ].join('|'),
    ),
    unless: /\b(?:better|worse)\b|^(?:do not|don't|never)\b/,
    versions: 1,
    most: 1,
    call: wouldPass,
  },
  {
    when: new RegExp(
      [
        '^(?:what would|would|is|can|how would) (?:a |the )?rollback\\b',
        `^${SHALL}\\b.*\\b${RUNS_BACK}(?: ${BEFORE})?${NOW}$`,
        `^${SHALL}\\b.*\\b(?:(?:go|switch|step|move|change|get|return|be) back|revert) ${BEFORE}${NOW}$`,
        `^(?:${RUNS_BACK}|(?:go|switch) back|revert)(?: to)? ${V}${NOW}$`,
        `^(?:roll|take) ${V} (?:back|down)${NOW}$`,
        `^(?:${RUNS_BACK}|(?:go|switch) back ${BEFORE})\\b.*${PERHAPS.source}`,
      ].join('|'),
    ),
    call: wouldRollBack,
  },
]

const BETTER =
  'better|worse|best|cheaper|slower|faster|beats?|beat|beaten|outperform\\w*|improve(?:ment|s|d)?|compare[sd]?|comparison|comparing|versus|vs|against|differ\\w*|than|regress\\w*|winner|wins?|ahead|behind|as \\w+ as'
const EITHER = new RegExp(
  `\\b(?:${BETTER}|between|instead of|or|over|prefer|changed|side by side)\\b|^v\\d+ (?:and )?v\\d+$`,
)
const QUALITY =
  /\b(?:good|bad|well|great|okay|poor(?:ly)?|do|did|does|doing|done|fares?|faring|perform\w*|look(?:s|ing)|scor\w+|evals?|evaluat\w+|metrics?|results?|numbers|quality|faithful\w*|relevan\w*|correct\w*|recall|toxicity|latency|accura\w*|hallucinat\w*|which run|judged?|works?|working)\b/

const MEASURED: readonly Rule[] = [
  { when: EITHER, unless: MIGRATION, versions: 2, call: compare },
  { when: QUALITY, unless: MIGRATION, versions: 2, call: compare },
  { when: new RegExp(`\\b(?:${BETTER})\\b`), unless: MIGRATION, versions: 1, call: compare },
  {
    when: begins(
      '(?:why|how long|since when|is|was|until when)\\b.*\\bchampion\\b',
      `is ${V} (?:already |now |currently )?(?:live|in (?:use|prod(?:uction)?|service))(?: yet| now| already)*$`,
    ),
    versions: 1,
    call: showChampion,
  },
  { when: /\bchampion\b/, versions: 1, call: lookUp },
  {
    when: whole(
      `(?:(?:and|what about|how about|tell me(?: more)? about|show(?: me)?|what is|what's|describe|check|look (?:at|up)) )?${V}`,
    ),
    call: lookUp,
  },
  {
    when: whole(
      `(?:when|who) (?:was|is|has|did|registered|made|created|logged|built|wrote)\\b.*${V}(?: (?:registered|created|logged|made|built))?`,
      `(?:does|do we have|is there|have we)(?: a| got)? ${V}(?: exist| already| yet)*`,
      `is ${V} (?:registered|there)(?: yet| already)?`,
      `what (?:state|status) is ${V} in`,
    ),
    call: listVersions,
  },
  { when: QUALITY, unless: MIGRATION, versions: 1, call: lookUp },
]

/** The word must not be a part of another thing's name, such as a plan. */
const CHAMPION =
  "\\bchampion(?=$|,| (?:is|was|were|now|right|today|on|at|since|version|model|chain|last|yesterday|and|currently|in|again|then|for|\\d|[a-z]{3} \\d)|'s)"
const LAST_EVALUATION = '(?:last|latest|newest|current|our) (?:evals?|evaluations?)'
const METRIC = '(?:faithfulness|context recall|answer relevance|refusal correctness)'

const IN_USE: readonly Rule[] = [
  {
    when: new RegExp(
      `\\b(?:score[sd]?|how good|how well|evals?|evaluat\\w+|${METRIC}|any good)\\b.*${CHAMPION}|${CHAMPION}.*\\b(?:score[sd]?|good|doing|evals?|evaluat\\w+|${METRIC})\\b`,
    ),
    call: lookUp,
  },
  { when: /\bcandidate\b.*\bchampion\b|\bchampion\b.*\bcandidate\b/, call: listVersions },
  {
    when: new RegExp(
      `^(?:what|which|who|when|since when|is|was|are|were|show|tell|why|how long)\\b.*${CHAMPION}|^(?:the )?(?:current )?champion$`,
    ),
    unless: /\b(?:better|worse|compare)\b/,
    call: showChampion,
  },
  {
    when: whole(
      `(?:what|which) (?:(?:model |chain |bot )?version|chain|one)${OURS} (?:is|are|was|were|do|did|does)?(?: ?(?:we|you|the bot|the endpoint|it|currently|now))?(?: ?(?:live|in (?:use|prod(?:uction)?|service)|runn?(?:s|ing)?|serv(?:e|es|ed|ing)|us(?:e|ed|ing)|deployed|active))${AT}`,
      `(?:what|which) (?:(?:model |chain |bot )?version|chain|model|one) (?:is answering|answers|serves)(?: (?:our|us|questions|people|users|here|now))*`,
      `what(?:.s| is| are we| are you| do we| did we| was| were we)?(?: currently| now)? (?:running|live|in prod(?:uction)?|deployed|serving|serve|run|in use)(?: on)?${AT}`,
    ),
    call: showChampion,
  },
  {
    when: whole(
      `how good (?:are|is) (?:we|our (?:bot|chain|model|answers)|the (?:bot|chain|model|current version|version in use))${NOW}`,
      `(?:what (?:did|does|do|were|was|are|is)|show(?: me)?|how (?:did|was|were)|when was)\\b.*${LAST_EVALUATION}(?: (?:results?|run|numbers|scores?|say|go|find|show|done|finished))*${NOW}`,
      `(?:what(?:.s| is) )?(?:our|the) (?:current )?${METRIC}(?: (?:score|now|right now|of what we run))*${NOW}`,
    ),
    call: lookUp,
  },
]

const KNOWN = '(?:versions|candidates)'
const LISTED: readonly Rule[] = [
  {
    when: whole(
      `(?:which|what|how many) ${KNOWN}${OURS} (?:are (?:there|registered)|do (?:we|you) have|have we(?: got)?|exist|can (?:we|i) (?:promote|evaluate|compare)|(?:were|are|have been|got) (?:evaluated|promoted|registered))(?: ?(?:and|with|,) .*)?${NOW}`,
      `(?:list|show)(?: me)?(?: all| the| our| of| registered)* ${KNOWN}${OURS}(?: ?(?:and|with|,) .*)?${NOW}`,
      `(?:give me |show me )?(?:a |the )?list of (?:all )?(?:the |our )?${KNOWN}${OURS}`,
      '(?:all )?versions',
      `(?:what|which)(?:.s| is| was)? (?:the |our )?(?:newest|latest|last) (?:candidate|registered version|version (?:we have|registered|there is|of (?:the |our )(?:bot|chain|model|assistant)))${NOW}`,
      '(?:(?:is|are) there |do we have )?(?:a |any )?(?:new |newer )?candidates?',
      `(?:(?:is|are) there |do we have )?(?:a |any )?(?:new |newer )?(?:candidates?|versions?) (?:to|we could|we can|for) (?:promote|evaluate|try|promotion)${NOW}`,
    ),
    call: listVersions,
  },
]

/** The first that fits. */
export const QUESTIONS: readonly Rule[] = [...WAITING, ...PAST, ...GATE, ...MEASURED, ...IN_USE, ...LISTED]
