import { Problem, Unauthenticated } from '../../platform/index.js';

@Problem({
  code: 'webhook_signature_invalid',
  title: 'Webhook signature invalid',
  cause: 'The signature does not belong to this body, or its timestamp is more than five minutes off.',
  remedy: 'Sign the exact bytes of the body with the secret in use now, and send it at once.',
})
export class WebhookSignatureInvalid extends Unauthenticated {
  constructor(why = 'The signature or its timestamp is not valid.') {
    super(why);
  }
}
