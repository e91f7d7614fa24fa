// Says that something was done, with a button that takes it back.

import { ElButton, ElMessage } from 'element-plus'
import { h } from 'vue'

import { t } from './i18n'

const SHOWN_MS = 10_000

export function sayWithUndo(text: string, undo: () => unknown): void {
  const button = h(
    ElButton,
    {
      class: 'undo',
      size: 'small',
      onClick: () => {
        message.close()
        undo()
      },
    },
    () => t('common.undo'),
  )
  const message = ElMessage({
    type: 'success',
    message: h('span', { class: 'with-undo' }, [text, button]),
    duration: SHOWN_MS,
    showClose: true,
  })
}
