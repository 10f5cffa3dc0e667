// The tools of the nightly report, over one or several models: measure, schedule, keep, show, mute and assign.
import type { People, PersonEntry } from '../approvals/people.ts'
import { toShortName } from '../promotion/model-policies.ts'
import { createAssignCase } from './assign-case.ts'
import { chooseModel } from './choose-model.ts'
import { type AnyTool, erase } from './define-tool.ts'
import { createMuteCase } from './mute-case.ts'
import type { NightlyDesk } from './nightly-desk.ts'
import { createKeepNightly } from './nightly-keep.ts'
import { createScheduleNightly } from './nightly-schedule.ts'
import type { NightlyParts } from './nightly-words.ts'
import { createRunNightly } from './run-nightly.ts'
import { createShowReport } from './show-report.ts'
import type { SpokenModel } from './speak-of-model.ts'

/** One model that nights are measured of. */
export interface NightlyModel {
  parts: NightlyParts
  report: NightlyDesk
  /** How it is named; `word` null for the model that is meant without a name. */
  spoken: SpokenModel
}

export interface NightlyToolParts {
  models: readonly [NightlyModel, ...NightlyModel[]]
  people: Pick<People, 'find'>
  /** Everybody on the list of people. */
  entries: readonly PersonEntry[]
}

export interface NightlyTools {
  /** For people and for the assistant. */
  tools: readonly AnyTool[]
  /** Those of them that are carried out once they were agreed to. */
  approved: readonly AnyTool[]
  /** What a schedule asks for. */
  run: AnyTool
}

export function createNightlyTools({ models, people, entries }: NightlyToolParts): NightlyTools {
  const [first, ...others] = models
  const over = (build: (model: NightlyModel) => AnyTool): AnyTool =>
    chooseModel([
      { ...first.spoken, tool: build(first) },
      ...others.map((each) => ({ ...each.spoken, tool: build(each) })),
    ])
  const { ledger, topOf, now } = first.parts
  const careOf = ({ parts }: NightlyModel) => ({ model: parts.model, nights: ledger('nights'), people, now })
  const run = over(({ parts }) => erase(createRunNightly(parts)))
  const schedule = over(({ parts }) => erase(createScheduleNightly(parts)))
  const keep = erase(createKeepNightly({ schedules: ledger('schedules'), people, topOf, nameOf: toShortName, now }))
  const report = over(({ parts, report: desk }) => erase(createShowReport({ model: parts.model, desk, now })))
  const mute = over((each) => erase(createMuteCase({ ...careOf(each), mutes: ledger('mutes') })))
  const assign = over((each) =>
    erase(createAssignCase({ ...careOf(each), assignments: ledger('assignments'), entries })),
  )
  return { tools: [keep, run, schedule, report, mute, assign], approved: [run, schedule], run }
}
