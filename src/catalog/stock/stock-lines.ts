export interface StockLine {
  variantId: string;
  quantity: number;
}

/** How many of each variant: the same one on two lines counts together. */
export function merge(lines: StockLine[]): Map<string, number> {
  const wanted = new Map<string, number>();
  for (const { variantId, quantity } of lines) {
    if (!Number.isSafeInteger(quantity) || quantity < 1)
      throw new RangeError(`Cannot reserve ${quantity} of ${variantId}.`);
    const id = variantId.toLowerCase();
    wanted.set(id, (wanted.get(id) ?? 0) + quantity);
  }
  return wanted;
}
