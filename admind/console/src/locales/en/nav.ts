import type zh from '../zh/nav'
import type { Texts } from '../texts'

export default {
  label: 'Main',
  skip: 'Skip to the content',
  open: 'Open the navigation',
  theme: 'Appearance',
  themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
  user_menu: 'Account menu: {name}',
  own_account: 'Account and password',
  log_in: 'Log in',
  log_out: 'Log out',
  overview: 'Overview',
  keys: 'API Keys',
  master: 'Master key',
  docs: 'Getting started',
  lookup: 'Usage look-up',
  settings: 'Settings',
  accounts: 'Accounts',
  audit: 'Audit',
} satisfies Texts<typeof zh>
