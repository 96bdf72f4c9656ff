import { countOf, type ExportedProduct, type ExportedVariant } from './exported-product.js';

/** The product as one line of NDJSON. What is null or nothing is left out, but for what an import would otherwise keep. */
export function ndjsonLine({ id: _, slug, externalId, name, variants, ...product }: ExportedProduct): string {
  const line = { slug, ...(externalId === null ? {} : { externalId }), name, ...product };
  return `${JSON.stringify({ ...line, variants: (variants ?? []).map(variantOf) })}\n`;
}

function variantOf(exported: ExportedVariant): object {
  const { stock, backorderable, ...variant } = exported;
  const count = countOf(exported);
  return {
    ...variant,
    ...(count !== null && { stock: count }),
    ...(stock !== null && { backorderable: backorderable ?? false }),
  };
}
