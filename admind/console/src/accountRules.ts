// What the daemon asks of an account, said before it is asked.

import type { Role, Scope } from '@/api/accounts'

export const NAME = /^[a-z0-9][a-z0-9._-]{0,31}$/
export const PASSWORD_MIN = 12 // characters

// What a token of each role may be given.
const VIEWER_SCOPES: Scope[] = ['keys.read', 'usage.read', 'settings.read', 'audit.read']
export const SCOPES: Record<Role, Scope[]> = {
  viewer: VIEWER_SCOPES,
  admin: [...VIEWER_SCOPES, 'accounts.read', 'keys.write', 'settings.write', 'tokens.write'],
}

export function isTooShort(password: string): boolean {
  return [...password].length < PASSWORD_MIN
}
