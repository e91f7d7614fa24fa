// Quota days, as `2026-11-22`: they compare as text.

const DAY_MS = 86_400_000

export interface Range {
  from: string
  to: string // the last day, included
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10)
}

export function lastDays(today: string, days: number): Range {
  return { from: addDays(today, 1 - days), to: today }
}

// A date picker's dates are midnights of the browser's own zone.
export function pickedDate(date: Date): string {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 10)
}
