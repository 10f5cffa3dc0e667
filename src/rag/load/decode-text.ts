// Turns bytes into text, or says why they are no text.
import { UnreadableFile } from './page.ts'

const SAMPLE_BYTES = 65_536
const MAX_CONTROL_SHARE = 0.02

/** Decodes UTF-8, or UTF-16 with a byte order mark. Throws UnreadableFile for binary content and for other encodings. */
export function decodeText(bytes: Uint8Array): string {
  const utf16 = byteOrder(bytes)
  if (utf16 === undefined && looksBinary(bytes)) {
    throw new UnreadableFile(
      'It holds binary data, not text. Replace it with the text file it should be, or remove it from the folder.',
    )
  }
  try {
    return new TextDecoder(utf16 ?? 'utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new UnreadableFile('It is not valid UTF-8. Save it as UTF-8 (for example: iconv -f latin1 -t utf-8).', {
      cause,
    })
  }
}

function byteOrder(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return undefined
}

function looksBinary(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, SAMPLE_BYTES)
  let controls = 0
  for (const byte of sample) {
    if (byte === 0) return true
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13 && byte !== 12 && byte !== 27) controls++
  }
  return controls > sample.length * MAX_CONTROL_SHARE
}
