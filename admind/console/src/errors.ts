// Failures as sentences for people, in the language shown.

import { ApiError } from '@/api/client'

import { isText, t } from './i18n'

export function errorText(error: unknown): string {
  if (!(error instanceof ApiError)) return t('errors.unexpected')
  const key = `errors.${error.code}`
  if (!isText(key)) return error.message
  const seconds = error.retryAfter ?? 1
  return t(key, { message: error.message, field: error.field ?? '', seconds })
}
