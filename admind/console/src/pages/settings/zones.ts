// The time zones this browser knows, with their offset and their name in the language shown.

import { clockIn } from '@/dates'

export interface Zone {
  id: string // Asia/Shanghai
  offset: string // UTC+8
  name: string // 中国标准时间
}

function partOf(id: string, locale: string, style: 'longOffset' | 'long', at: Date): string {
  const format = new Intl.DateTimeFormat(locale, { timeZone: id, timeZoneName: style })
  return format.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? ''
}

// `GMT+08:00` -> `UTC+8`
function offsetOf(id: string, at: Date): string {
  return partOf(id, 'en-US', 'longOffset', at)
    .replace('GMT', 'UTC')
    .replace(/([+-])0?(\d+):00$/, '$1$2')
    .replace(/([+-])0(\d:)/, '$1$2')
    .replace(/[+-]0$/, '')
}

// current: a zone the daemon knows, and this browser perhaps does not.
export function listZones(locale: string, current: string, at = new Date()): Zone[] {
  const ids = new Set(['UTC', ...Intl.supportedValuesOf('timeZone'), current])
  return [...ids].sort().map((id) => {
    try {
      return { id, offset: offsetOf(id, at), name: partOf(id, locale, 'long', at) }
    } catch {
      return { id, offset: '', name: '' }
    }
  })
}

// Whether the words typed are all somewhere in the zone: `shang`, `中国`, `utc+8 asia`.
export function fits(zone: Zone, typed: string): boolean {
  const text =
    `${zone.id.replaceAll('_', ' ')} ${zone.id} ${zone.offset} ${zone.name}`.toLowerCase()
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

// `2026-11-22 09:30:00`; nothing of a zone that this browser does not know.
export function clockText(id: string, at: Date): string {
  try {
    return clockIn(id, at.getTime() / 1000)
  } catch {
    return ''
  }
}
