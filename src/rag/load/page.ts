// What loading gives: a page of documentation as one Markdown body, or a file that was left out and why.
import type { Root } from 'mdast'

/** Files over this many bytes are left out; so are longer pages of a dump. */
export const MAX_FILE_BYTES = 20 * 1024 * 1024

/** Part of every content hash: raise it when the same bytes would load differently, and the next sync takes all pages anew. */
export const LOADER_VERSION = '1'

export interface Page {
  /** Path below the root, with forward slashes; stable across runs and machines. */
  doc_id: string
  title: string
  /** Absolute http(s) address, or empty. */
  url: string
  doc_type: string
  /** YYYY-MM-DD. */
  last_updated: string
  /** SHA-256, hex, of the source's bytes and of LOADER_VERSION. */
  content_hash: string
  /** The cleaned text: Markdown where `tree` is given, else plain text. */
  body: string
  /** Syntax tree of `body`, its positions being offsets into `body`; null for plain text and PDF. */
  tree: Root | null
}

/** A file that was left out. */
export interface SkippedFile {
  /** As people know it: below the root, or as it was given. */
  path: string
  /** What is wrong and how to fix it, one sentence each. */
  why: string
  /** True where the content could not be seen at all: what was indexed of it before should stay. */
  unseen: boolean
}

/** Thrown by readers for one file; the loader turns it into a SkippedFile. */
export class UnreadableFile extends Error {
  readonly unseen: boolean

  constructor(why: string, options: { unseen?: boolean; cause?: unknown } = {}) {
    super(why, { cause: options.cause })
    this.name = 'UnreadableFile'
    this.unseen = options.unseen ?? false
  }
}
