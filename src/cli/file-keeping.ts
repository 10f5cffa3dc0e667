// Where the terminal keeps files and pictures: a folder under the data folder.
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { FileKeeping } from '../bots/console/keep-files.ts'
import type { Settings } from '../config/settings.ts'
import type { Chart } from '../core/reply.ts'
import { renderChartPng } from '../reports/render-chart.ts'

const FOLDER = 'exports'

/** Pixels: twice the width that chats show, for sharp screens. */
const SIZE = { width: 1280, height: 640 }

export const drawChart = (chart: Chart): Promise<Uint8Array> => renderChartPng(chart, SIZE)

export function keepFilesIn({ data }: Settings): FileKeeping {
  const folder = join(resolve(data), FOLDER)
  return {
    async saveFile(name, content) {
      await mkdir(folder, { recursive: true })
      const file = join(folder, name)
      await writeFile(file, content)
      return file
    },
    renderChart: drawChart,
  }
}
