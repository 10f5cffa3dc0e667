// The tools of training: asking for one, and cancelling it.
import type { Approvals } from '../store/port.ts'
import { createCancelTraining } from './cancel-training.ts'
import { type AnyTool, erase } from './define-tool.ts'
import { createStartTraining, type StartTrainingParts } from './start-training.ts'

export interface TrainingToolParts extends StartTrainingParts {
  approvals: Pick<Approvals, 'list' | 'get'>
}

export interface TrainingTools {
  /** For people. */
  tools: readonly AnyTool[]
  /** Those of them that are carried out once they were approved: whoever decides and runs has to find them. */
  approved: readonly AnyTool[]
}

export function createTrainingTools(parts: TrainingToolParts): TrainingTools {
  const approved = [erase(createStartTraining(parts))]
  return { approved, tools: [...approved, erase(createCancelTraining(parts))] }
}
