// Figures and times as people read them. A time comes from the daemon in the deployment's zone
// (`2026-11-22T09:30:00+08:00`) and is shown in that zone, never in the browser's: a quota day is
// the deployment's day.

import { DAY_S } from './dates'
import { t } from './i18n'

const MINUTE_S = 60
const grouped = new Intl.NumberFormat('en-US')
const timePattern = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2})?(?:\.\d+)?(Z|[+-]\d{2}:\d{2})$/

export function formatNumber(value: number): string {
  return grouped.format(value)
}

// `12.5%`; never a nought for something, nor all of it for less.
export function formatShare(part: number, whole: number): string {
  if (whole <= 0) return '0%'
  const percent = Math.round((part / whole) * 1000) / 10
  const shown = part < whole ? Math.min(percent, 99.9) : percent
  return `${part > 0 ? Math.max(shown, 0.1) : 0}%`
}

export function formatLimit(limit: number): string {
  return limit === 0 ? t('common.unlimited') : formatNumber(limit)
}

// `+08:00` -> `UTC+8`, `+05:30` -> `UTC+5:30`, `Z` -> `UTC`
export function zoneName(offset: string): string {
  const match = /^([+-])(\d{2}):(\d{2})$/.exec(offset)
  if (!match) return 'UTC'
  const [, sign, hours, minutes] = match
  if (hours === '00' && minutes === '00') return 'UTC'
  return `UTC${sign}${Number(hours)}${minutes === '00' ? '' : `:${minutes}`}`
}

// `UTC+8` -> 28800 seconds
export function zoneSeconds(zone: string): number {
  const match = /^UTC(?:([+-])(\d{1,2})(?::(\d{2}))?)?$/.exec(zone)
  if (!match) return 0
  const [, sign, hours = '0', minutes = '0'] = match
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_S
}

export interface ZonedTime {
  date: string // 2026-11-22
  time: string // 09:30
  seconds: string // :00
  zone: string // UTC+8
}

export function parseTime(iso: string | null): ZonedTime | null {
  const match = iso === null ? null : timePattern.exec(iso)
  if (!match) return null
  const [, date = '', time = '', seconds = '', offset = ''] = match
  return { date, time, seconds, zone: zoneName(offset) }
}

// `2026-11-22 09:30 (UTC+8)`; a dash for a time that never was.
export function formatTime(iso: string | null, options: { seconds?: boolean } = {}): string {
  const parts = parseTime(iso)
  if (!parts) return '—'
  const time = parts.time + (options.seconds ? parts.seconds : '')
  return t('common.time', { date: parts.date, time, zone: parts.zone })
}

// The deployment's date at a time, in seconds since 1970; for the date `days` later.
export function dateIn(zone: string, at_s: number, days = 0): string {
  return new Date((at_s + zoneSeconds(zone) + days * DAY_S) * 1000).toISOString().slice(0, 10)
}

// When a quota starts again: `明日 00:00（UTC+8）`.
export function formatReset(iso: string | null, now_s = Date.now() / 1000): string {
  const parts = parseTime(iso)
  if (!parts) return '—'
  const { date, time, zone } = parts
  const key = date === dateIn(zone, now_s, 1) ? 'common.tomorrow' : 'common.time'
  return t(key, { date, time, zone })
}
