// Asks the 60 questions of the sample set through the agent with the offline model, and says which marks are met.

import { askSample, markSample, readSampleQuestions, type SampleResult } from './lib/ask-sample.ts'
import { describeMachine } from './lib/machine.ts'

const results = await askSample(readSampleQuestions())
const marks = markSample(results)
const percent = (share: number) => `${(share * 100).toFixed(0)} %`
const of = (list: readonly SampleResult[], test: (result: SampleResult) => boolean) =>
  `${list.filter(test).length} of ${list.length}`

console.log('Sample set: examples/tallyport, 60 questions, offline model')
console.log(`Machine: ${describeMachine()}`)
for (const kind of ['answerable', 'follow_up', 'unanswerable'] as const) {
  const list = results.filter((result) => result.kind === kind)
  const right = kind === 'unanswerable' ? '' : `right page in the first three ${of(list, ({ right }) => right)}, `
  console.log(`${kind}: ${right}refused ${of(list, ({ refused }) => refused)}`)
}
const facts = results.filter((result) => result.facts.length > 0)
const found = facts.reduce((sum, result) => sum + result.factsFound, 0)
console.log(`facts in the answers: ${found} of ${facts.reduce((sum, result) => sum + result.facts.length, 0)}`)
const lengths = results.filter(({ kind }) => kind !== 'unanswerable').map(({ text }) => text.length)
lengths.sort((a, b) => a - b)
console.log(
  `length of answers: median ${lengths[Math.floor(lengths.length / 2)]} characters, longest ${lengths.at(-1)} characters`,
)
const times = results.map((result) => result.ms).sort((a, b) => a - b)
console.log(
  `time per question: median ${times[Math.floor(times.length / 2)]?.toFixed(0)} ms, slowest ${times.at(-1)?.toFixed(0)} ms`,
)
console.log(
  `marks: right page ${percent(marks.right)} (85 %), refused ${percent(marks.refused)} (90 %), wrongly refused ${marks.wronglyRefused} (0)`,
)

for (const { id, kind, question, refused, right, cited } of results) {
  if (kind === 'unanswerable' ? refused : right) continue
  const what = kind === 'unanswerable' ? 'answered' : refused ? 'refused' : 'wrong page'
  console.log(`miss ${id} (${kind}, ${what}): ${question} -> ${cited.join(', ') || 'nothing cited'}`)
}
if (!marks.met) process.exitCode = 1
