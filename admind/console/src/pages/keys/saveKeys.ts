import type { Key, NewKey } from '@/api/types'
import { saveRows } from '@/save'

const columns = [
  'id',
  'key',
  'user',
  'status',
  'today',
  'daily_limit',
  'month',
  'monthly_limit',
  'expires_at',
  'networks',
  'created_at',
  'last_used_at',
  'note',
]

// The keys that were picked, with the columns of the daemon's own export.
export function saveKeys(keys: Key[]): void {
  const rows = keys.map((key) => [
    key.id,
    key.hint,
    key.user,
    key.status,
    String(key.day.used),
    String(key.day.limit),
    String(key.month.used),
    String(key.month.limit),
    key.expires_at ?? '',
    key.networks.join(','),
    key.created_at ?? '',
    key.last_used_at ?? '',
    key.note,
  ])
  saveRows([columns, ...rows], 'keys.csv')
}

// New keys, whole: the file is as secret as they are.
export function saveNewKeys(keys: NewKey[]): void {
  saveRows(
    [['user', 'key', 'id'], ...keys.map(({ user, key, id }) => [user, key, id])],
    'new-keys.csv',
  )
}
