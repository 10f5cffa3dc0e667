// Words of praise and of complaint, as customers of software write them. Our own list; a stem ends in `*`.

/** By weight: 2 where the word alone decides, 1 where it leans. */
const POSITIVE: Readonly<Record<number, string>> = {
  2: 'excellent perfect* amazing awesome fantastic wonderful brilliant superb outstanding love loved loves lovely delight* beautiful* best joy pleasure flawless* impress* thrilled superior stellar exceptional favourite favorite gorgeous unbeatable priceless',
  1: 'good great nice happy glad pleased like likes liked enjoy* easy easily simple fast quick quickly smooth* reliable reliably solid clear clearly clean helpful help* friendly thank thanks grateful recommend* satisfied satisf* works worked improve* useful intuitive comfortable convenient affordable stable powerful consistent responsive polite professional efficient welcome* pretty fun fine saves saved value kind bonus right worth generous seamless* productive exciting excited cheers success* happily effortless* elegant robust superfast pleasant trust* appreciate*',
}
const NEGATIVE: Readonly<Record<number, string>> = {
  2: 'terrible horrible awful worst hate hated hates useless unusable garbage rubbish nightmare disaster* unacceptable disgust* scam fraud rip-off ripoff furious pathetic atrocious appalling dreadful broken-down unbearable outrag* abysmal joke shame*',
  1: 'bad poor poorly slow slowly broken breaks break broke crash* fail* error* bug bugs buggy problem* issue* wrong annoy* frustrat* disappoint* confus* difficult hard pain painful tired angry upset unhappy expensive overpriced waste* lost lose loses losing lack* missing miss misses refuse* rude unreliable unstable stuck delay* late complain* complaint* cancel* leaving useless* disconnect* drain* mistake* sad sorry horrid damage* faulty defect* worse ugly dirty freez* freeze* hang hangs lie lied lies tight silently down dead unfair clumsy cumbersome outdated lag* laggy noisy ignored ignore ignores regret* worthless trouble* impossible unable nobody unclear inconsistent stopped delayed skipped harder unresponsive',
}
export const NEGATIONS = new Set(
  "not no never none nobody nothing neither nor without hardly barely cannot can't cant won't wont don't dont doesn't doesnt didn't didnt isn't isnt wasn't wasnt aren't arent weren't couldn't wouldn't shouldn't haven't hasn't hadn't zero less".split(
    ' ',
  ),
)
export const INTENSIFIERS = new Map<string, number>([
  ...'very really so extremely incredibly absolutely totally completely highly super too utterly'
    .split(' ')
    .map((word) => [word, 1.5] as const),
  ...'slightly somewhat fairly rather bit little'.split(' ').map((word) => [word, 0.6] as const),
])
export const CONTRASTS = new Set(
  'but however although though yet still while whereas unfortunately except sadly despite'.split(' '),
)

const EMOJI: Readonly<Record<string, number>> = {
  '😀😃😄😁😊🙂😍🥰🤩👍❤💚💙🎉👏🙏😎💯⭐🌟': 1.5,
  '😠😡🤬😞😢😭👎💩😤😒🙁☹😩😫🤮💔': -1.5,
}

const exact = new Map<string, number>()
const stems: [string, number][] = []
for (const [list, sign] of [
  [POSITIVE, 1],
  [NEGATIVE, -1],
] as const) {
  for (const [weight, words] of Object.entries(list)) {
    for (const word of words.split(' ')) {
      if (word.endsWith('*')) stems.push([word.slice(0, -1), sign * Number(weight)])
      else exact.set(word, sign * Number(weight))
    }
  }
}
for (const [emojis, weight] of Object.entries(EMOJI)) for (const emoji of emojis) exact.set(emoji, weight)

/** Weight of a lower-case word or an emoji: above 0 praise, below 0 complaint, 0 neither. */
export function weightOf(word: string): number {
  return exact.get(word) ?? stems.find(([stem]) => word.startsWith(stem))?.[1] ?? 0
}
