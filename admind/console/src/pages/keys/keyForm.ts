// What is typed for a key, and what it means.

import type { KeyLimits } from '@/api/keys'
import type { Key } from '@/api/types'
import { addDays, clockIn, dayIn, timeOfClock } from '@/dates'

export interface KeyFormState {
  user: string
  count: string
  day: string // digits; empty: unlimited
  month: string
  expires: string // `2026-12-31 23:59:59` in the deployment's zone; empty: never
  networks: string // one a line
  note: string
}

export const quickDays = [7, 30, 90, 365]

const END_OF_DAY = '23:59:59'
const NETWORK = /^[0-9a-fA-F.:]+(\/\d{1,3})?$/

export function emptyForm(day: number, month: number): KeyFormState {
  return {
    user: '',
    count: '1',
    day: limitText(day),
    month: limitText(month),
    expires: '',
    networks: '',
    note: '',
  }
}

export function formOf(key: Key, timezone: string): KeyFormState {
  return {
    user: key.user,
    count: '1',
    day: limitText(key.day.limit),
    month: limitText(key.month.limit),
    expires: key.expires_at_unix === null ? '' : clockIn(timezone, key.expires_at_unix),
    networks: key.networks.join('\n'),
    note: key.note,
  }
}

export function limitsOf(form: KeyFormState, timezone: string): KeyLimits {
  return {
    user: form.user.trim(),
    day: Number(form.day || 0),
    month: Number(form.month || 0),
    expires_at: form.expires ? timeOfClock(timezone, form.expires) : null,
    networks: networksOf(form.networks),
    note: form.note.trim(),
  }
}

// Only what differs: what somebody else changed meanwhile stays.
export function changesOf(before: KeyLimits, after: KeyLimits): Partial<KeyLimits> {
  const differs = (name: keyof KeyLimits) =>
    JSON.stringify(before[name]) !== JSON.stringify(after[name])
  return Object.fromEntries(
    Object.entries(after).filter(([name]) => differs(name as keyof KeyLimits)),
  )
}

export function networksOf(text: string): string[] {
  return text.split(/[\s,;，；、]+/).filter(Boolean)
}

export function wrongNetwork(text: string): string | undefined {
  return networksOf(text).find((network) => !NETWORK.test(network))
}

// The end of the day that many days from now, or from the expiry that a key has, if that is later:
// renewing takes nothing away.
export function expiryIn(days: number, timezone: string, now_s: number, expires = ''): string {
  const from_s = Math.max(now_s, expires ? timeOfClock(timezone, expires) : 0)
  return `${addDays(dayIn(timezone, from_s), days)} ${END_OF_DAY}`
}

function limitText(limit: number): string {
  return limit === 0 ? '' : String(limit)
}
