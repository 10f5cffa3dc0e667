// An engine over the scripted OpenAI server, and what a request asked for.
import { createModelEngine, type ModelEngineOptions } from '../../../src/platform/ai/create-model-engine.ts'
import { createOpenAiChatModel } from '../../../src/platform/openai/create-openai-chat-model.ts'
import type { AiAnswer, AiCall, AiEngine } from '../../../src/platform/ports/ai-functions.ts'
import { type ChatRequest, type OpenAiStandIn, type Script, startOpenAiStandIn } from '../../stand-ins/openai.ts'

export interface ModelWorld {
  endpoint: OpenAiStandIn
  engine: AiEngine
  answer(call: AiCall): Promise<AiAnswer>
}

export async function startModelWorld(script: Script, options: Partial<ModelEngineOptions> = {}): Promise<ModelWorld> {
  const endpoint = await startOpenAiStandIn(script)
  const timeoutMs = options.timeoutMs ?? 10_000
  const engine = createModelEngine({
    name: 'writer',
    price: { input: 1, output: 2 },
    timeoutMs,
    modelFor: (model, sampling) =>
      model === 'retired'
        ? null
        : createOpenAiChatModel({ baseUrl: endpoint.baseUrl, model, timeoutMs, ...sampling }).model,
    ...options,
  })
  const signal = new AbortController().signal
  await engine.refresh(signal)
  return {
    endpoint,
    engine,
    async answer(call) {
      const [answer] = await engine.answer([call], signal)
      if (!answer) throw new Error('the engine gave no answer')
      return answer
    },
  }
}

/** All messages of a request as one text. */
export function textOf(request: ChatRequest | undefined): string {
  return (request?.messages ?? []).map(({ content }) => String(content)).join('\n')
}

/** A complete answer with a reason for its end, as an HTTP body. */
export function ended(text: string | null, reason: string): { status: number; body: unknown } {
  const choices = [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: reason }]
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
  return { status: 200, body: { id: 'c', object: 'chat.completion', created: 1, model: 'm', choices, usage } }
}

export function classify(content: string, labels = ['billing', 'technical', 'other'], multilabel = false): AiCall {
  return { function: 'ai_classify', content, labels: labels.map((label) => ({ label })), multilabel }
}
