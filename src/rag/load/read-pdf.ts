// Reads the text of a PDF.
import { extractText, getDocumentProxy } from 'unpdf'
import { cleanText } from './clean-text.ts'
import { UnreadableFile } from './page.ts'

export interface PdfText {
  body: string
  /** The document's own title, or empty. */
  title: string
}

/** Throws UnreadableFile for damaged, encrypted and scanned (text-less) files. */
export async function readPdf(bytes: Uint8Array): Promise<PdfText> {
  const pdf = await open(bytes)
  try {
    const { text } = await extractText(pdf, { mergePages: false })
    const body = cleanText(text.map(joinLines).join('\n\n')).trim()
    if (body === '') {
      throw new UnreadableFile(
        'The PDF holds no text, only pictures. Run text recognition (OCR) on it and save it again.',
      )
    }
    return { body, title: await readTitle(pdf) }
  } finally {
    await pdf.loadingTask.destroy()
  }
}

async function open(bytes: Uint8Array) {
  try {
    // pdf.js takes the buffer for itself, so it gets a copy; 0 keeps its warnings off the console.
    return await getDocumentProxy(new Uint8Array(bytes), { verbosity: 0 })
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'PasswordException') {
      throw new UnreadableFile('The PDF is locked with a password. Save a copy without one.', { cause })
    }
    throw new UnreadableFile('The PDF is damaged or is no PDF at all. Export it again from its source.', { cause })
  }
}

/** Words that a line end cut in two are joined again. */
function joinLines(page: string): string {
  return page.replace(/(\p{Ll})-\n(?=\p{Ll})/gu, '$1').replace(/[ \t]+\n/g, '\n')
}

async function readTitle(pdf: Awaited<ReturnType<typeof getDocumentProxy>>): Promise<string> {
  const { info } = await pdf.getMetadata()
  const title = 'Title' in info && typeof info.Title === 'string' ? cleanText(info.Title).trim() : ''
  // Office programs write the name of the file they printed, which is no title.
  return /^(?:microsoft word|untitled)|\.(?:docx?|indd|pptx?|tex|pdf)$/i.test(title) ? '' : title
}
