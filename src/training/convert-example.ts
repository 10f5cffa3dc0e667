// Writes an example as another kind, so that corrected tickets can also teach a language model.
import { assertNever } from '../core/assert-never.ts'
import type { Example, ExampleKind } from './example.ts'

/** Null where that is not possible. `labels`: all of the data set, for the question that a labelled text becomes. */
export function convertExample(example: Example, kind: ExampleKind, labels: readonly string[]): Example | null {
  if (example.kind === kind) return example
  switch (kind) {
    case 'labelled':
      return null
    case 'instruction': {
      if (example.kind === 'labelled') return classifyPrompt(example.text, example.label, labels)
      if (
        example.kind !== 'chat' ||
        example.messages.some(({ role }, n) => role === 'assistant' && n < example.messages.length - 1)
      ) {
        return null
      }
      const prompt = example.messages.slice(0, -1).map(({ content }) => content)
      return { kind, prompt: prompt.join('\n\n'), response: example.messages.at(-1)?.content ?? '' }
    }
    case 'chat': {
      const asked = convertExample(example, 'instruction', labels)
      if (asked?.kind !== 'instruction') return null
      const { prompt, response } = asked
      return {
        kind,
        messages: [
          { role: 'user', content: prompt },
          { role: 'assistant', content: response },
        ],
      }
    }
    default:
      return assertNever(kind)
  }
}

function classifyPrompt(text: string, label: string, labels: readonly string[]): Example {
  const prompt = `Classify the support ticket as one of: ${labels.join(', ')}. Answer with the label alone.\n\nTicket:\n${text}`
  return { kind: 'instruction', prompt, response: label }
}
