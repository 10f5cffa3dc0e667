// The limits of Slack's chart block and of its table block.
import type { FaultList } from './fault-list.ts'
import { isObject, type Json, listOf, objectOf } from './json.ts'

/** Two charts a message, and 10,000 characters of tables. */
export const MAX_CHARTS = 2
export const MAX_TABLE_CHARS = 10_000

function checkPie(chart: Json, at: string, faults: FaultList): void {
  for (const [index, { label, value }] of faults.list(chart.segments, `${at}/segments`, 6).entries()) {
    faults.text(label, `${at}/segments/${index}/label`, 20)
    if (typeof value !== 'number' || !(value > 0)) {
      faults.add('must be a number greater than 0', `${at}/segments/${index}/value`)
    }
  }
}

function checkAxis(chart: Json, at: string, faults: FaultList): string[] {
  const axis = objectOf(chart.axis_config)
  const categories = Array.isArray(axis.categories) ? axis.categories.map(String) : []
  if (categories.length < 1) faults.add('must have at least 1 item', `${at}/axis_config/categories`)
  if (categories.length > 20) faults.add('no more than 20 items allowed', `${at}/axis_config/categories`)
  for (const [index, text] of categories.entries()) faults.text(text, `${at}/axis_config/categories/${index}`, 20)
  if (new Set(categories).size < categories.length) faults.add('must be unique', `${at}/axis_config/categories`)
  faults.maybe(axis.x_label, `${at}/axis_config/x_label`, 50)
  faults.maybe(axis.y_label, `${at}/axis_config/y_label`, 50)
  return categories
}

function checkSeries(chart: Json, at: string, faults: FaultList): void {
  const categories = checkAxis(chart, at, faults)
  const all = faults.list(chart.series, `${at}/series`, 6)
  if (new Set(all.map(({ name }) => name)).size < all.length) faults.add('names must be unique', `${at}/series`)
  for (const [index, { name, data }] of all.entries()) {
    const here = `${at}/series/${index}`
    faults.text(name, `${here}/name`, 20)
    const points = listOf(data)
    const fits = points.every(({ label, value }, i) => label === categories[i] && Number.isFinite(value))
    if (points.length !== categories.length || !fits) {
      faults.add('must have one finite value for each category', `${here}/data`)
    }
  }
}

/**
 * Source: https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block. Sources disagree whether six or twelve series
 * and segments are taken, so this takes six.
 */
export function checkChart(block: Json, at: string, faults: FaultList): void {
  faults.text(block.title, `${at}/title`, 50)
  const { chart } = block
  if (!isObject(chart)) return void faults.add('missing required field: chart', at)
  if (chart.type === 'pie') return void checkPie(chart, `${at}/chart`, faults)
  if (!['bar', 'line', 'area'].includes(String(chart.type))) {
    return void faults.add(`unsupported type: ${String(chart.type)}`, `${at}/chart/type`)
  }
  checkSeries(chart, `${at}/chart`, faults)
}

function lengthOfCell(cell: Json): number {
  if (typeof cell.text === 'string') return cell.text.length
  return listOf(cell.elements).reduce((sum, part) => sum + lengthOfCell(part), 0)
}

/** Returns the characters in it. Source: https://docs.slack.dev/reference/block-kit/blocks/table-block */
export function checkTable(block: Json, at: string, faults: FaultList): number {
  const { rows } = block
  if (!Array.isArray(rows) || rows.length < 1) {
    faults.add('must have at least 1 item', `${at}/rows`)
    return 0
  }
  if (rows.length > 100) faults.add('no more than 100 items allowed', `${at}/rows`)
  let chars = 0
  for (const [y, row] of rows.entries()) {
    const cells = listOf(row)
    if (cells.length < 1 || cells.length > 20) faults.add('no more than 20 items allowed', `${at}/rows/${y}`)
    for (const [x, cell] of cells.entries()) {
      if (!['rich_text', 'raw_text', 'raw_number'].includes(String(cell.type))) {
        faults.add(`unsupported type: ${String(cell.type)}`, `${at}/rows/${y}/${x}/type`)
      }
      if (cell.type === 'raw_text') faults.text(cell.text, `${at}/rows/${y}/${x}/text`, MAX_TABLE_CHARS)
      chars += lengthOfCell(cell)
    }
  }
  return chars
}
