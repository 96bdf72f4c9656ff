import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { registerDecorator, type ValidationArguments } from 'class-validator';
import { exampleOf, fitsCountry, needsRegion } from './postal-rules.js';

interface Located {
  country?: unknown;
}

const countryOf = ({ object }: ValidationArguments): string => {
  const { country } = object as Located;
  return typeof country === 'string' ? country : '';
};
const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
const isLine = (value: unknown, max: number): value is string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
  typeof value === 'string' && value.length <= max && value.isWellFormed() && !/[\u0000-\u001f\u007f]/.test(value);

/** A postal code as the country of the address has them, and needed where we know what they look like. */
export const PostalCode = () =>
  checked('isPostalCode', 20, (value, country) => {
    const example = exampleOf(country);
    if (isEmpty(value))
      return example === undefined ? undefined : `is needed in ${nameOf(country)}, such as ${example}.`;
    if (!isLine(value, 20)) return 'must be text of at most 20 characters.';
    return fitsCountry(value, country) ? undefined : `is no postal code of ${nameOf(country)}, such as ${example}.`;
  });

/** A state, province or county, where mail needs one. */
export const Region = () =>
  checked('isRegion', 100, (value, country) => {
    if (isEmpty(value)) return needsRegion(country) ? `is needed in ${nameOf(country)}.` : undefined;
    return isLine(value, 100) ? undefined : 'must be text of at most 100 characters.';
  });

function checked(
  name: string,
  maxLength: number,
  problem: (value: unknown, country: string) => string | undefined,
): PropertyDecorator {
  const decorate: PropertyDecorator = (target, property) =>
    registerDecorator({
      name,
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown, args: ValidationArguments) => problem(value, countryOf(args)) === undefined,
        defaultMessage: (args?: ValidationArguments) =>
          (args && problem(args.value, countryOf(args))) ?? 'is not right.',
      },
    });
  return applyDecorators(
    decorate,
    ApiProperty({ type: 'string', nullable: true, required: false, maxLength }) as PropertyDecorator,
  );
}

const names = new Intl.DisplayNames('en', { type: 'region' });

function nameOf(country: string): string {
  return /^[A-Z]{2}$/.test(country) ? (names.of(country) ?? country) : country;
}
