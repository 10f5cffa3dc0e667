// How the refusals and failures of a real MLflow server reach people.
import { describe, expect, it } from 'vitest'
import { createMlflowRegistry } from '../../src/platform/mlflow/create-mlflow-registry.ts'
import { createMlflowRuns } from '../../src/platform/mlflow/create-mlflow-runs.ts'
import { createMlflowHttp } from '../../src/platform/mlflow/mlflow-http.ts'
import { codeOf, newName, sentenceOf } from '../platform/contract-basics.ts'
import { describeLive } from './describe-live.ts'

describeLive('MLflow errors', ({ url }) => {
  const http = createMlflowHttp({ baseUrl: url })
  const registry = createMlflowRegistry({ http })
  const runs = createMlflowRuns({ http })

  describe('MLflow errors', () => {
    it('an alias on a model that is not there is PLATFORM_NOT_FOUND and names both', async () => {
      const work = () => registry.setAlias('no_such_model', 'Champion', '1')
      expect(await codeOf(work())).toBe('PLATFORM_NOT_FOUND')
      expect(await sentenceOf(work())).toMatch(/alias Champion of model no_such_model/)
    })

    it('a bad alias is PLATFORM_REFUSED in the words of the server', async () => {
      const model = newName('errors')
      await registry.createVersion({ model, source: 's3://bucket/model', runId: null })
      expect(await codeOf(registry.setAlias(model, 'two words', '1'))).toBe('PLATFORM_REFUSED')
      expect(await sentenceOf(registry.setAlias(model, 'two words', '1'))).toContain('alphanumerics')
    })

    it('a source that the server does not allow is PLATFORM_REFUSED, and registers nothing', async () => {
      const model = newName('errors')
      await registry.createVersion({ model, source: 's3://bucket/model', runId: null })
      const work = registry.createVersion({ model, source: '/etc/passwd', runId: null })
      expect(await codeOf(work)).toBe('PLATFORM_REFUSED')
      expect(await registry.listVersions(model)).toHaveLength(1)
    })

    it('a deleted experiment is PLATFORM_REFUSED with the way back', async () => {
      const name = newName('deleted')
      const experiment_id = await runs.ensureExperiment(name)
      await fetch(`${url}/api/2.0/mlflow/experiments/delete`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ experiment_id }),
      })
      expect(await sentenceOf(runs.ensureExperiment(name))).toContain('Restore it')
    })

    it('a deleted run is not there, by its id and in a search', async () => {
      const experimentId = await runs.ensureExperiment(newName('deleted'))
      const { runId } = await runs.createRun({ experimentId, name: 'soon gone' })
      await fetch(`${url}/api/2.0/mlflow/runs/delete`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ run_id: runId }),
      })
      expect(await runs.getRun(runId)).toBeNull()
      expect(await runs.searchRuns({ experimentId })).toEqual([])
      expect(await codeOf(runs.logBatch(runId, { tags: { a: 'b' } }))).toBe('PLATFORM_REFUSED')
    })

    it('everybody who asks for a new experiment at once gets the same one', async () => {
      const name = newName('race')
      const ids = await Promise.all(Array.from({ length: 6 }, () => runs.ensureExperiment(name)))
      expect(new Set(ids).size).toBe(1)
    })

    it('a model with quotes in its name is listed, and one that cannot be asked for is refused', async () => {
      const [single, double] = [newName("it's"), newName('say "hi"')]
      for (const model of [single, double]) {
        await registry.createVersion({ model, source: 's3://bucket/model', runId: null })
        expect(await registry.listVersions(model)).toMatchObject([{ model, version: '1' }])
      }
      const both = newName(`it's "both"`)
      await registry.createVersion({ model: both, source: 's3://bucket/model', runId: null })
      expect(await codeOf(registry.listVersions(both))).toBe('PLATFORM_REFUSED')
    })

    it('tags that the search grammar cannot hold are found all the same', async () => {
      const experimentId = await runs.ensureExperiment(newName('quotes'))
      const tags = { 'we`ird \'k"': 'back\\slash', set: `it's "both"` }
      const { runId } = await runs.createRun({ experimentId, name: 'odd', tags })
      await runs.createRun({ experimentId, name: 'other', tags: { ...tags, set: 'x' } })
      expect((await runs.searchRuns({ experimentId, tags })).map((run) => run.runId)).toEqual([runId])
      expect(await runs.searchRuns({ experimentId, tags: { set: "x' OR tags.set = 'x" } })).toEqual([])
    })

    it('more runs than a page holds are found', async () => {
      const experimentId = await runs.ensureExperiment(newName('pages'))
      const names = ['a', 'b', 'c', 'd', 'e']
      for (const name of names) await runs.createRun({ experimentId, name, tags: { odd: `'"${name}` } })
      const [last] = await runs.searchRuns({ experimentId, tags: { odd: `'"a` }, limit: 1 })
      expect(last?.name).toBe('a')
    })

    it('another port, and another program, are told apart', async () => {
      const gone = createMlflowRegistry({ http: createMlflowHttp({ baseUrl: 'http://127.0.0.1:9', retryMs: 100 }) })
      expect(await codeOf(gone.getAlias('support', 'Champion'))).toBe('PLATFORM_UNREACHABLE')
      const wrongPath = createMlflowRegistry({ http: createMlflowHttp({ baseUrl: `${url}/wrong` }) })
      expect(await codeOf(wrongPath.getAlias('support', 'Champion'))).toBe('PLATFORM_FAILED')
      expect(await sentenceOf(wrongPath.getAlias('support', 'Champion'))).toContain('Correct the address')
    })
  })
})
