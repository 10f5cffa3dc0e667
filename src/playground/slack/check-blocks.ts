// The limits of Block Kit's blocks, in messages, modals and Home tabs; says where something is wrong, as Slack does.
import { checkChart, checkTable, MAX_CHARTS, MAX_TABLE_CHARS } from './check-charts.ts'
import { checkElement } from './check-elements.ts'
import { createFaultList, type FaultList } from './fault-list.ts'
import { isObject, type Json, listOf, objectOf, textOf } from './json.ts'
import { findTableFault } from './slack-tables.ts'

export type Surface = 'message' | 'modal' | 'home'

/** Source: https://docs.slack.dev/reference/block-kit/blocks (50 in a message, 100 in a view). */
export const MAX_BLOCKS = { message: 50, modal: 100, home: 100 } as const
/** Over all markdown blocks of a message. Source: https://docs.slack.dev/reference/block-kit/blocks/markdown-block */
const MAX_MARKDOWN = 12_000

interface Checking {
  faults: FaultList
  surface: Surface
  /** True for a file that is complete and a picture. */
  isPicture: (file: string) => boolean
}

type Check = (block: Json, at: string, checking: Checking) => void

/** Source: https://docs.slack.dev/reference/block-kit/blocks/section-block */
const checkSection: Check = (block, at, { faults, isPicture }) => {
  if (block.text === undefined && block.fields === undefined) faults.add('must provide either text or fields', at)
  if (block.text !== undefined) faults.textObject(block.text, `${at}/text`, 3000, ['plain_text', 'mrkdwn'])
  if (block.fields !== undefined) {
    for (const [index, field] of faults.list(block.fields, `${at}/fields`, 10).entries()) {
      faults.textObject(field, `${at}/fields/${index}`, 2000, ['plain_text', 'mrkdwn'])
    }
  }
  if (block.accessory === undefined) return
  if (objectOf(block.accessory).type === 'image')
    checkPicture(objectOf(block.accessory), `${at}/accessory`, faults, isPicture)
  else checkElement(block.accessory, 'section', `${at}/accessory`, faults)
}

/** Source: https://docs.slack.dev/reference/block-kit/blocks/image-block */
function checkPicture(block: Json, at: string, faults: FaultList, isPicture: (file: string) => boolean): void {
  faults.text(block.alt_text, `${at}/alt_text`, 2000, 0)
  if (block.title !== undefined) faults.textObject(block.title, `${at}/title`, 2000)
  const { slack_file, image_url } = block
  if ((slack_file === undefined) === (image_url === undefined)) {
    return void faults.add('must provide either image_url or slack_file', at)
  }
  if (image_url !== undefined) return void faults.text(image_url, `${at}/image_url`, 3000)
  if (!isPicture(textOf(objectOf(slack_file).id))) faults.add('invalid slack file', `${at}/slack_file`)
}

/** Source: https://docs.slack.dev/reference/block-kit/blocks/context-block */
const checkContext: Check = (block, at, { faults, isPicture }) => {
  for (const [index, element] of faults.list(block.elements, `${at}/elements`, 10).entries()) {
    const here = `${at}/elements/${index}`
    if (element.type === 'image') checkPicture(element, here, faults, isPicture)
    else faults.textObject(element, here, 3000, ['plain_text', 'mrkdwn'])
  }
}

const checkRow =
  (place: 'actions' | 'context_actions', most: number): Check =>
  (block, at, { faults }) => {
    const elements = faults.list(block.elements, `${at}/elements`, most)
    for (const [index, element] of elements.entries()) checkElement(element, place, `${at}/elements/${index}`, faults)
    const ids = elements.flatMap(({ action_id }) => (action_id === undefined ? [] : [action_id]))
    if (new Set(ids).size < ids.length) faults.add('`action_id` must be unique in the block', `${at}/elements`)
  }

/** Source: https://docs.slack.dev/reference/block-kit/blocks/input-block */
const checkInput: Check = (block, at, { faults }) => {
  faults.textObject(block.label, `${at}/label`, 2000)
  if (block.hint !== undefined) faults.textObject(block.hint, `${at}/hint`, 2000)
  checkElement(block.element, 'input', `${at}/element`, faults)
}

const RICH = ['rich_text_section', 'rich_text_list', 'rich_text_quote', 'rich_text_preformatted']
const checkRichText: Check = (block, at, { faults }) => {
  for (const [index, part] of faults.list(block.elements, `${at}/elements`, 1_000).entries()) {
    if (!RICH.includes(String(part.type))) {
      faults.add(`unsupported type: ${String(part.type)}`, `${at}/elements/${index}/type`)
    }
  }
}

const CHECKS: Record<string, { where: readonly Surface[]; check: Check }> = {
  section: { where: ['message', 'modal', 'home'], check: checkSection },
  header: {
    where: ['message', 'modal', 'home'],
    check: (block, at, { faults }) => faults.textObject(block.text, `${at}/text`, 150),
  },
  divider: { where: ['message', 'modal', 'home'], check: () => undefined },
  context: { where: ['message', 'modal', 'home'], check: checkContext },
  actions: { where: ['message', 'modal', 'home'], check: checkRow('actions', 25) },
  input: { where: ['message', 'modal', 'home'], check: checkInput },
  image: {
    where: ['message', 'modal', 'home'],
    check: (block, at, { faults, isPicture }) => checkPicture(block, at, faults, isPicture),
  },
  rich_text: { where: ['message', 'modal', 'home'], check: checkRichText },
  context_actions: { where: ['message'], check: checkRow('context_actions', 5) },
  markdown: {
    where: ['message'],
    check: (block, at, { faults }) => faults.text(block.text, `${at}/text`, MAX_MARKDOWN),
  },
  table: { where: ['message'], check: () => undefined },
  data_visualization: { where: ['message'], check: (block, at, { faults }) => checkChart(block, at, faults) },
  alert: {
    where: ['modal'],
    check: (block, at, { faults }) => faults.textObject(block.text, `${at}/text`, 200, ['plain_text', 'mrkdwn']),
  },
}

function checkAltogether(blocks: readonly Json[], faults: FaultList): void {
  const ids = blocks.flatMap(({ block_id }) => (block_id === undefined ? [] : [block_id]))
  if (new Set(ids).size < ids.length) faults.add('`block_id` must be unique', '/blocks')
  const markdown = blocks.filter(({ type }) => type === 'markdown').map(({ text }) => textOf(text))
  const length = markdown.reduce((sum, text) => sum + text.length, 0)
  if (length > MAX_MARKDOWN) faults.add(`markdown blocks must be less than ${MAX_MARKDOWN + 1} characters`, '/blocks')
  const inMarkdown = findTableFault(markdown.join('\n\n'))
  if (inMarkdown !== '') faults.add(`table: ${inMarkdown}`, '/blocks')
  let chars = 0
  for (const [index, block] of blocks.entries()) {
    if (block.type === 'table') chars += checkTable(block, `/blocks/${index}`, faults)
  }
  if (chars > MAX_TABLE_CHARS) faults.add(`tables must be less than ${MAX_TABLE_CHARS + 1} characters`, '/blocks')
  if (blocks.filter(({ type }) => type === 'data_visualization').length > MAX_CHARTS) {
    faults.add(`no more than ${MAX_CHARTS} data_visualization blocks allowed`, '/blocks')
  }
}

/** What Slack would say of the blocks, each with a JSON pointer; empty where it takes them. */
export function findBlockFaults(
  blocks: unknown,
  surface: Surface,
  isPicture: (file: string) => boolean,
): readonly string[] {
  const faults = createFaultList()
  const checking: Checking = { faults, surface, isPicture }
  faults.list(blocks, '/blocks', MAX_BLOCKS[surface], 0)
  const known = Array.isArray(blocks) ? blocks : []
  for (const [index, block] of known.entries()) {
    const at = `/blocks/${index}`
    if (!isObject(block)) continue
    const kind = CHECKS[String(block.type)]
    if (!kind?.where.includes(surface)) faults.add(`unsupported type: ${String(block.type)}`, `${at}/type`)
    else kind.check(block, at, checking)
    if (block.block_id !== undefined) faults.text(block.block_id, `${at}/block_id`, 255)
  }
  checkAltogether(listOf(blocks), faults)
  return faults.lines
}

/**
 * What Slack would say of a view; empty where it takes it. Sources: https://docs.slack.dev/reference/views/modal-views and
 * https://docs.slack.dev/reference/views/home-tab-views
 */
export function findViewFaults(view: Json, isPicture: (file: string) => boolean): readonly string[] {
  const faults = createFaultList()
  const type = view.type === 'home' ? 'home' : 'modal'
  if (view.type !== 'home' && view.type !== 'modal') faults.add(`unsupported type: ${String(view.type)}`, '/type')
  if (type === 'modal') {
    faults.textObject(view.title, '/title', 24)
    for (const name of ['submit', 'close']) {
      if (view[name] !== undefined) faults.textObject(view[name], `/${name}`, 24)
    }
    const asks = listOf(view.blocks).some((block) => block.type === 'input')
    if (asks && view.submit === undefined) faults.add('must be provided when there is an input block', '/submit')
  }
  faults.maybe(view.private_metadata, '/private_metadata', 3000)
  faults.maybe(view.callback_id, '/callback_id', 255)
  faults.maybe(view.external_id, '/external_id', 255)
  if (!Array.isArray(view.blocks)) faults.add('missing required field: blocks', '')
  return [...faults.lines, ...findBlockFaults(view.blocks ?? [], type, isPicture)]
}
