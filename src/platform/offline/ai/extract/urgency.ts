// Reads how urgent a message is: words for haste and for patience, stopped work, deadlines, shouting, and what takes them back.
import type { Finder, Reading } from './found.ts'

interface Cue {
  pattern: RegExp
  weight: number
}

const HASTE: readonly Cue[] = [
  {
    pattern:
      /\b(?:asap|as soon as possible|immediately|right (?:away|now)|at once|straight away|sofort|tout de suite|inmediatamente)\b/i,
    weight: 2,
  },
  {
    pattern:
      /\b(?:urgent(?:ly)?|emergency|critical|top priority|highest priority|high priority|p1|sev ?1|dringend|urgente?|très urgent|pilne)\b/i,
    weight: 2,
  },
  { pattern: /\b(?:escalate|call (?:me|us|back)|who can i phone|what is going on)\b/i, weight: 1 },
  {
    pattern:
      /\b(?:production|prod|everything|(?:the )?(?:system|site|service|shop|warehouse|company|integration|platform))\b[^.!?\n]{0,25}\b(?:is|are|has|stands?|been)\b[^.!?\n]{0,12}\b(?:down|stopped|still|standing|dead|offline|blocked|à l'arrêt|bloqueada)\b/i,
    weight: 2.5,
  },
  {
    pattern:
      /\b(?:completely|totally) (?:down|stopped|blocked|offline)\b|\b(?:outage|stands still|standing still|has stopped completely|à l'arrêt|at a standstill)\b/i,
    weight: 2,
  },
  {
    pattern:
      /\b(?:nobody|no one|none of us|all (?:of us|users|devices|handhelds|carriers)|the whole (?:team|company|warehouse)|everybody|everyone|toda la empresa)\b[^.!?\n]{0,40}\b(?:can(?:'t|not)?|could|unable|locked|lost|bloquead\p{L}|down|ships?|answer)\b/iu,
    weight: 2,
  },
  {
    pattern:
      /\b(?:cannot|can't|unable to) (?:work|ship|sell|operate|print any\p{L}*|create orders|take orders)\b|\bnothing (?:ships|works|goes out)\b/iu,
    weight: 2,
  },
  {
    pattern: /\b(?:losing|lose|lost) (?:money|orders|customers|sales|the whole day|every)\b|\bwe are losing\b/i,
    weight: 1.5,
  },
  {
    pattern:
      /\b(?:today|tonight|this (?:morning's|afternoon)|within (?:the )?(?:hour|\d+ hours?)|in \d+ hours|before (?:noon|\d{1,2} ?[ap]m|\d{1,2}[:.]\d\d)|until (?:noon|\d{1,2} ?[ap]m)|hoy mismo|heute noch)\b(?![^.!?\n]{0,20}\bago\b)/i,
    weight: 1,
  },
  {
    pattern:
      /\b(?:need|needs|needed|must|have to|necesitamos|please|want)\b[^.!?\n]{0,60}\b(?:today|now|tonight|hoy mismo)\b/i,
    weight: 1.5,
  },
  {
    pattern: /\b(?:hacked|breach|stolen|data (?:leak|loss)|someone else is in|lock it now|security incident)\b/i,
    weight: 2,
  },
  { pattern: /\bwill be (?:suspended|deleted|closed|blocked)\b|\b(?:deadline|sla|eta)\b/i, weight: 1 },
  {
    pattern:
      /\b(?:pick-?up|driver|customers? (?:are|is)|parcels? (?:are|is|on)|\d+ parcels)\b[^.!?\n]{0,40}\b(?:waiting|calling|comes|today|floor|\d{1,2} ?[ap]m|\d{1,2}:\d\d)\b/i,
    weight: 1.5,
  },
  {
    pattern:
      /\b(?:customers|shoppers|clients|users|employees|patients|students) (?:can ?not|can't|could not|are unable)\b|\b\d+ (?:employees|users|people|customers|devices) (?:are )?(?:offline|affected|blocked|locked|waiting)/i,
    weight: 2,
  },
  { pattern: /\b(?:blocks|blocking|blocked)\b|\bfor (?:all|every) (?:users?|customers?|of us)\b/i, weight: 1 },
  { pattern: /\btomorrow(?: morning)?\b/i, weight: 0.75 },
  { pattern: /!{2,}/, weight: 0.75 },
  { pattern: /\b[A-Z]{4,}(?: [A-Z]{2,}){2,}\b/, weight: 1 },
]

const PATIENCE: readonly Cue[] = [
  {
    pattern:
      /\b(?:not|isn't|nothing|no|n't|nicht|pas)\b[^.!?\n]{0,14}\b(?:urgent|urgency|critical|dringend|pressé|a blocker|an emergency)\b/i,
    weight: 3,
  },
  { pattern: /\bno (?:rush|hurry|pressure|stress)\b|\bnot in a hurry\b|\b(?:keine eile|pas pressé)\b/i, weight: 3 },
  {
    pattern:
      /\b(?:low|lowest) priority\b|\bwhen(?:ever)? you (?:have|find|get) (?:the )?(?:time|a chance|a minute)\b|\b(?:can|could) wait\b|\bat some point\b|\bno need to answer quickly\b/i,
    weight: 3,
  },
  {
    pattern:
      /\b(?:small thing|tiny thing|no big deal|minor|cosmetic|nice to have|just (?:curious|wondering|annoying|wanted)|half joking|live with it|by the way)\b/i,
    weight: 1.5,
  },
  {
    pattern:
      /\b(?:feature request|suggestion|idea|wish|would be (?:nice|great|good|lovely)|would (?:like|love)|roadmap|it'd help|could you (?:make|add|build)|please (?:add|support|let)|consider|planned|let us|let me)\b/i,
    weight: 1.5,
  },
  {
    pattern:
      /^[^.!?]{0,60}\b(?:how (?:do|can|much)|which|where|who is|what does|is there|do you|are you|can two)\b[^?]{0,160}\?/i,
    weight: 1,
  },
  {
    pattern:
      /\b(?:thanks to|best help|newsletter|thesis|case stud|webinar|partnership|happy holidays|congratulations|question about)\b/i,
    weight: 1.5,
  },
  { pattern: /\b(?:solved|resolved|fixed itself|works again)\b/i, weight: 1 },
]
/** What a question or a wish without any of these can wait for. */
const TROUBLE =
  /\b(?:errors?|fail\p{L}*|wrong|broken?|stuck|lost|missing|cannot|can't|can not|won't|doesn't|does not|did not|didn't|not|never|no longer|refused?|locked|declined|charged|twice|crash\p{L}*|stop(?:s|ped)|problem|complaint|delayed?|slow|[A-Z]{2,6}-\d{2,}|needs?|must|due)\b/iu
const ASKS = /\?|^(?:please|could you|can you|we would|i would|suggestion|just|happy)\b/imu
const CALM = 1.5
/** Sums from which a message is urgent, or may wait. */
const HIGH_FROM = 1.75
const LOW_FROM = 1.5
const LEVELS = ['low', 'medium', 'high'] as const

export interface Urgency {
  level: (typeof LEVELS)[number]
  confidence: number
}

const NOT_URGENT =
  /\b(?:not|isn't|nothing|no|nicht|pas)\b[^.!?\n]{0,14}\b(?:urgent|urgency|critical|dringend|pressé|a blocker|an emergency)\b/gi

/** Null where nothing is said. */
export function readUrgency({ said }: Pick<Reading, 'said'>): Urgency | null {
  if (said.trim() === '') return null
  const sum = (cues: readonly Cue[], text: string) =>
    cues.reduce((total, { pattern, weight }) => total + (pattern.test(text) ? weight : 0), 0)
  const patience = sum(PATIENCE, said) + (ASKS.test(said) && !TROUBLE.test(said) ? CALM : 0)
  const haste = sum(HASTE, said.replace(NOT_URGENT, ' '))
  // "A is urgent, B can wait" is urgent.
  if (haste >= HIGH_FROM && haste >= patience - 1)
    return { level: 'high', confidence: Math.min(0.9, 0.5 + (haste - patience) * 0.1) }
  if (patience >= LOW_FROM && patience > haste)
    return { level: 'low', confidence: Math.min(0.9, 0.5 + (patience - haste) * 0.1) }
  return { level: 'medium', confidence: haste + patience === 0 ? 0.45 : 0.4 }
}

export const findUrgency: Finder = (reading) => {
  const urgency = readUrgency(reading)
  return urgency === null ? [] : [{ value: urgency.level, confidence: urgency.confidence }]
}

/** The label of an own scale that comes nearest: `P1`, `critical`, `normal`, `sev3`, whatever their order. */
export function toOwnScale(level: Urgency['level'], labels: readonly string[]): string | null {
  const rank = (label: string): number | null => {
    const words = label.toLowerCase()
    if (/\b(?:critical|highest|urgent|emergency|blocker|immediate|p0|sev ?0)\b/.test(words)) return 3
    if (/\b(?:high|major|important|p1|sev ?1)\b/.test(words)) return 2.5
    if (/\b(?:medium|normal|moderate|mid|standard|p2|sev ?2)\b/.test(words)) return 1.5
    if (/\b(?:low|lowest|minor|none|trivial|not urgent|p[345]|sev ?[345])\b/.test(words)) return 0
    return null
  }
  const wanted = { low: 0, medium: 1.5, high: 2.5 }[level]
  const known = labels.flatMap((label) => {
    const at = rank(label)
    return at === null ? [] : [{ label, far: Math.abs(at - wanted) }]
  })
  return known.sort((a, b) => a.far - b.far)[0]?.label ?? null
}
