// The tool that tells which version is in use, or was at a time, who moved it there, and on which evaluation.
import { z } from 'zod'
import { tellActor, toMoment } from '../approvals/approval-words.ts'
import type { Saying } from '../core/reply.ts'
import { toPlainLine } from '../core/text/plain-markdown.ts'
import type { ChampionAt, ChampionEntry, ChampionRecord, CurrentChampion } from '../promotion/champion.ts'
import { defineTool, type Tool } from './define-tool.ts'

const inputSchema = z.object({
  on: z
    .string()
    .trim()
    .min(1)
    .max(60)
    .optional()
    .describe('A time in the past, such as 2026-11-01 (the end of that day, UTC) or 2026-11-01T10:00Z. Left out: now.'),
})
export type ShowChampionInput = z.infer<typeof inputSchema>

export interface ShowChampionParts {
  record: Pick<ChampionRecord, 'current' | 'at'>
  model: string
  alias: string
}

export type ShownChampion = { kind: 'now'; now: CurrentChampion } | { kind: 'earlier'; earlier: ChampionAt }

export function createShowChampion({
  record,
  model,
  alias,
}: ShowChampionParts): Tool<ShowChampionInput, ShownChampion> {
  const describe = (shown: ShownChampion) =>
    shown.kind === 'now' ? describeNow(shown.now, model, alias) : describeThen(shown.earlier, model, alias)
  return defineTool<ShowChampionInput, ShownChampion>({
    name: 'show-champion',
    description: `Tells which version of ${model} is ${alias} now, or was at a time in the past, since when, who asked and approved, and the evaluation run it was decided on.`,
    input: inputSchema,
    run: async ({ on }) =>
      on === undefined
        ? { kind: 'now', now: await record.current(model, alias) }
        : { kind: 'earlier', earlier: await record.at(model, alias, on) },
    toRefusal: (shown) => (shown.kind === 'earlier' && shown.earlier.kind === 'invalid' ? shown.earlier.why : null),
    toModelText: describe,
    toSaying: (shown): Saying => ({ text: describe(shown) }),
    toAuditFacts: (shown) => ({ version: toVersion(shown) }),
    commands: [
      {
        name: 'champion',
        usage: '[on <date>]: which version is in use, or was, and who moved it there',
        toInput(text) {
          const asked = text.trim()
          if (asked === '' || /^now$/i.test(asked)) return { input: {} }
          const on = /^(?:on|at)\s+(\S.*)$/i.exec(asked)?.[1] ?? (/^\d{4}-/.test(asked) ? asked : null)
          return on === null || on.length > 60
            ? 'Write `champion` for now, or `champion on 2026-11-01`, or `champion on 2026-11-01T10:00Z`.'
            : { input: { on } }
        },
      },
    ],
  })
}

function toVersion(shown: ShownChampion): string | null {
  if (shown.kind === 'now') return shown.now.version
  return shown.earlier.kind === 'known' ? shown.earlier.version : null
}

function describeNow({ version, since, by, moving }: CurrentChampion, model: string, alias: string): string {
  const under = moving ? ' A move is under way, so this may change in a moment; see `promotions`.' : ''
  if (version === null) return `No version of ${model} is ${alias}.${under}`
  const from = since ? ` since ${toMoment(since)}` : ''
  return `v${version} of ${model} is ${alias}${from}. ${by ? describeMove(by) : ''}${under}`.trim()
}

function describeThen(then: ChampionAt, model: string, alias: string): string {
  if (then.kind !== 'known') return then.why
  const was =
    then.version === null ? `no version of ${model} was ${alias}` : `v${then.version} of ${model} was ${alias}`
  const note = then.note ? ` ${then.note}` : ''
  return `${then.shown.charAt(0).toUpperCase()}${then.shown.slice(1)}, ${was}, since ${toMoment(then.by.at)}. ${describeMove(then.by)}${note}`
}

/** One move of the record in a sentence. */
export function describeMove(entry: ChampionEntry): string {
  const { how, from, version, tried, approval, run, forced, asker, approvers } = entry
  const way = `from ${toName(from)} to ${toName(version)}`
  const asked = asker ? `, asked by ${tellActor(asker)}` : ''
  const approved = approvers.length > 0 ? `, approved by ${approvers.map(tellActor).join(' and ')}` : ''
  const basis = `${approval ? `, request ${approval}` : ''}${run ? `, evaluation run ${run}` : ''}`
  const force = forced === null ? '' : ` It was forced past a gate that did not pass: ${toPlainLine(forced)}`
  switch (how) {
    case 'observed':
      if (entry.reason !== null) return `Lakedesk moved it ${way} at ${toMoment(entry.at)}: ${entry.reason}.`
      if (from === null)
        return `It was first seen at ${toMoment(entry.at)}, at ${toName(version)}: the record begins there.`
      return `It was moved ${way} outside Lakedesk; noticed at ${toMoment(entry.at)}.`
    case 'undone':
      return `A move to ${toName(tried)} was tried at ${toMoment(entry.at)} and put back${asked}${approved}${basis}.${force}`
    case 'stopped':
      return `A move to ${toName(tried)} was broken off at ${toMoment(entry.at)}, because somebody else changed it${asked}${approved}${basis}.${force}`
    default:
      return `${how === 'rollback' ? 'Rolled back' : 'Promoted'} ${way} at ${toMoment(entry.at)}${asked}${approved}${basis}.${force}`
  }
}

function toName(version: string | null): string {
  return version === null ? 'no version' : `v${version}`
}
