import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Caller, CurrentUser, SignedIn } from '../../platform/index.js';
import { PreferencesResponse, PutPreferencesRequest } from './preferences.dto.js';
import { PreferencesService } from './preferences.service.js';

@ApiTags('customers')
@Controller('me/preferences')
export class PreferencesController {
  constructor(private readonly preferences: PreferencesService) {}

  /** Read your preferences */
  @Get()
  @SignedIn()
  async read(@CurrentUser() caller: Caller): Promise<PreferencesResponse> {
    return this.preferences.read(caller);
  }

  /**
   * Set your preferences
   * @remarks All of them. Each answer about advertising is kept with its time and where it was asked.
   */
  @Put()
  @SignedIn()
  async put(@CurrentUser() caller: Caller, @Body() body: PutPreferencesRequest): Promise<PreferencesResponse> {
    return this.preferences.put(caller, body);
  }
}
