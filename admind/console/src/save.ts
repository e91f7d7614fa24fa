// Offers bytes as a file, without leaving the page: a failure is then a message, and no blank page.

import { download, type Query } from '@/api/client'

export async function saveCsv(path: string, name: string, query: Query = {}): Promise<void> {
  saveBlob(await download(path, { query }), name)
}

// Rows as RFC 4180, with the mark by which spreadsheets know UTF-8.
export function saveRows(rows: string[][], name: string): void {
  const lines = rows.map((row) => row.map(cell).join(','))
  const text = '\uFEFF' + lines.join('\r\n') + '\r\n'
  saveBlob(new Blob([text], { type: 'text/csv;charset=utf-8' }), name)
}

// A text that a spreadsheet would take for a formula gets an apostrophe; a Chinese or Japanese one
// takes the full-width signs as well.
export function cell(text: string): string {
  const safe = /^[=+\-@＝＋－＠\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  // The browser reads it after the click has been handled.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
