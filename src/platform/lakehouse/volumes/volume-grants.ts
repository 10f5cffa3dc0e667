// Who may read and write the files of a volume: its owner, admins, and whoever has the privilege on it, its schema or its catalog.

export interface VolumeGrantParts {
  groupsOf(caller: string): readonly string[]
  /** Privileges that somebody of these names has, with those from above. */
  privilegesOf(type: string, name: string, holders: readonly string[]): ReadonlySet<string>
  hasVolume(name: string): boolean
  ownerOf(name: string): string
  /** Lists a volume that nobody made as one that belongs to whoever first put something into it. */
  addVolume(name: string, owner: string): void
}

export type VolumePrivilege = 'READ VOLUME' | 'WRITE VOLUME'

/** A volume that is not there yet is made by its first file: the local lakehouse asks for no CREATE VOLUME. */
export function createVolumeGrants(parts: VolumeGrantParts) {
  return (caller: string, privilege: VolumePrivilege, volume: string): boolean => {
    if (!parts.hasVolume(volume)) {
      if (privilege === 'WRITE VOLUME') parts.addVolume(volume, caller)
      return true
    }
    const groups = parts.groupsOf(caller)
    if (groups.includes('admins') || parts.ownerOf(volume).toLowerCase() === caller.toLowerCase()) return true
    const held = parts.privilegesOf('volume', volume, [caller, ...groups, 'account users'])
    return [privilege.replace(' ', '_'), 'ALL_PRIVILEGES'].some((one) => held.has(one))
  }
}
