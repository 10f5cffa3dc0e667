// The commands around a workspace: the local lakehouse, and the models that a workspace has.
import type { CommandHands } from './add-sql-commands.ts'
import type { LakehouseCommand } from './lakehouse.ts'

const collect = (value: string, before: string[]): string[] => [...before, value]

export function addWorkspaceCommands({ program, run }: Pick<CommandHands, 'program' | 'run'>): void {
  program
    .command('lakehouse')
    .description('a whole Databricks workspace on this machine, over its real wire')
    .option('--port <number>', 'port to listen on; 0 takes any free one', '8085')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--token <token>', 'access token of its owner; by default one is made and kept')
    .option('--memory', 'keep nothing: everything ends with it', false)
    .option('--user <address>', 'somebody whom it knows from the start; repeatable', collect, [])
    .option('--python <path>', 'interpreter for Python scripts of jobs; without it they are refused')
    .action((options: LakehouseCommand) =>
      run(async (settings, log) => {
        const { runLakehouse } = await import('./lakehouse.ts')
        await runLakehouse(options, settings, log)
        return true
      }),
    )

  program
    .command('models')
    .description('list the models of the workspace by task, and which one answers')
    .action(() =>
      run(async (settings, log) => {
        const { models } = await import('./models.ts')
        await models(settings, log, process.stdout)
        return true
      }),
    )
}
