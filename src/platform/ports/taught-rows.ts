// What people said of texts, as the AI functions read it: which task a row teaches, and what its label means for a field.
import type { ExtractField, Json, LabelledRow } from './ai-functions.ts'

/** A labelled row and its task: `category` steers ai_classify, `field:<name>` the field of that name of ai_extract. */
export interface TaughtRow extends LabelledRow {
  task: string
}

export const CATEGORY_TASK = 'category'

export function fieldTask(name: string): string {
  return `field:${name}`
}

/** Texts are the same but for case and blanks. */
export function sameText(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()
}

/** Null: taken back, the text says nothing of the field. Undefined: no value of this field, such as a label that its list no longer has. */
export function toFieldValue({ type, labels = [] }: ExtractField, label: string): Json | undefined {
  if (label === '') return null
  switch (type) {
    case 'string':
      return label
    case 'enum':
      return labels.includes(label) ? label : undefined
    case 'boolean':
      return label === 'true' ? true : label === 'false' ? false : undefined
    case 'integer':
    case 'number': {
      const number = Number(label)
      return Number.isFinite(number) && (type === 'number' || Number.isInteger(number)) ? number : undefined
    }
    case 'array':
    case 'object':
      return undefined
  }
}
