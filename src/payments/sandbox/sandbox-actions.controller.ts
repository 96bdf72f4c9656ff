import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { NotStored, ParseUuid, Public } from '../../platform/index.js';
import { ActionResponse, AnswerActionRequest } from './sandbox.dto.js';
import { SandboxActions } from './sandbox-actions.service.js';

@Controller('payments/sandbox/actions')
export class SandboxActionsController {
  constructor(private readonly actions: SandboxActions) {}

  /**
   * Get what the sandbox asks of the payer
   * @remarks Where `nextAction.url` of a sandbox payment leads. Only where the sandbox is in use.
   */
  @Get(':id')
  @Public()
  async find(@Param('id', ParseUuid) id: string): Promise<ActionResponse> {
    return this.actions.find(id);
  }

  /**
   * Answer for the payer
   * @remarks Approves or rejects a sandbox payment in the payer's place. A webhook tells of it. Only the first answer counts.
   */
  @Post(':id')
  @HttpCode(200)
  @Public()
  @NotStored()
  async answer(@Param('id', ParseUuid) id: string, @Body() body: AnswerActionRequest): Promise<ActionResponse> {
    return this.actions.answer(id, body.result === 'approve');
  }
}
