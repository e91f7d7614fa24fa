import type zh from '../zh/docs'
import type { Texts } from '../texts'

export default {
  title: 'Use the MiniMax API in three steps',
  lead: 'Call MiniMax with an API key of this gateway. The SDKs of OpenAI and Anthropic work as they are: change the base URL and the API key, and nothing else.',
  contents: 'On this page',
  system: 'You are a helpful assistant.',
  question: 'Hello, please introduce yourself.',
  greeting: 'Hello! I am MiniMax-M2.7. How can I help you?',
  api_key_comment: 'your own API key',
  step: 'Step {number}',
  endpoint: {
    title: 'Endpoint',
    text: 'Send your requests to this address of the gateway:',
    https: 'Note: all requests have to be sent over HTTPS',
  },
  header: {
    title: 'Header',
    text: 'Put your API key into a request header',
    either: 'Either form will do. The API key begins with mmx-; the administrator gave it to you.',
    note: 'Keep the API key out of URLs, web pages and repositories. No API key yet? Ask the administrator of this gateway.',
  },
  request: {
    title: 'The complete request',
    text: 'The body is JSON: the model, a system message, a user message, the temperature, and how many tokens may be made at most.',
  },
  answer: {
    title: 'A sample answer',
    text: 'Answers are those of MiniMax; the gateway does not change them. (Some fields are left out here.)',
    thinking:
      'Reasoning models think first, by default in think tags within content; send "reasoning_split": true to have it apart.',
  },
  example: {
    title: 'Examples',
    text: 'Copy, put your own API key in, and run it.',
  },
  sdk: {
    title: 'More models and SDKs',
    models: 'Newer models, such as MiniMax-M3, are used the same way: put their name into model.',
    text: 'With an SDK, set its base URL to the address of this gateway, and its API key to yours:',
    openai: 'OpenAI compatible',
    anthropic: 'Anthropic compatible',
    other:
      'The other endpoints of MiniMax work as well, speech and embeddings everywhere, and files, voices, images, video and music where the administrator offers them: put the address below in place of the official host and keep the path.',
    other_label: 'Other endpoints',
    choose: 'Choose your SDK',
    install: 'Install',
    run: 'Code',
    claude_code:
      'Claude Code speaks to the Anthropic compatible endpoint. Log out of any other account first. The variables may also stand under env in ~/.claude/settings.json.',
  },
  stream: {
    title: 'Streaming',
    text: 'Set stream to true to receive the answer while it is made. With include_usage the last chunk has the tokens used.',
  },
  limits: {
    title: 'Limits',
    own: 'Each API key has limits of its own',
    lookup_text: 'See your usage and limits in the console, or on the {lookup} page',
    lookup: 'Usage look-up',
    text: 'An API key may have a limit of requests a day and a month; 0 or none is unlimited.',
    day: 'The day starts again at 00:00 in the time zone of the gateway, the month at 00:00 on its first day.',
    counting:
      'A request counts once when the gateway accepts it; a stream is one request. Refused requests are not counted.',
    refund:
      'When MiniMax fails (no connection, timeout, 5xx, 429 and the like), the request is refunded.',
    headers:
      'Every successful answer carries these headers, so you always know what is left. Reset is the time until the limit starts again; a limit that is not set has no header.',
    tightest:
      'The three without a suffix are those of the day or the month, whichever has less left.',
  },
  errors: {
    title: 'Errors',
    text: 'A refusal says why and what to do, in the format of the SDK you use, and in Chinese when Accept-Language asks for it.',
    status: 'Status',
    code: 'Code',
    meaning: 'Meaning',
    action: 'What to do',
    refunded: 'refunded, not counted',
    sample: 'The answer when a limit is used up',
    request_id:
      'Tell the administrator the value of the X-Request-Id header when you ask for help, never your API key.',
    own: 'Errors of the gateway (never counted)',
    upstream: 'Errors of MiniMax (passed on as they are)',
    upstream_note:
      'Some native endpoints of MiniMax answer HTTP 200 to an error; the code is then in base_resp.status_code. At present only the HTTP status decides what is refunded, so these requests count.',
    invalid_key: {
      meaning: 'No API key was sent, it is malformed, or there is no such key.',
      action:
        'Check that the key was copied whole, stands in the right header, and is the only one.',
    },
    not_offered: {
      meaning: 'The gateway does not offer this endpoint, or not with this method.',
      action: 'Check the address, or ask the administrator to offer it.',
    },
    disabled: {
      meaning: 'The API key is disabled.',
      action: 'Ask the administrator to enable it.',
    },
    expired: {
      meaning: 'The API key has expired.',
      action: 'Ask the administrator to extend it, or for a new one.',
    },
    address: {
      meaning: 'Your IP address is in none of the networks the key may be used from.',
      action: 'Use an allowed network, or ask the administrator to allow yours.',
    },
    quota: {
      meaning: 'The requests of today or of this month are used up.',
      action:
        'Wait until the time in resets_at and in the message; trying sooner is of no use. Ask the administrator for a higher limit if you cannot wait.',
    },
    unavailable: {
      meaning: 'The gateway cannot check API keys at the moment; the request was not sent on.',
      action: 'Try again shortly. Tell the administrator if it lasts.',
    },
    no_master: {
      meaning: 'The gateway has no MiniMax master key yet.',
      action: 'Tell the administrator.',
    },
    no_address: {
      meaning: 'The gateway has not found MiniMax’s addresses yet; nothing was sent on.',
      action: 'Try again after Retry-After.',
    },
    account: {
      meaning:
        'MiniMax refuses the gateway’s own account: its master key, plan or balance. Neither your key nor your request is the cause.',
      action: 'Tell the administrator, and try again later.',
    },
    bad_request: {
      meaning:
        'The request is wrong: bad JSON, a missing field, an unknown model, or too long a context.',
      action: 'Change the request as the message says.',
    },
    sensitive: { meaning: 'MiniMax declined the input as unsafe.', action: 'Change the input.' },
    upstream_rate: {
      meaning: 'MiniMax limits the rate of the master account.',
      action: 'Send fewer requests, try again later.',
    },
    upstream_fault: {
      meaning: 'An internal error of MiniMax, no connection, or a timeout.',
      action: 'Try again later.',
    },
    overloaded: {
      meaning: 'The servers of MiniMax are overloaded.',
      action: 'Try again later, after longer and longer pauses.',
    },
  },
} satisfies Texts<typeof zh>
