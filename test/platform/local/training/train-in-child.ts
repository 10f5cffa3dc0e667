// A process that trains until it is killed: `node train-in-child.ts <folder> <trainData> <duration>`. Says "epoch" after the first one.
import { openTraining, realTrainer, specOf } from './open-training.ts'

const [folder = '', trainData = '', duration = '3ep'] = process.argv.slice(2)
const { training } = openTraining(folder, {
  ...realTrainer,
  train: (asked) =>
    realTrainer.train({
      ...asked,
      async onEpoch(point, of) {
        await asked.onEpoch?.(point, of)
        process.stdout.write('epoch\n')
      },
    }),
})
await training.start(specOf(trainData, { duration }))
