// Searching the trail for what the page shows of it: time, who, sentence, changes and address, in
// the language shown; and for what it shows on demand, the entry as it is.

import type { AuditEntry } from '@/api/audit'
import { formatTime } from '@/format'

import { actorText, addressText, changes, sentence } from './sentence'

function shownOf(entry: AuditEntry): string {
  const parts = [
    formatTime(entry.time, { seconds: true }),
    actorText(entry.actor),
    sentence(entry),
    ...changes(entry),
    addressText(entry),
    JSON.stringify(entry),
  ]
  return parts.join('\n').toLowerCase()
}

// The words of a search; the dots by which an id is shortened are none of its own.
export function wordsOf(typed: string): string[] {
  return typed
    .toLowerCase()
    .split(/[\s…]+/)
    .filter(Boolean)
}

export function fits(entry: AuditEntry, words: string[]): boolean {
  if (words.length === 0) return true
  const text = shownOf(entry)
  return words.every((word) => text.includes(word))
}
