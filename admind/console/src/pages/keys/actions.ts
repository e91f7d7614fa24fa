// What can be done to a key; the dialogs for it are loaded when first needed.

import type { Key } from '@/api/types'

export type KeyAction = 'edit' | 'toggle' | 'reveal' | 'rotate' | 'delete'
export type OnAction = (action: KeyAction, key: Key) => void
