// The promoted version of the ticket classifier, as the engine of AI functions is handed it for one statement.
import type { AiCall } from '../../ports/ai-functions.ts'
import type { TextClassifier } from '../../ports/classifier.ts'
import { whyNotTrained } from './classify/trained.ts'

export interface ChampionClassifier {
  /** Registered model. */
  model: string
  version: string
  /** Null where the version cannot be used: the rules answer then, and the name of what answered says so. */
  classifier: TextClassifier | null
}

/** Read at each statement; null where no version is promoted. */
export type ChampionSource = () => Promise<ChampionClassifier | null>

export const RULES_NAME = 'offline-rules'

type ClassifyCall = Extract<AiCall, { function: 'ai_classify' }>

/** Its classifier, where it answers this call. */
export function championFor(champion: ChampionClassifier | null, call: ClassifyCall): TextClassifier | null {
  if (!champion?.classifier) return null
  return whyNotTrained(champion.classifier, call.labels, call.instructions) === null ? champion.classifier : null
}

/** Who answers the call, for people and for the key of the answer. */
export function nameAnswerer(champion: ChampionClassifier | null, call: AiCall): string {
  if (champion === null || call.function !== 'ai_classify') return RULES_NAME
  const name = `${champion.model} v${champion.version}`
  if (champion.classifier === null) return `${RULES_NAME} (${name} cannot be used; lakedesk doctor says why)`
  const why = whyNotTrained(champion.classifier, call.labels, call.instructions)
  if (why === null) return name
  return why === '' ? RULES_NAME : `${RULES_NAME} (not ${name}, because ${why})`
}
