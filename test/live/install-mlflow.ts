// The Python environment of the live tests: the pinned MLflow, and the clients that are tested with it.
import { type Installed, installRequirements } from './install-requirements.ts'

export type { Installed } from './install-requirements.ts'

/** `fresh`: throw away what is there. */
export function installMlflow(fresh: boolean): Promise<Installed> {
  return installRequirements({ file: 'requirements.txt', folder: 'live-venv', module: 'mlflow', fresh })
}
