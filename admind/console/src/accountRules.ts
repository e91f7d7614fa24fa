// What the daemon asks of an account, said before it is asked.

export const NAME = /^[a-z0-9][a-z0-9._-]{0,31}$/
export const PASSWORD_MIN = 12 // characters

export function isTooShort(password: string): boolean {
  return [...password].length < PASSWORD_MIN
}
