import { describe, expect, it } from 'vitest';
import { HashSlots } from '#src/auth/passwords/hash-slots.js';

/** Work that goes on until it is let go. */
function gate() {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

async function mostAtOnce(slots: HashSlots, count: number): Promise<number> {
  let running = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
  };
  await Promise.all(Array.from({ length: count }, () => slots.run(work)));
  return most;
}

describe('Passwords are hashed', () => {
  it('two at once, however many wait', async () => {
    expect(await mostAtOnce(new HashSlots(), 50)).toBe(2);
  });

  it('one at once while the process is busy answering', async () => {
    const slots = new HashSlots();
    const until = performance.now() + 60;
    while (performance.now() < until);
    expect(await mostAtOnce(slots, 20)).toBe(1);
  });

  it('for as many as can be served soon: one more is refused at once', async () => {
    const slots = new HashSlots();
    const { open, opened } = gate();
    const accepted = Array.from({ length: 502 }, () => slots.run(() => opened));
    await expect(slots.run(() => opened)).rejects.toThrow('Too many passwords');
    open();
    await Promise.all(accepted);
  });

  it('also after one of them failed', async () => {
    const slots = new HashSlots();
    for (let count = 0; count < 5; count++)
      await expect(slots.run(() => Promise.reject(new Error('no memory')))).rejects.toThrow('no memory');
    expect(await mostAtOnce(slots, 5)).toBe(2);
  });
});
