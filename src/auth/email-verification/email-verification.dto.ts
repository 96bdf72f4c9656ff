import { IsString, MaxLength } from 'class-validator';

export class VerifyEmailRequest {
  /** The token from the mail. @example "glm_2bKx8RqVw5mYt0ZcNf7sLp4QjHd9EaUo3gTi6rWyXvk" */
  @IsString()
  @MaxLength(200)
  token: string;
}
