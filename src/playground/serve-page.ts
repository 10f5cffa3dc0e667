// Serves the files of the built page and the files that people exchanged, with the headers that keep a browser safe.
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { BuiltPage, PageFile } from './build-page.ts'

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
}

/** Only what this server itself serves may run, load or be spoken to; nobody may frame it. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** A file that a bot sent may hold anything: it may be looked at, and run nothing. */
const FILE_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"

export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
}

type Packing = 'br' | 'gzip' | 'identity'

function choosePacking(req: IncomingMessage, mediaType: string): Packing {
  if (/^(image\/(png|x-icon)|font\/)/.test(mediaType)) return 'identity'
  const accepted = String(req.headers['accept-encoding'] ?? '')
  if (/\bbr\b/.test(accepted)) return 'br'
  return /\bgzip\b/.test(accepted) ? 'gzip' : 'identity'
}

async function pack(bytes: Buffer, packing: Packing): Promise<Buffer> {
  if (packing === 'identity') return bytes
  if (packing === 'gzip') return promisify(gzip)(bytes)
  return promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } })
}

export type PageServer = (req: IncomingMessage, res: ServerResponse, path: string) => Promise<boolean>

/** The server answers false where the page has no such file. Every file is packed once. */
export function createPageServer({ files }: BuiltPage): PageServer {
  const packed = new Map<string, Promise<Buffer>>()
  const tags = new Map<string, string>()

  const tagOf = (file: PageFile): string => {
    const known = tags.get(file.path)
    if (known) return known
    const tag = createHash('sha256').update(file.bytes).digest('base64url').slice(0, 20)
    tags.set(file.path, tag)
    return tag
  }

  return async (req, res, path) => {
    const file = files.get(path === '/' ? '/index.html' : path)
    if (!file) return false
    const mediaType = MEDIA_TYPES[extname(file.path)] ?? 'application/octet-stream'
    const packing = choosePacking(req, mediaType)
    const etag = `"${tagOf(file)}-${packing}"`
    const headers = {
      ...SAFE_HEADERS,
      'content-type': mediaType,
      'content-security-policy': PAGE_POLICY,
      'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
      vary: 'accept-encoding',
      etag,
    }
    if (req.headers['if-none-match'] === etag) {
      res.writeHead(304, headers).end()
      return true
    }
    const key = `${packing} ${file.path}`
    const bytes = packed.get(key) ?? pack(file.bytes, packing)
    packed.set(key, bytes)
    const body = await bytes
    const encoding = packing === 'identity' ? {} : { 'content-encoding': packing }
    res.writeHead(200, { ...headers, ...encoding, 'content-length': body.byteLength })
    res.end(req.method === 'HEAD' ? undefined : body)
    return true
  }
}

/** A file that was exchanged, with its bytes. */
export interface GivenFile {
  name: string
  mediaType: string
  bytes: Buffer
}

const SHOWN = /^(image\/(png|jpeg|gif|webp)|text\/(html|plain|csv)|application\/(json|pdf))\b/

/** Pictures, texts and reports are shown in the browser, without any right; everything else is saved. */
export function sendFile(res: ServerResponse, { name, mediaType, bytes }: GivenFile): void {
  const shown = SHOWN.test(mediaType)
  const plain = name.replace(/[^\w.-]/g, '_')
  res.writeHead(200, {
    ...SAFE_HEADERS,
    'content-type': shown ? mediaType : 'application/octet-stream',
    'content-disposition': `${shown ? 'inline' : 'attachment'}; filename="${plain}"`,
    'content-security-policy': FILE_POLICY,
    'cache-control': 'private, max-age=3600',
    'content-length': bytes.byteLength,
  })
  res.end(bytes)
}
