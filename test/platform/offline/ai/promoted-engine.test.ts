// Beside a hosted model: the promoted classifier answers what it was trained for, and the model everything else.
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { createOfflineEmbeddings } from '../../../../src/platform/local/embeddings/offline-embeddings.ts'
import type { ChampionClassifier } from '../../../../src/platform/offline/ai/champion.ts'
import { createOfflineClassifier } from '../../../../src/platform/offline/ai/classify.ts'
import { createOfflineEngine } from '../../../../src/platform/offline/ai/create-offline-engine.ts'
import { createPromotedEngine } from '../../../../src/platform/offline/ai/create-promoted-engine.ts'
import { createClassifierTrainer } from '../../../../src/platform/offline/ai/training/create-classifier-trainer.ts'
import type { AiCall } from '../../../../src/platform/ports/ai-functions.ts'
import { createScriptedEngine } from '../../local/sql/scripted-engine.ts'
import { TICKETS } from './training/ticket-rows.ts'

const cacheFolder = fileURLToPath(new URL('../../../../node_modules/.cache/lakedesk', import.meta.url))
const embeddings = createOfflineEmbeddings({ cacheFolder })
const never = new AbortController().signal
const classify = (content: string, ...labels: string[]): AiCall => ({
  ...{ function: 'ai_classify', content, multilabel: false },
  labels: labels.map((label) => ({ label })),
})
const OURS = classify('We paid the same bill two times', 'queue_a', 'queue_b', 'queue_c')
const OTHER = classify('urgent: we paid two times', 'urgent', 'calm')
const FEELING: AiCall = { function: 'ai_analyze_sentiment', content: 'Help!' }

async function open() {
  const trainer = createClassifierTrainer({ embeddings })
  const { files } = await trainer.train({ train: TICKETS, heldOut: [], epochs: 5, learningRate: null, seed: 1 })
  const classifier = await trainer.load(async (path) => files.find((file) => file.path === path)?.bytes ?? null)
  const state: { champion: ChampionClassifier | null } = { champion: { model: 'm', version: '1', classifier } }
  const model = createScriptedEngine()
  const engine = createPromotedEngine({
    model,
    champion: async () => state.champion,
    createRules: (champion) =>
      createOfflineEngine({
        ...{ embeddings, champion, examples: async () => [] },
        createClassifier: (trained) => createOfflineClassifier({ embeddings, trained }),
      }),
  })
  return { state, model, engine }
}

it('answers what it was trained for, asks the model the rest, and gives the answers in order', async () => {
  const { engine, model } = await open()
  const own = await engine.refresh(never)
  const answers = await own.answer([OTHER, OURS, FEELING], never)
  expect(answers.map(({ value }) => value)).toEqual([['urgent'], ['queue_a'], 'negative'])
  expect(model.asked).toEqual([OTHER, FEELING])
  expect([OTHER, OURS, FEELING].map((call) => own.modelOf(call))).toEqual(['scripted-model', 'm v1', 'scripted-model'])
  expect(own.estimate(OURS)).toEqual({ inputTokens: 0, outputTokens: 0 })
  expect(own.estimate(OTHER)).toEqual(model.estimate(OTHER))
})

it('keeps the names and keys of the model for everything else, whatever is promoted', async () => {
  const { engine, model, state } = await open()
  const [first] = [await engine.refresh(never)]
  state.champion = { model: 'm', version: '2', classifier: null }
  const second = await engine.refresh(never)
  state.champion = null
  const third = await engine.refresh(never)
  for (const each of [first, second, third]) {
    expect([each.modelOf(OTHER), each.keyPart(OTHER)]).toEqual(['scripted-model', model.keyPart(OTHER)])
  }
  // Damaged or taken away: the model answers again. The statement under way keeps its version.
  for (const each of [second, third]) expect(each.modelOf(OURS)).toBe('scripted-model')
  expect((await first.answer([OURS], never))[0]?.value).toEqual(['queue_a'])
  expect(model.asked).toEqual([])
})
