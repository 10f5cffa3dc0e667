// The command that loads recorded nights; not listed, since it is for the sample and for moving a store.
import type { CommandHands } from './add-sql-commands.ts'

export function addNightsCommand({ program, run }: Pick<CommandHands, 'program' | 'run'>): void {
  program
    .command('nights', { hidden: true })
    .description('load recorded nights of the nightly report, moved so that the last one is of yesterday')
    .argument('[file]', 'a JSON file of nights; the sample where none is named')
    .action((file: string | undefined) =>
      run(async (settings, log) => {
        const { bringNights } = await import('./nights.ts')
        await bringNights(file, settings, log)
        return true
      }),
    )
}
