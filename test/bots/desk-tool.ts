// A tool for tests of the faces: says whatever blocks a test gives it, and remembers what it was asked.
import { z } from 'zod'
import type { Block, Chart, Form } from '../../src/core/reply.ts'
import { type AnyTool, defineTool, type EarlierMessage } from '../../src/tools/define-tool.ts'

export interface Asked {
  input: Record<string, string>
  earlier: readonly EarlierMessage[]
}

export const FORM: Form = {
  action: 'correct',
  submit: 'Save',
  value: { id: 't-1' },
  fields: [
    { id: 'category', label: 'Category', value: 'billing', options: ['billing', 'outage', 'other'] },
    { id: 'error_code', label: 'Error code', value: '' },
    { id: 'summary', label: 'Summary', value: 'Charged twice.', multiline: true },
  ],
  command: 'correct t-1 category=outage',
}

export const BARS: Chart = {
  type: 'bar',
  title: 'Tickets of yesterday by category',
  unit: 'tickets',
  labels: ['billing', 'outage', 'other'],
  series: [{ name: 'tickets', values: [14, 9, 0] }],
}

/** Too many labels for a chart of Slack's own. */
export const LONG_BARS: Chart = {
  ...BARS,
  title: 'Tickets by label',
  labels: Array.from({ length: 30 }, (_, i) => `label ${i}`),
  series: [{ name: 'tickets', values: Array.from({ length: 30 }, (_, i) => i) }],
}

export const FILE = { name: 'tickets.csv', mediaType: 'text/csv', text: 'id,category\nt-1,billing\nt-2,outage\n' }

/** Answers the commands triage and tickets, and the action of the form. */
export function createDesk(blocks: () => Block[], text = 'Here it is.') {
  const asked: Asked[] = []
  const tool = defineTool<Record<string, string>, string>({
    name: 'test-desk',
    description: 'Answers tests.',
    input: z.record(z.string(), z.string()),
    commands: ['triage', 'tickets'].map((name) => ({
      name,
      usage: '<text>',
      toInput: (words: string) => ({ input: { command: name, text: words } }),
    })),
    actions: { correct: (value) => value },
    async run(input, context) {
      asked.push({ input, earlier: (await context.earlier?.())?.messages ?? [] })
      return text
    },
    toModelText: (output) => output,
    toSaying: (output) => ({ text: output, blocks: blocks() }),
  })
  return { asked, tools: [tool as unknown as AnyTool] }
}
