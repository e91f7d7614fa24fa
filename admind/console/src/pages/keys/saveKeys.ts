import type { Key, NewKey } from '@/api/types'
import { saveRows } from '@/save'

// The keys that were picked, with the columns of the daemon's own export.
export function saveKeys(keys: Key[]): void {
  const rows = keys.map((key) => [
    key.id,
    key.hint,
    key.user,
    key.note,
    key.status,
    String(key.day.limit),
    String(key.day.used),
    String(key.month.limit),
    String(key.month.used),
    key.expires_at ?? '',
    key.networks.join(' '),
    key.created_at ?? '',
    key.last_used_at ?? '',
  ])
  saveRows([[...columns], ...rows], 'keys.csv')
}

const columns = [
  'id',
  'hint',
  'user',
  'note',
  'status',
  'day_limit',
  'day_used',
  'month_limit',
  'month_used',
  'expires_at',
  'networks',
  'created_at',
  'last_used_at',
] as const

// New keys, whole: the file is as secret as they are.
export function saveNewKeys(keys: NewKey[]): void {
  saveRows(
    [['user', 'key', 'id'], ...keys.map(({ user, key, id }) => [user, key, id])],
    'new-keys.csv',
  )
}
