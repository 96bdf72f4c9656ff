import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Caller, CurrentUser, SignedIn } from '../platform/index.js';
import { ChangeProfileRequest, ProfileResponse } from './profile.dto.js';
import { ProfileService } from './profile.service.js';

@ApiTags('customers')
@Controller('me')
export class ProfileController {
  constructor(private readonly profiles: ProfileService) {}

  /** Read your profile */
  @Get()
  @SignedIn()
  async read(@CurrentUser() caller: Caller): Promise<ProfileResponse> {
    return ProfileResponse.of(await this.profiles.read(caller));
  }

  /** Change your profile */
  @Patch()
  @SignedIn()
  async change(@CurrentUser() caller: Caller, @Body() changes: ChangeProfileRequest): Promise<ProfileResponse> {
    return ProfileResponse.of(await this.profiles.change(caller, changes));
  }
}
