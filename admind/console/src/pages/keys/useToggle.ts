// Switches keys on and off, which asks for nothing, and says what came of it. A key that is being
// switched already is left alone.

import { ElMessage } from 'element-plus'
import { useI18n } from 'vue-i18n'

import { changeKey } from '@/api/keys'
import type { Key } from '@/api/types'
import { errorText } from '@/errors'

export function useToggle(changed: () => void): (key: Key) => Promise<void> {
  const { t } = useI18n()
  const running = new Set<string>()

  return async ({ id, enabled, hint }) => {
    if (running.has(id)) return
    running.add(id)
    try {
      await changeKey(id, { enabled: !enabled })
      ElMessage.success(t(enabled ? 'keys.disabled_now' : 'keys.enabled_now', { hint }))
      changed()
    } catch (error) {
      ElMessage.error(errorText(error))
    } finally {
      running.delete(id)
    }
  }
}
