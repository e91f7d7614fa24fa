// Audit entries in words. What strangers typed goes in as a value, and is shown as text.

import type { AuditEntry } from '@/api/audit'
import { dateIn, formatNumber, formatTime, parseTime, zoneSeconds } from '@/format'
import { i18n, t } from '@/i18n'

const SHORT_ID = 8
const LIMITS = ['day', 'month', 'default_day', 'default_month']
const TIMES = ['expires_at', 'until']
// Part of the sentence, or no news to a reader.
const HIDDEN = ['ids', 'new_id', 'count', 'session', 'why', 'first_kept', 'first_number']

type Detail = Record<string, unknown>

function isKnown(key: string): boolean {
  return i18n.global.te(key)
}

// A key id is long: its beginning is what people compare.
function shortened(object: string): string {
  return /^[0-9a-f]{32}$/.test(object) ? `${object.slice(0, SHORT_ID)}…` : object
}

function countOf(detail: Detail): number {
  if (Array.isArray(detail.ids)) return Number(detail.count ?? detail.ids.length)
  return typeof detail.count === 'number' ? detail.count : 1
}

export function sentence(entry: AuditEntry): string {
  const detail = entry.detail as Detail
  const count = countOf(detail)
  const named = {
    action: entry.action,
    object: shortened(entry.object),
    user: text(detail.user),
    hint: text(detail.hint),
    name: text(detail.name),
    count: formatNumber(count),
    entries: text(detail.entries),
  }
  const base = `audit.sentences.${entry.action.replace('.', '_')}`
  if (Array.isArray(detail.ids) && isKnown(`${base}_many`)) return t(`${base}_many`, named)
  return t(isKnown(base) ? base : 'audit.sentences.other', named)
}

// `user:alice`, `token:billing`, `cli:root`; `setup`, `anonymous` and `mmx-admind` stand alone.
export function actorText(actor: string): string {
  const [kind = '', ...rest] = actor.split(':')
  const key = `audit.actors.${kind}`
  return isKnown(key) ? t(key, { name: rest.join(':') }) : actor
}

// From where: what the gateway does by itself comes from nowhere.
export function addressText(entry: AuditEntry): string {
  return entry.address || (entry.actor === 'mmx-admind' ? '—' : t('audit.command_line'))
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)
}

// Seconds since 1970 in the zone that the entry's own time is in.
function timeText(at_s: number, entry: AuditEntry): string {
  if (at_s === 0) return t('audit.changes.never')
  const zone = parseTime(entry.time)?.zone ?? 'UTC'
  const local = new Date((at_s + zoneSeconds(zone)) * 1000).toISOString()
  const offset = /(Z|[+-]\d{2}:\d{2})$/.exec(entry.time)?.[0] ?? 'Z'
  return formatTime(`${dateIn(zone, at_s)}T${local.slice(11, 16)}${offset}`)
}

function valueText(name: string, value: unknown, entry: AuditEntry): string {
  if (typeof value === 'boolean') return t(value ? 'audit.changes.yes' : 'audit.changes.no')
  if (typeof value === 'number') {
    if (TIMES.includes(name)) return timeText(value, entry)
    if (LIMITS.includes(name) && value === 0) return t('common.unlimited')
    return formatNumber(value)
  }
  if (name === 'role' && isKnown(`common.role.${text(value)}`))
    return t(`common.role.${text(value)}`)
  if (name === 'password') return t('audit.changes.changed')
  const shown = Array.isArray(value) ? value.map(text).join(' ') : text(value)
  return shown === '' || shown === 'null' ? t('audit.changes.none') : shown
}

function isChange(value: unknown): value is { from: unknown; to: unknown } {
  return typeof value === 'object' && value !== null && 'from' in value && 'to' in value
}

// An edit names every field that was sent, also those it left as they were.
function isNoChange(value: unknown): boolean {
  return isChange(value) && JSON.stringify(value.from) === JSON.stringify(value.to)
}

// What was changed, a line each.
export function changes(entry: AuditEntry): string[] {
  const inSentence = sentence(entry)
  return Object.entries(entry.detail as Detail)
    .filter(([name, value]) => !HIDDEN.includes(name) && !isNoChange(value))
    .filter(([, value]) => !inSentence.includes(text(value) || '\0'))
    .map(([name, value]) => {
      const key = `audit.changes.${name}`
      const title = isKnown(key) ? t(key) : name
      if (!isChange(value)) {
        return t('audit.changes.is', { name: title, value: valueText(name, value, entry) })
      }
      const from = valueText(name, value.from, entry)
      return t('audit.changes.from', { name: title, from, to: valueText(name, value.to, entry) })
    })
}
