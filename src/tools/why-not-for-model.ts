// What a model may not ask for in a person's name: only what the person named themselves, and nothing by force.
import { toShortName } from '../promotion/model-policies.ts'
import type { SpokenModel } from './speak-of-model.ts'

export interface AskedByModel {
  /** As the model wrote it: `v3`, `3`, or an alias. */
  version: string
  /** What the person types instead, such as `promote v3`. */
  command: string
  force?: string
}

/** Null where it may ask. `said` is the person's own text: documents and earlier answers may hold anybody's words. */
export function whyNotForModel({ version, command, force }: AskedByModel, said: string): string | null {
  if (force !== undefined) {
    return `The assistant cannot force anything in your name, so nothing was asked for. Write it as a command yourself: \`${command} --force "reason"\`.`
  }
  if (names(said, version)) return null
  return `You did not name the version yourself, so the assistant may not choose it for you and nothing was asked for. Write it as a command: \`${command}\`.`
}

/** Null where the person spoke of tickets, or of their table, themselves. `command`: what they type instead. */
export function whyNotTickets(command: string, said: string, table: string): string | null {
  if (/\btickets?\b|\bsupport (?:requests?|cases?)\b/i.test(said)) return null
  if (said.toLowerCase().includes(table.toLowerCase())) return null
  return `You did not speak of tickets yourself, so the assistant may not begin a run over them and nothing was asked for. Write it as a command: \`${command}\`.`
}

/** Null where the person spoke of this model, or of none and this is the one that is meant then. */
export function whyNotThisModel(
  { model, word }: SpokenModel,
  all: readonly SpokenModel[],
  said: string,
): string | null {
  const spoken = all.filter((each) => speaksOf(said, each))
  if (spoken.length === 0 ? word === null : spoken.some((each) => each.model === model)) return null
  return `You did not name ${model} yourself, so the assistant may not choose it for you and nothing was asked for. Write the command with the model in front, such as \`promote ${word ?? toShortName(model)} v3\`.`
}

/** By the last part of its name, with spaces or hyphens for `_` too. */
function speaksOf(said: string, { model }: SpokenModel): boolean {
  const fold = (text: string) => ` ${text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ')} `
  return fold(said).includes(fold(toShortName(model)))
}

function names(said: string, version: string): boolean {
  const number = /^v?(\d+)$/i.exec(version.trim())?.[1]
  // `v3`, `version 3` and `3`, but neither `v30` nor `1.3`.
  if (number !== undefined) return new RegExp(`(?<![\\d.,])0*${number}(?![\\d]|[.,]\\d)`).test(said)
  const name = version.trim().toLowerCase()
  return name !== '' && said.toLowerCase().includes(name)
}
