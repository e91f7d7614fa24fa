// Switches keys on and off, which asks for nothing, says what came of it, and offers to take back
// that a key was disabled. Of one that somebody else has changed meanwhile it is left to whoever
// sees what it has become. A key that is being switched, or was a moment ago, is left alone: the
// second click of a double one would take the first back.

import { ElMessage } from 'element-plus'
import { useI18n } from 'vue-i18n'

import { isChangedMeanwhile } from '@/api/client'
import { changeKey, getKey } from '@/api/keys'
import type { Key } from '@/api/types'
import { errorText } from '@/errors'
import { sayWithUndo } from '@/undo'

const PAUSE_MS = 600

export function useToggle(changed: (key: Key) => void): (key: Key) => Promise<void> {
  const { t } = useI18n()
  const resting = new Set<string>()

  async function set(seen: Key, enabled: boolean): Promise<void> {
    const { hint, user } = seen
    try {
      const key = await changeKey(seen, { enabled })
      if (enabled) ElMessage.success(t('keys.enabled_now', { hint, user }))
      else sayWithUndo(t('keys.disabled_now', { hint, user }), () => set(key, true))
      changed(key)
    } catch (error) {
      if (isChangedMeanwhile(error)) await renew(seen)
      else ElMessage.error(errorText(error))
    }
  }

  async function renew({ id, hint, user }: Key): Promise<void> {
    ElMessage.warning(t('keys.switch_refused', { hint, user }))
    try {
      changed(await getKey(id, {}))
    } catch (error) {
      ElMessage.error(errorText(error))
    }
  }

  return async (key) => {
    if (resting.has(key.id)) return
    resting.add(key.id)
    await set(key, !key.enabled)
    setTimeout(() => resting.delete(key.id), PAUSE_MS)
  }
}
