/** How the sandbox behaves for a token. */
export interface Behaviour {
  /** Refused, for this reason. */
  declines?: string;
  /** The payer must confirm first. */
  asksPayer?: boolean;
  /** What becomes of the request to charge: it arrives, is lost on the way, or breaks the provider. */
  request?: 'lost' | 'fails';
  /** What becomes of the answer: it comes at once, late, or never. */
  answer?: 'late' | 'lost';
  /** Webhooks come twice, and an older one last. */
  repeatsWebhooks?: boolean;
  /** What becomes of a refund. */
  refund?: 'fails' | 'answer_lost';
}

/** The tokens of the sandbox. Any other is declined as `invalid_token`. */
export const TOKENS: Readonly<Record<string, Behaviour>> = {
  tok_ok: {},
  tok_declined: { declines: 'card_declined' },
  tok_insufficient_funds: { declines: 'insufficient_funds' },
  tok_requires_action: { asksPayer: true },
  tok_timeout_charged: { answer: 'lost' },
  tok_timeout_uncharged: { request: 'lost' },
  tok_slow: { answer: 'late' },
  tok_duplicate_webhook: { repeatsWebhooks: true },
  tok_error: { request: 'fails' },
  tok_refund_failed: { refund: 'fails' },
  tok_refund_timeout: { refund: 'answer_lost' },
};

export const behaviourOf = (token: string): Behaviour =>
  (Object.hasOwn(TOKENS, token) ? TOKENS[token] : undefined) ?? { declines: 'invalid_token' };

const REASONS: Readonly<Record<string, string>> = {
  card_declined: 'The card was declined.',
  insufficient_funds: 'There is not enough money on the card.',
  invalid_token: 'The sandbox does not know this token.',
  authentication_failed: 'The payer did not confirm the payment.',
  amount_too_large: 'There is less than that left.',
  refund_failed: 'The refund could not be made.',
  not_voidable: 'There is nothing to void any more.',
};

export const reasonOf = (code: string): string => REASONS[code] ?? 'The payment was refused.';
