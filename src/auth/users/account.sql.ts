export interface Account {
  id: string;
  email: string;
  name: string | null;
  emailVerified: boolean;
  createdAt: Date;
  roles: string[];
  permissions: string[];
  /** Signing in asks for one. */
  secondFactor: boolean;
  /** What its roles permit is permitted only to sessions with a second factor. */
  secondFactorRequired: boolean;
  /** Moves when what its roles permit or ask for becomes less or more: a sign-in that began before does not end after. */
  accessEpoch: number;
}

/** An account that somebody says is theirs. */
export interface Candidate extends Account {
  /** Null for those who sign in without a password. */
  passwordHash: string | null;
}

/** A {@link Candidate} for each user `u`; whoever asks says which, and groups by `u.id`. */
export const ACCOUNT = `
  SELECT u.id, u.email, u.name, u.created_at AS "createdAt", u.password_hash AS "passwordHash",
         u.email_verified_at IS NOT NULL AS "emailVerified", u.access_epoch AS "accessEpoch",
         u.second_factor AS "secondFactor", coalesce(bool_or(r.requires_second_factor), false) AS "secondFactorRequired",
         coalesce(array_agg(DISTINCT r.name) FILTER (WHERE r.name IS NOT NULL), '{}') AS roles,
         coalesce(array_agg(DISTINCT p.permission) FILTER (WHERE p.permission IS NOT NULL), '{}') AS permissions
  FROM auth.users u
  LEFT JOIN auth.user_roles ur ON ur.user_id = u.id
  LEFT JOIN auth.roles r ON r.name = ur.role
  LEFT JOIN LATERAL unnest(r.permissions) AS p (permission) ON true`;
