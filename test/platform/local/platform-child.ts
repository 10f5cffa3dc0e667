// A process of its own for the tests of the embedded platform: `node platform-child.ts <file> <task> [argument]`.
import { silentLog } from '../../../src/core/log.ts'
import { createLocalPlatform } from '../../../src/platform/local/platform/create-local-platform.ts'

const [file = '', task = '', argument = ''] = process.argv.slice(2)
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const platform = createLocalPlatform({
  file,
  log: silentLog,
  grants: [],
  async load() {
    say('loading')
    // Killed in here: a version that takes long to load.
    if (task === 'update') await pause(60_000)
  },
  answer: async (model, version) => ({ model, version }),
})
const { registry, runs, serving } = platform

const tasks: Record<string, () => Promise<void>> = {
  /** Registers versions of docs_rag, several at a time, and says their numbers. */
  async register() {
    const register = () => registry.createVersion({ model: 'docs_rag', source: 'chain:1', runId: null })
    for (let i = 0; i < 5; i += 1) {
      for (const { version } of await Promise.all([register(), register(), register(), register()])) say(version)
    }
  },
  /** Starts an update of the endpoint to a version; moves it to the step named. */
  async update() {
    const config = {
      entities: [{ name: 'next', model: 'docs_rag', version: '2', settings: {} }],
      routes: [{ entity: 'next', percentage: 100 }],
    }
    await serving.updateConfig('support', config)
    if (argument === 'loading') {
      await serving.describe('support')
      await serving.describe('support')
    }
    say('updating')
    await pause(60_000)
  },
  /** Looks at the endpoint until its update has ended. */
  async poll() {
    say('polling')
    for (;;) {
      const endpoint = await serving.describe('support')
      if (endpoint && endpoint.update !== 'IN_PROGRESS') return say(endpoint.update)
    }
  },
  /** Writes batches of one param, one metric and one tag each, without end. */
  async batches() {
    for (let n = 0; ; n += 1) {
      const metrics = [{ key: `metric_${n}`, value: n, timestamp: n, step: 0 }]
      await runs.logBatch(argument, { params: { [`param_${n}`]: 'x' }, metrics, tags: { [`tag_${n}`]: 'x' } })
      say(String(n))
    }
  },
}
await tasks[task]?.()
await platform.close()
