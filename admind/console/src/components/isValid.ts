// Whether a form's fields keep its rules; those that do not say so.

import type { FormInstance } from 'element-plus'

export async function isValid(form: FormInstance | undefined): Promise<boolean> {
  return (await form?.validate().catch(() => false)) ?? false
}
