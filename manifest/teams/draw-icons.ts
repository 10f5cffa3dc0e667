// Draws the two icons of the Teams app: a speech bubble over the lake. Run it again only when the drawing changes.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'

type Colour = readonly [number, number, number, number]

const DEEP: Colour = [11, 61, 79, 255]
const WATER: Colour = [44, 164, 171, 255]
const WHITE: Colour = [255, 255, 255, 255]
const CLEAR: Colour = [255, 255, 255, 0]

/** Samples per pixel side, for smooth edges. */
const SAMPLES = 4

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length, 0)
  body.copy(out, 4)
  out.writeUInt32BE(crc32(body), body.length + 4)
  return out
}

/** Eight bits RGBA. `colourAt` gets coordinates from 0 to 1. */
function drawPng(size: number, colourAt: (x: number, y: number) => Colour): Buffer {
  const rows: Buffer[] = []
  for (let y = 0; y < size; y++) {
    const row = Buffer.alloc(1 + size * 4)
    for (let x = 0; x < size; x++) {
      const sum = [0, 0, 0, 0]
      for (let i = 0; i < SAMPLES * SAMPLES; i++) {
        const [r, g, b, a] = colourAt(
          (x + ((i % SAMPLES) + 0.5) / SAMPLES) / size,
          (y + (Math.floor(i / SAMPLES) + 0.5) / SAMPLES) / size,
        )
        for (const [k, v] of [r * a, g * a, b * a, a].entries()) sum[k] = (sum[k] ?? 0) + v
      }
      const [r = 0, g = 0, b = 0, a = 0] = sum
      const at = 1 + x * 4
      // Where nothing is drawn the pixel stays white, so that no dark rim shows on the edge.
      for (const [k, v] of [r, g, b].entries()) row[at + k] = a === 0 ? 255 : Math.round(v / a)
      row[at + 3] = Math.round(a / (SAMPLES * SAMPLES))
    }
    rows.push(row)
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(size, 0)
  head.writeUInt32BE(size, 4)
  head.set([8, 6, 0, 0, 0], 8)
  const data = deflateSync(Buffer.concat(rows), { level: 9 })
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))])
}

/** Distance to a box with round corners; negative inside. */
function toBox(x: number, y: number, halfWidth: number, halfHeight: number, radius: number): number {
  const dx = Math.abs(x) - halfWidth + radius
  const dy = Math.abs(y) - halfHeight + radius
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - radius
}

/** Distance-like measure of the bubble with its tail; negative inside. */
function toBubble(x: number, y: number): number {
  const box = toBox(x - 0.5, y - 0.43, 0.34, 0.27, 0.11)
  const tail = Math.max(0.3 - x, x - 0.3 - (0.9 - y), 0.55 - y, y - 0.86)
  return Math.min(box, tail)
}

function isWave(x: number, y: number, middle: number, thickness: number): boolean {
  return Math.abs(y - middle - 0.035 * Math.sin((x - 0.16) * Math.PI * 5.9)) < thickness
}

function colourIcon(x: number, y: number): Colour {
  if (toBubble(x, y) > 0) return DEEP
  const inside = x > 0.25 && x < 0.75
  return inside && (isWave(x, y, 0.34, 0.03) || isWave(x, y, 0.5, 0.03)) ? WATER : WHITE
}

function outlineIcon(x: number, y: number): Colour {
  const distance = toBubble(x, y)
  const rim = distance <= 0 && distance > -0.065
  const wave = distance < 0 && x > 0.27 && x < 0.73 && isWave(x, y, 0.43, 0.035)
  return rim || wave ? WHITE : CLEAR
}

writeFileSync(join(import.meta.dirname, 'color.png'), drawPng(192, colourIcon))
writeFileSync(join(import.meta.dirname, 'outline.png'), drawPng(32, outlineIcon))
