import { Controller, Get, Header } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Anonymous } from '../../platform/index.js';
import { JwksResponse } from './jwks.dto.js';
import { SigningKeys } from './signing-keys.js';

@ApiTags('auth')
@Controller('.well-known/jwks.json')
export class JwksController {
  constructor(private readonly keys: SigningKeys) {}

  /**
   * List the keys that verify access tokens
   * @remarks A JSON Web Key Set (RFC 7517). Match a token's `kid`; accept ES256 only.
   */
  @Get()
  @Anonymous()
  @Header('cache-control', 'public, max-age=300')
  read(): JwksResponse {
    return JwksResponse.of(this.keys.published);
  }
}
