import { IsEmail, IsInt, Max, MaxLength, Min, MinLength } from 'class-validator';
import { Env } from '../platform/index.js';

export const LONGEST_ACCESS_TOKEN_SECONDS = 3600;

export class AuthSettings {
  @IsInt()
  @Min(60)
  @Max(LONGEST_ACCESS_TOKEN_SECONDS)
  @Env('GALLEY_ACCESS_TOKEN_SECONDS', {
    default: '600',
    does: 'how long an access token is good for',
    takes: 'a number of seconds, 60 to 3600',
  })
  accessTokenSeconds: number;

  @IsInt()
  @Min(1)
  @Max(365)
  @Env('GALLEY_SESSION_DAYS', {
    default: '30',
    does: 'how long a session lives without being used',
    takes: 'a number of days, 1 to 365',
  })
  sessionDays: number;

  @IsInt()
  @Min(1)
  @Max(3650)
  @Env('GALLEY_SESSION_MAX_DAYS', {
    default: '90',
    does: 'how long a session lives at most, however much it is used',
    takes: 'a number of days, 1 to 3650',
  })
  sessionMaxDays: number;

  @IsInt()
  @Min(0)
  @Max(60)
  @Env('GALLEY_REFRESH_GRACE_SECONDS', {
    default: '10',
    does: 'how long a refresh token that has been used may be sent again, by requests that run side by side',
    takes: 'a number of seconds, 0 to 60',
  })
  refreshGraceSeconds: number;

  @IsInt()
  @Min(1)
  @Max(1440)
  @Env('GALLEY_RECENT_SIGN_IN_MINUTES', {
    default: '15',
    does: 'how long after signing in, or proving again who one is, sensitive things are let through',
    takes: 'a number of minutes, 1 to 1440',
  })
  recentSignInMinutes: number;

  @IsEmail()
  @Env('GALLEY_ADMIN_EMAIL', {
    default: 'admin@galley.example',
    does: 'e-mail address of the first administrator, made at the first start',
    takes: 'an e-mail address',
  })
  adminEmail: string;

  @MinLength(10)
  @MaxLength(200)
  @Env('GALLEY_ADMIN_PASSWORD', {
    does: 'password of the first administrator; made up and printed once by default',
    takes: '10 to 200 characters',
    secret: true,
  })
  adminPassword: string;

  @IsInt()
  @Min(8)
  @Max(1_048_576)
  @Env('GALLEY_ARGON2_KIB', {
    default: '65536',
    does: 'memory of one password hash (argon2id; with its passes, the second choice of RFC 9106)',
    takes: 'a number of KiB, 8 to 1048576',
  })
  argon2Kib: number;

  @IsInt()
  @Min(1)
  @Max(100)
  @Env('GALLEY_ARGON2_PASSES', {
    default: '3',
    does: 'passes over that memory; hashes made with less of either are made anew at the next sign-in',
    takes: 'a number, 1 to 100',
  })
  argon2Passes: number;
}
