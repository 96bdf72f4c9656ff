import { Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import { NotFoundProblem, NotStored, Public, RawBody, Refuses } from '../../platform/index.js';
import { WebhookSignatureInvalid } from './inbox.errors.js';
import { Inbox } from './inbox.service.js';

/** Each provider that sends webhooks has a path of its own. */
@Controller('payments/webhooks')
export class WebhooksController {
  constructor(private readonly inbox: Inbox) {}

  /**
   * Receive a webhook of the sandbox
   * @remarks For the sandbox only, where it is in use. The signature is checked first; each event counts once, however often it comes.
   */
  @Post('sandbox')
  @HttpCode(204)
  @Public()
  @NotStored()
  @ApiBody({
    description: 'The event, exactly as the provider signed it.',
    schema: { type: 'object', additionalProperties: true },
  })
  @Refuses(NotFoundProblem, WebhookSignatureInvalid)
  async sandbox(@RawBody() rawBody: Buffer, @Headers() headers: Record<string, string>): Promise<void> {
    await this.inbox.receive('sandbox', rawBody, headers);
  }
}
