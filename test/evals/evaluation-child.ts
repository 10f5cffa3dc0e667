// A process of its own for the evaluation tests: evaluates slowly, prints each question it asks, and waits to be killed.
import { setTimeout as sleep } from 'node:timers/promises'
import { openWorld, setOf, subjectOf, toAnswer } from './world.ts'

const [platform = '', store = ''] = process.argv.slice(2)
const world = openWorld({ platform, store })
const subject = subjectOf('3', async (question) => {
  process.stdout.write(`${question}\n`)
  await sleep(15)
  return toAnswer(`Answer to: ${question}`)
})
const { runId } = await world.evaluate({ subject, set: setOf(30), concurrency: 2 })
process.stdout.write(`run ${runId}\n`)
