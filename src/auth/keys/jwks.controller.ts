import { Controller, Get, Header } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Anonymous } from '../../platform/index.js';
import { JwksResponse } from './jwks.dto.js';
import { JWKS_CACHE_SECONDS } from './key-rotation.service.js';
import { SigningKeys } from './signing-keys.js';

@ApiTags('auth')
@Controller('.well-known/jwks.json')
export class JwksController {
  constructor(private readonly keys: SigningKeys) {}

  /**
   * List the keys that verify access tokens
   * @remarks A JSON Web Key Set (RFC 7517). Match a token's `kid`; accept ES256 only. Keys are replaced now and then: each is listed some time before it signs, and until the last token that it has signed has expired.
   */
  @Get()
  @Anonymous()
  @Header('cache-control', `public, max-age=${JWKS_CACHE_SECONDS}`)
  read(): JwksResponse {
    return JwksResponse.of(this.keys.published);
  }
}
