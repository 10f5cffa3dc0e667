// Who uses this computer.
import { userInfo } from 'node:os'

export function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A user id without an account name is ordinary in containers.
    return 'console'
  }
}
