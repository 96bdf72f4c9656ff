import { ApiProperty } from '@nestjs/swagger';

/** One sign-in that is still good: on one device, until it signs out. */
export class OwnSessionResponse {
  @ApiProperty({ format: 'uuid' })
  id: string;
  /** True for the session that asks. */
  current: boolean;
  /** What the device called itself when it last used the session. @example "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0" */
  @ApiProperty({ type: 'string', nullable: true })
  userAgent: string | null;
  /** The network address from which the session was last used. @example "203.0.113.7" */
  @ApiProperty({ type: 'string', nullable: true })
  address: string | null;
  /** When it signed in. */
  createdAt: Date;
  /** When it last got an access token: at sign-in, or by refreshing. */
  lastUsedAt: Date;
  /** When it ends unless it is used before. */
  expiresAt: Date;

  static of(session: OwnSessionResponse): OwnSessionResponse {
    const { id, current, userAgent, address, createdAt, lastUsedAt, expiresAt } = session;
    return { id, current, userAgent, address, createdAt, lastUsedAt, expiresAt };
  }
}

/** A page of sessions. */
export class OwnSessionListResponse {
  /** The sessions of this page, the newest sign-in first. */
  data: OwnSessionResponse[];
  /** Pass it as `cursor` to get the next page; null on the last. */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor: string | null;
}
