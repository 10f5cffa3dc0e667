// The catalogue: every tool of Lakedesk, built from the parts it needs.
import type { AnyTool } from './define-tool.ts'
import { createSearchDocs, type Retrieve } from './search-docs.ts'

export interface ToolParts {
  retrieve: Retrieve
}

export function createTools(parts: ToolParts): readonly AnyTool[] {
  return [createSearchDocs(parts)]
}
