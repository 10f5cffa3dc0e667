// Reads a Word document as HTML.
import { unzipSync } from 'fflate'
import mammoth from 'mammoth'
import { UnreadableFile } from './page.ts'

const MAX_UNPACKED_BYTES = 200 * 1024 * 1024

/** HTML of the document without its pictures. Throws UnreadableFile for damaged files and for archives that unpack too large. */
export async function readDocx(bytes: Uint8Array): Promise<string> {
  checkArchive(bytes)
  try {
    const { value } = await mammoth.convertToHtml(
      { buffer: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) },
      { convertImage: mammoth.images.imgElement(async () => ({ src: '' })), externalFileAccess: false },
    )
    return value
  } catch (cause) {
    throw damaged(cause)
  }
}

function checkArchive(bytes: Uint8Array): void {
  let unpacked = 0
  let isWord = false
  try {
    unzipSync(bytes, {
      filter: (file) => {
        unpacked += file.originalSize
        isWord ||= file.name === 'word/document.xml'
        return false
      },
    })
  } catch (cause) {
    throw damaged(cause)
  }
  if (!isWord) throw damaged()
  if (unpacked > MAX_UNPACKED_BYTES) {
    throw new UnreadableFile('The Word document unpacks to over 200 MB. Split it, or remove what is embedded in it.')
  }
}

function damaged(cause?: unknown): UnreadableFile {
  return new UnreadableFile(
    'The Word document is damaged or is no .docx file. Open it in Word and save it again as .docx.',
    { cause },
  )
}
