import type zh from '../zh/master'
import type { Texts } from '../texts'

export default {
  title: 'Master key',
  lead: 'Set your MiniMax API key. All requests of all users are sent on with it.',
  current: 'The master key',
  not_set: 'Not set',
  not_set_note: 'Until it is, the gateway answers 503 to every request.',
  hint: 'Master key',
  updated_at: 'Set on',
  set_title: 'Set the master key',
  replace_title: 'Replace the master key',
  input: 'New master key',
  placeholder: 'sk-…',
  input_note:
    'From the API keys page of the MiniMax platform. Keys of the international site and of mainland China are different.',
  password: 'Your password',
  password_note: 'Setting the master key asks for your password again.',
  test_stored: 'Test the current master key',
  test_typed: 'Test the new master key',
  save: 'Save',
  saved: 'The master key is saved. Every gateway uses it within 2 seconds.',
  required: 'Enter the master key',
  password_required: 'Enter your password',
  spaces: 'The master key has no spaces or line breaks',
  explain: {
    title: 'How it is kept',
    sealed:
      'Sealed, and never shown again by any page or call. Only its first and last characters and its date remain.',
    clients: 'Users only hold keys of this gateway (mmx-…) and cannot learn the master key.',
    instant:
      'A new one is used by every gateway within 2 seconds; requests under way are not affected.',
    test: 'The test asks MiniMax for its models once, which costs nothing.',
  },
  test: {
    ok: 'MiniMax took the master key',
    ok_models: '{count} models',
    refused: 'MiniMax refused the master key',
    unsure: 'MiniMax could not check it now',
    unreachable: 'MiniMax was not reached',
    status: 'HTTP status {status}',
    code: 'MiniMax code {code}',
    latency: '{ms} ms',
    said: 'MiniMax said: {message}',
    why: 'Reason: {message}',
    advice: {
      key: 'Check that the key was copied whole and belongs to the site this gateway talks to (international or mainland China).',
      balance: 'Check the balance or the plan of the MiniMax account.',
      later: 'Try again later. If it lasts, check the network between the gateway and MiniMax.',
    },
  },
  viewer: 'Only admins can set and test the master key.',
} satisfies Texts<typeof zh>
