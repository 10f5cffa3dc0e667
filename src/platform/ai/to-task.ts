// The task of each AI function for a chat model.
import type { AiCall } from '../ports/ai-functions.ts'
import type { Chooser } from './choose-examples.ts'
import { toClassifyTask, toSentimentTask } from './classify-task.ts'
import { toExtractTask } from './extract-task.ts'
import type { ModelTask } from './model-task.ts'
import {
  toGenerationTask,
  toGrammarTask,
  toMaskTask,
  toQueryTask,
  toSimilarityTask,
  toSummaryTask,
  toTranslationTask,
} from './text-task.ts'

export function toTask(call: AiCall, chooser: Chooser): ModelTask {
  switch (call.function) {
    case 'ai_classify':
      return toClassifyTask(call, chooser.choose(call).nearest)
    case 'ai_extract':
      return toExtractTask(call, chooser.chooseFields(call))
    case 'ai_summarize':
      return toSummaryTask(call.content, call.maxWords)
    case 'ai_query':
      return toQueryTask(call)
    case 'ai_analyze_sentiment':
      return toSentimentTask(call.content)
    case 'ai_similarity':
      return toSimilarityTask(call.left, call.right)
    case 'ai_gen':
      return toGenerationTask(call.prompt)
    case 'ai_fix_grammar':
      return toGrammarTask(call.content)
    case 'ai_mask':
      return toMaskTask(call.content, call.labels)
    case 'ai_translate':
      return toTranslationTask(call.content, call.to)
  }
}
