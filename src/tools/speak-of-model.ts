// Says of which model something is, where it is not the one that is meant without a name.
import type { Button, Saying } from '../core/reply.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import { toShortName } from '../promotion/model-policies.ts'

export interface SpokenModel {
  /** Registered model, by its full name. */
  model: string
  alias: string
  /** What commands are written with to mean it, such as `ticket_classifier`; null for the model that is meant without a name. */
  word: string | null
}

/** Our own sentences write commands between backticks. */
const COMMANDS =
  /`(versions|evals|evaluate|promote|rollback|champion|nightly (?:now|watch)|report|mute|assign)(?=[ `])/g

/** `promote v3` becomes `promote ticket_classifier v3`, and a text that does not tell the model begins with it. */
export function nameInText(text: string, { model, word }: SpokenModel): string {
  if (word === null) return text
  const written = text.replaceAll(COMMANDS, (whole, name: string, at: number) =>
    text.startsWith(` ${word}`, at + whole.length) ? whole : `\`${name} ${word}`,
  )
  const short = toShortName(model)
  const tells = [short, toPlainLine(short)].some((name) => text.includes(name))
  return tells ? written : `${toPlainLine(short)}: ${written}`
}

/** The same for a whole saying: its footer names the model in full, and its buttons ask for this model. */
export function nameModelIn(saying: Saying, spoken: SpokenModel): Saying {
  const { model, word } = spoken
  if (word === null) return saying
  const { text, buttons, footer } = saying
  return {
    ...saying,
    text: nameInText(text, spoken),
    ...(buttons ? { buttons: buttons.map((button) => nameInButton(button, model)) } : {}),
    footer: [`Model ${model}`, ...(footer === undefined ? [] : [footer])].join('. '),
  }
}

/** A request knows its model itself. */
function nameInButton(button: Button, model: string): Button {
  const { value } = button
  return value.approval === undefined ? { ...button, value: { ...value, model } } : button
}
