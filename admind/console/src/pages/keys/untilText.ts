// Until when a key's status lasts, where that is known and matters.

import type { Key } from '@/api/types'
import { formatReset, formatTime } from '@/format'
import { t } from '@/i18n'

export function untilText(key: Key): string {
  const { status, day, month, expires_at: expires } = key
  if (status === 'exhausted') {
    // With the month used up, the next day changes nothing.
    const used = month.limit > 0 && month.used >= month.limit ? month : day
    return t('keys.resets', { time: formatReset(used.resets_at) })
  }
  if (!expires) return ''
  return status === 'expired'
    ? formatTime(expires)
    : t('keys.expires', { time: formatTime(expires) })
}
