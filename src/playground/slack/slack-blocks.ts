// The checks of Slack's newer blocks: inputs and selects, charts, pictures of uploaded files, preformatted text.

type Json = Record<string, unknown>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : [])
const isText = (value: unknown, most: number, least = 1) =>
  typeof value === 'string' && value.length >= least && value.length <= most
const isPlain = (value: unknown, most: number) =>
  isObject(value) && value.type === 'plain_text' && isText(value.text, most)

/** Source: https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element and its option object. */
function isSelect(element: Json): boolean {
  const options = listOf(element.options)
  const isOption = (option: Json) => isPlain(option.text, 75) && isText(option.value, 150)
  if (options.length < 1 || options.length > 100 || !options.every(isOption)) return false
  const initial = element.initial_option
  return initial === undefined || options.some((option) => JSON.stringify(option) === JSON.stringify(initial))
}

function isTextInput(element: Json): boolean {
  const most = Number(element.max_length ?? 3000)
  const initial = element.initial_value
  return most <= 3000 && (initial === undefined || isText(initial, most)) && isHint(element.placeholder)
}

function isHint(placeholder: unknown): boolean {
  return placeholder === undefined || isPlain(placeholder, 150)
}

function findInputFault(block: Json): string {
  if (!isPlain(block.label, 2000)) return 'label of an input'
  const element = isObject(block.element) ? block.element : {}
  if (!isText(element.action_id, 255)) return 'action_id of an input'
  if (element.type === 'static_select') return isSelect(element) ? '' : 'select'
  return element.type === 'plain_text_input' && isTextInput(element) ? '' : 'text input'
}

/** Source: https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block */
function findChartFault(block: Json): string {
  const chart = isObject(block.chart) ? block.chart : {}
  if (!isText(block.title, 50)) return 'title of a chart'
  if (chart.type === 'pie') {
    const segments = listOf(chart.segments)
    const fits = segments.every(({ label, value }) => isText(label, 20) && typeof value === 'number' && value > 0)
    return segments.length >= 1 && segments.length <= 6 && fits ? '' : 'segments'
  }
  if (!['bar', 'line', 'area'].includes(String(chart.type))) return 'kind of chart'
  const axis = isObject(chart.axis_config) ? chart.axis_config : {}
  const categories = Array.isArray(axis.categories) ? axis.categories : []
  if (categories.length < 1 || categories.length > 20 || !categories.every((text) => isText(text, 20))) return 'axis'
  if (new Set(categories).size < categories.length) return 'categories'
  const series = listOf(chart.series)
  const isSeries = ({ name, data }: Json) =>
    isText(name, 20) &&
    listOf(data).length === categories.length &&
    listOf(data).every(({ label, value }, i) => label === categories[i] && Number.isFinite(value))
  const names = new Set(series.map(({ name }) => name))
  return series.length >= 1 && series.length <= 6 && names.size === series.length && series.every(isSeries)
    ? ''
    : 'series'
}

function findPictureFault(block: Json, isPicture: (id: string) => boolean): string {
  if (!isText(block.alt_text, 2000)) return 'alt_text'
  const file = isObject(block.slack_file) ? block.slack_file : null
  if (file === null) return isText(block.image_url, 3000) ? '' : 'image without a source'
  return isPicture(String(file.id)) ? '' : 'unknown file'
}

function findFault(block: Json, isPicture: (id: string) => boolean): string {
  switch (block.type) {
    case 'input':
      return findInputFault(block)
    case 'data_visualization':
      return findChartFault(block)
    case 'image':
      return findPictureFault(block, isPicture)
    case 'rich_text':
      return listOf(block.elements).length > 0 ? '' : 'empty rich text'
    default:
      return ''
  }
}

/** Why Slack would refuse the blocks of a message; empty where it takes them. */
export function findBlockFault(blocks: readonly Json[], isPicture: (id: string) => boolean): string {
  const ids = blocks.flatMap(({ block_id }) => (block_id === undefined ? [] : [String(block_id)]))
  if (new Set(ids).size < ids.length || ids.some((id) => id.length > 255)) return 'block_id'
  if (blocks.filter(({ type }) => type === 'data_visualization').length > 2) return 'too many charts'
  return blocks.map((block) => findFault(block, isPicture)).find((fault) => fault !== '') ?? ''
}
