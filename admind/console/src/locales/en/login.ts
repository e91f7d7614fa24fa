import type zh from '../zh/login'
import type { Texts } from '../texts'

export default {
  title: 'Log in',
  prompt: 'Please log in with your account',
  name: 'Account',
  password: 'Password',
  submit: 'Log in',
  again_title: 'Please log in again',
  again_prompt: 'The session is over. Log in to go on; what you typed is kept.',
  name_missing: 'Enter your account',
  password_missing: 'Enter your password',
  setup_title: 'Create the first admin',
  setup_prompt:
    'This is the first use. It takes a one-time token: the quickstart printed one, and the daemon leaves one in a file that its log names.',
  token: 'One-time token',
  token_missing: 'Enter the one-time token',
  token_wrong: 'The token is wrong or has expired: read it from the file again',
  name_rule: '1 to 32 of a-z, 0-9, dot, underscore and hyphen, beginning with a letter or a digit',
  new_password: 'New password',
  password_rule: 'At least 12 characters, and not a common password',
  repeat: 'The password again',
  repeat_differs: 'The passwords differ',
  setup_submit: 'Create and log in',
} satisfies Texts<typeof zh>
