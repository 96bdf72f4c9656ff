import { ValidateIf } from 'class-validator';

/** May be left out; present values are checked. Null is not a way to leave something out: that is `@IsOptional()`. */
export const IsGiven = () => ValidateIf((_, value) => value !== undefined);
