import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { newId } from '../../platform/index.js';
import { normaliseEmail } from './email-address.js';

/** Someone who can sign in: a shopper, or staff when roles say so. */
@Entity({ schema: 'auth', name: 'users' })
export class User {
  @PrimaryColumn('uuid') id: string;
  /** As {@link normaliseEmail} spells it, so that one mailbox is one account. */
  @Column('text') email: string;
  @Column('text', { nullable: true }) name: string | null;
  /** Null for those who sign in without a password. */
  @Column('text', { nullable: true }) passwordHash: string | null;
  @CreateDateColumn({ type: 'timestamptz' }) createdAt: Date;

  static register(email: string, passwordHash: string | null, name: string | null): User {
    return Object.assign(new User(), {
      id: newId(),
      email: User.normalise(email),
      passwordHash,
      name: User.spell(name),
    });
  }

  static normalise(email: string): string {
    return normaliseEmail(email);
  }

  /** One spelling for one name, however it was typed: accents in one with their letters (Unicode NFC). */
  static spell(name: string | null): string | null {
    return name?.normalize('NFC') ?? null;
  }
}
