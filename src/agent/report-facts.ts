// Ends an answer that rests on what tools said: figures are looked up, and what was asked or refused is said by code alone.
import type { Log } from '../core/log.ts'
import type { Passage } from '../core/passage.ts'
import type { Block } from '../core/reply.ts'
import type { Answer } from './answer.ts'
import type { AnswerWriter } from './answer-writer.ts'
import type { Fact } from './fact-book.ts'
import { findStrangeNumbers } from './guard/strange-numbers.ts'

const MAX_BLOCKS = 3
const MAX_TOLD = 3
const CITES = /\[\d+\]/
const RUN_ID = /\b[0-9a-f]{32}\b/g
/** A list of versions names many runs; its table shows them. */
const MAX_RUNS = 3

export interface Report {
  writer: AnswerWriter
  passages: readonly Passage[]
  facts: readonly Fact[]
  log: Log
}

/**
 * The model's text was held back, so that every figure in it can be looked up in the results first. Where one stands in none
 * of them, the tool's own words are shown instead; so are they, whatever the model wrote, where something was asked for or
 * refused: nobody may read that a promotion happened when it only waits. Text from before the first of these results, about
 * pages that were found, is already shown, so a figure in it that nothing supports is named under it.
 */
export function reportFacts(report: Report): Pick<Answer, 'text' | 'blocks' | 'buttons' | 'approvals'> {
  const { writer, passages, facts } = report
  const gotOver = passages.length > 0 && CITES.test(writer.held())
  const settled = findSettled(facts, gotOver)
  const checked = settled.length > 0 ? null : findChecked(report)
  const told = toTold(facts)
  writer.say(checked ?? toOwnWords(settled.length > 0 ? settled : told.length > 0 ? told : facts.slice(-1)))
  const text = writer.finish((shown) => {
    const under = checked === null ? [] : toVerdicts(facts)
    const strange = findStrangeNumbers(shown, toSources(facts, passages))
    if (strange.length > 0) under.push(`No result holds these figures, so do not rely on them: ${strange.join(', ')}.`)
    return under.map((line) => `\n\n${line}`).join('')
  })
  const last = facts.at(-1)?.says
  const approvals = [...new Set(facts.flatMap(({ approval }) => (approval === null ? [] : [approval])))]
  const blocks = toBlocks(settled.length > 0 ? settled : facts)
  return {
    text,
    ...(blocks.length > 0 ? { blocks } : {}),
    ...(last?.buttons ? { buttons: last.buttons } : {}),
    ...(approvals.length > 0 ? { approvals } : {}),
  }
}

/**
 * What no model may put into its own words: requests, cards, and refusals that it did not get over. A call that was refused
 * for its input and then made rightly is not among them; nor is that of a look-up, where pages then answered (`gotOver`).
 */
function findSettled(facts: readonly Fact[], gotOver: boolean): readonly Fact[] {
  const settled = facts.filter(({ tool, how, acts }, at) => {
    if (how === 'asked' || how === 'shown') return true
    return how === 'refused' && acts && !facts.slice(at + 1).some((later) => later.tool === tool)
  })
  const last = facts.at(-1)
  return settled.length === 0 && last?.how === 'refused' && !gotOver ? [last] : settled
}

function toOwnWords(facts: readonly Fact[]): string {
  return [...new Set(facts.map(({ says, text }) => says?.text ?? text))].join('\n\n')
}

/** The model's words where every figure in them was told; null also for a model that only repeats a result. */
function findChecked({ writer, facts, passages, log }: Report): string | null {
  const held = writer.held().trim()
  const strange = findStrangeNumbers(held, toSources(facts, passages))
  if (strange.length > 0) log.warn('The model wrote figures that no tool gave', { figures: strange.slice(0, 10) })
  const repeats = facts.some(({ text }) => text.trim() === held)
  return held === '' || strange.length > 0 || repeats ? null : held
}

function toTold(facts: readonly Fact[]): readonly Fact[] {
  return facts.filter(({ how }) => how === 'told').slice(-MAX_TOLD)
}

/** What somebody asks for is no source: "is it 4.9?" must not make 4.9 a figure. */
function toSources(facts: readonly Fact[], passages: readonly Passage[]): string[] {
  return [...facts.flatMap(({ text, says }) => [text, says?.text ?? '']), ...passages.map(({ text }) => text)]
}

/**
 * What rests on evaluations is said once more in the tool's own sentence, with its runs: right figures can be told of the wrong
 * version, and a verdict holds no figure that could be looked up.
 */
function toVerdicts(facts: readonly Fact[]): string[] {
  const measured = toTold(facts).filter(({ text }) => {
    const runs = new Set(text.match(RUN_ID) ?? []).size
    return runs > 0 && runs <= MAX_RUNS
  })
  return [...new Set(measured.flatMap(({ says }) => (says ? [says.text.split('\n\n')[0] ?? ''] : [])))]
}

function toBlocks(facts: readonly Fact[]): Block[] {
  const blocks = facts.flatMap(({ says }) => says?.blocks ?? [])
  return [...new Map(blocks.map((block) => [JSON.stringify(block), block])).values()].slice(-MAX_BLOCKS)
}
