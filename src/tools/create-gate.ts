// The gate with its approvals: what commands, buttons and the agent call tools through.
import type { ApprovalService } from '../approvals/create-approvals.ts'
import type { Outcome } from '../core/outcome.ts'
import type { AnyTool, ToolContext } from './define-tool.ts'
import { runTool } from './run-tool.ts'

export type Gate = (tool: AnyTool, rawInput: unknown, context: ToolContext) => Promise<Outcome>

/** `runTool`, where what needs an approval can be asked for. */
export function createGate({ approvals }: { approvals: Pick<ApprovalService, 'open'> }): Gate {
  return (tool, rawInput, context) => runTool(tool, rawInput, { ...context, approvals })
}
