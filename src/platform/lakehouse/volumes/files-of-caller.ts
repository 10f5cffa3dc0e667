// The files of the local lakehouse as one of its users sees them: those of volumes by his privileges.
import { refuse } from '../wire.ts'
import type { FileSpace } from './file-space.ts'
import type { VolumePrivilege } from './volume-grants.ts'
import { volumesBelow } from './volumes-below.ts'

export type CallerFiles = Pick<FileSpace, 'read' | 'write' | 'list'>

type May = (caller: string, privilege: VolumePrivilege, volume: string) => boolean

/** What jobs and trainings of this user work with. Throws 403 where he lacks the privilege on the volume. */
export function createFilesOf(space: FileSpace, may: May): (caller: string) => CallerFiles {
  return (caller) => {
    function check(path: string, privilege: VolumePrivilege): void {
      const at = space.locate(path)
      for (const volume of at.tree === space.volumes ? volumesBelow(at.tree, at.path) : [])
        if (!may(caller, privilege, volume))
          throw refuse(403, 'PERMISSION_DENIED', `User does not have ${privilege} on Volume '${volume}'.`)
    }
    return {
      read(path) {
        check(path, 'READ VOLUME')
        return space.read(path)
      },
      list(path) {
        check(path, 'READ VOLUME')
        return space.list(path)
      },
      write(path, bytes) {
        check(path, 'WRITE VOLUME')
        space.write(path, bytes)
      },
    }
  }
}
