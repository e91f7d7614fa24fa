// What can be done to a key; the dialogs for it are loaded when first needed.

import type { Key } from '@/api/types'

export type DialogAction = 'edit' | 'reveal' | 'rotate' | 'delete'
export type KeyAction = DialogAction | 'toggle' // asks for nothing
export type OnAction = (action: KeyAction, key: Key) => void
