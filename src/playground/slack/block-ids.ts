// Gives ids to blocks and elements that came without, as Slack does, and the same ones each time.
import { createHash } from 'node:crypto'
import { isObject, type Json } from './json.ts'

function idOf(seed: string): string {
  return createHash('sha256').update(seed).digest('base64url').slice(0, 5)
}

function withActionId(element: unknown, seed: string): unknown {
  if (!isObject(element) || element.action_id !== undefined || typeof element.type !== 'string') return element
  if (['mrkdwn', 'plain_text', 'image'].includes(element.type) || element.type.startsWith('rich_text')) return element
  return { ...element, action_id: idOf(seed) }
}

/** `seed` says which message or view they stand in. */
export function withBlockIds(blocks: readonly Json[], seed: string): Json[] {
  return blocks.map((block, index) => {
    const block_id = typeof block.block_id === 'string' ? block.block_id : idOf(`${seed}:${index}`)
    const named: Json = { ...block, block_id }
    for (const part of ['element', 'accessory']) {
      if (block[part] !== undefined) named[part] = withActionId(block[part], `${seed}:${index}:${part}`)
    }
    const { type, elements } = block
    if (Array.isArray(elements) && (type === 'actions' || type === 'context_actions')) {
      named.elements = elements.map((element, at) => withActionId(element, `${seed}:${index}:${at}`))
    }
    return named
  })
}
