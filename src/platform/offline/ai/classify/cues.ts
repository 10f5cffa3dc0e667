// Kinds of messages that share words but no topic: faults, wishes, money, access, parcels, thanks. A label that speaks of a kind is met by its cues.
import { stemWord, terms } from '../../../../core/text/analyze.ts'

interface Kind {
  /** Words of labels and descriptions that speak of this kind. */
  ofLabels: ReadonlySet<string>
  /** Words of texts that give it away. */
  ofTexts: ReadonlySet<string>
  /** What else gives it away. */
  pattern?: RegExp
}

const stems = (text: string): ReadonlySet<string> => new Set(text.split(' ').map(stemWord))

const KINDS: readonly Kind[] = [
  {
    ofLabels: stems('technical error bug crash fault broken outage incident malfunction defect'),
    ofTexts: stems(
      'error bug crash fails failed failure failing broken breaks wrong stuck freezes hangs blank timeout timeouts slow missing exception corrupted garbled ' +
        'duplicate empty skipped lost works working loads loading',
    ),
    // Codes such as ERR-1042, and answers of servers.
    pattern:
      /\b[A-Z]{2,6}[-_ ]?\d{3,5}\b|\b(?:4\d\d|50\d)\b [a-z]|\b(?:does|do|did|has|have|can|could|will|would)(?: not|n[o']?t)\b|\bnever\b/,
  },
  {
    ofLabels: stems('feature wish wishes suggestion suggestions enhancement idea ideas improvement'),
    ofTexts: stems('allow wish idea suggestion suggest nice great helpful add support option please'),
    pattern:
      /\b(?:would|'d) (?:be|love|like|help|save)\b|\bcould you (?:add|support)\b|\bwish\b|\bit'd\b|^(?:please )?(?:add|allow|let us|support)\b/im,
  },
  {
    ofLabels: stems('billing invoice invoices payment charge charges refund refunds price prices'),
    ofTexts: stems(
      'invoice bill charge charged refund payment paid pay price cost vat tax receipt discount subscription euro dollar money',
    ),
    pattern: /[€$£]\s?\d|\b\d+ ?(?:EUR|USD|GBP|CHF|euros?|dollars?)\b/i,
  },
  {
    ofLabels: stems('access login password authentication authenticator sign-in permissions roles account'),
    ofTexts: stems(
      'password login log sign signin locked authenticator code sso invitation invite permission role access account 2fa mfa',
    ),
  },
  {
    ofLabels: stems('shipping delivery parcel package shipment'),
    ofTexts: stems('parcel package delivery delivered shipping shipped courier tracking arrived arrive'),
  },
  {
    ofLabels: stems('thanks praise compliment feedback'),
    ofTexts: stems('great excellent love awesome brilliant compliment'),
    pattern: /\b(?:just|only) want(?:ed)? to (?:say )?thank|\bsay thanks\b/i,
  },
]

/** Which kinds a label speaks of. */
export function kindsOfLabel(words: readonly string[]): number[] {
  return KINDS.flatMap(({ ofLabels }, kind) => (words.some((word) => ofLabels.has(word)) ? [kind] : []))
}

/** Which kinds a text gives away. */
export function kindsOfText(text: string): Set<number> {
  const said = terms(text)
  return new Set(
    KINDS.flatMap(({ ofTexts, pattern }, kind) =>
      said.some((word) => ofTexts.has(word)) || pattern?.test(text) === true ? [kind] : [],
    ),
  )
}
