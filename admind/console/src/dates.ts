// Quota days, as `2026-11-22`: they compare as text.

export const DAY_S = 86_400

export interface Range {
  from: string
  to: string // the last day, included
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_S * 1000).toISOString().slice(0, 10)
}

export function lastDays(today: string, days: number): Range {
  return { from: addDays(today, 1 - days), to: today }
}

export function lengthOf({ from, to }: Range): number {
  return (Date.parse(to) - Date.parse(from)) / (DAY_S * 1000) + 1
}

// A date picker's dates are midnights of the browser's own zone.
export function pickedDate(date: Date): string {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 10)
}

const zonedClock = (timezone: string) =>
  new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })

// What a clock in the zone shows at a time, in seconds since 1970: `2026-12-31 23:59:59`.
export function clockIn(timezone: string, at_s: number): string {
  const parts = new Map(
    zonedClock(timezone)
      .formatToParts(at_s * 1000)
      .map(({ type, value }) => [type, value]),
  )
  const of = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? ''
  const date = `${of('year')}-${of('month')}-${of('day')}`
  return `${date} ${of('hour')}:${of('minute')}:${of('second')}`
}

// The date there at that time.
export function dayIn(timezone: string, at_s: number): string {
  return clockIn(timezone, at_s).slice(0, 'YYYY-MM-DD'.length)
}

// The time at which a clock in the zone shows that; the zone's own rules decide, summer time and
// all. A time that a clock skips is the one an hour on.
export function timeOfClock(timezone: string, clock: string): number {
  const wanted_s = Date.parse(`${clock.replace(' ', 'T')}Z`) / 1000
  let at_s = wanted_s
  // The first pass takes the offset of a time near by, the second that of the time itself.
  for (let pass = 0; pass < 2; pass++) {
    const shown_s = Date.parse(`${clockIn(timezone, at_s).replace(' ', 'T')}Z`) / 1000
    at_s += wanted_s - shown_s
  }
  return at_s
}
