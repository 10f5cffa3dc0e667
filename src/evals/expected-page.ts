// Tells whether a retrieved document is one of the pages a labelled question expects.
import type { EvalCase } from './evaluation.ts'

/** Equal, or the doc_id ends in `/` and the page: an index that holds several sources puts a folder's name in front. */
export function isSamePage(page: string, docId: string): boolean {
  return docId === page || docId.endsWith(`/${page}`)
}

/** True where the document is the expected page or one of those that hold the answer as well. */
export function isExpectedPage(expected: Pick<EvalCase, 'page' | 'also'>, docId: string): boolean {
  const pages = [...(expected.page === null ? [] : [expected.page]), ...(expected.also ?? [])]
  return pages.some((page) => isSamePage(page, docId))
}
