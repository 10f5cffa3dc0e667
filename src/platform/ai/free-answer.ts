// Answers what needs no model.
import type { AiAnswer, AiCall } from '../ports/ai-functions.ts'
import type { Chooser } from './choose-examples.ts'

const NOTHING = { inputTokens: 0, outputTokens: 0 }

/** A text that a person has labelled, and a text that says nothing, cost nothing. Null where the model has to be asked. */
export function answerWithoutModel(call: AiCall, chooser: Chooser): AiAnswer | null {
  const free = { error: null, usage: NOTHING }
  switch (call.function) {
    case 'ai_classify': {
      if (call.content.trim() === '') return { value: [], ...free }
      const { exact } = chooser.choose(call)
      return exact === null ? null : { value: [exact], confidence: 1, ...free }
    }
    case 'ai_extract': {
      const { told } = chooser.chooseFields(call)
      if (call.content.trim() !== '' && !call.fields.every(({ name }) => told.has(name))) return null
      return {
        value: Object.fromEntries(call.fields.map(({ name }) => [name, told.get(name) ?? null])),
        ...(told.size > 0 ? { confidence: Object.fromEntries([...told.keys()].map((name) => [name, 1])) } : {}),
        ...free,
      }
    }
    case 'ai_summarize':
    case 'ai_fix_grammar':
    case 'ai_mask':
    case 'ai_translate':
      return call.content.trim() === '' ? { value: '', ...free } : null
    case 'ai_analyze_sentiment':
      return call.content.trim() === '' ? { value: null, ...free } : null
    case 'ai_similarity':
      return call.left === call.right ? { value: 1, ...free } : null
    case 'ai_query':
      return call.request.trim() === '' ? { value: null, error: 'The request is empty.', usage: NOTHING } : null
    case 'ai_gen':
      return call.prompt.trim() === '' ? { value: null, error: 'The prompt is empty.', usage: NOTHING } : null
  }
}
