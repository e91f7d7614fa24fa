// Switches keys on and off, which asks for nothing, says what came of it, and offers to take back
// that a key was disabled. A key that is being switched already is left alone.

import { ElMessage } from 'element-plus'
import { useI18n } from 'vue-i18n'

import { changeKey } from '@/api/keys'
import type { Key } from '@/api/types'
import { errorText } from '@/errors'
import { sayWithUndo } from '@/undo'

export function useToggle(changed: (key: Key) => void): (key: Key) => Promise<void> {
  const { t } = useI18n()
  const running = new Set<string>()

  async function toggle({ id, enabled, hint, user }: Key): Promise<void> {
    if (running.has(id)) return
    running.add(id)
    try {
      const key = await changeKey(id, { enabled: !enabled })
      if (enabled) sayWithUndo(t('keys.disabled_now', { hint, user }), () => toggle(key))
      else ElMessage.success(t('keys.enabled_now', { hint, user }))
      changed(key)
    } catch (error) {
      ElMessage.error(errorText(error))
    } finally {
      running.delete(id)
    }
  }
  return toggle
}
