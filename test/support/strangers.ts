/** Makes texts, names and people, for properties of who may answer and ask. */
import fc from "fast-check";
import { securityAccount } from "./asked";
import * as builders from "./builders";

export const text = fc.string({ minLength: 1, maxLength: 40 }).filter((each) => each.trim() !== "");
export const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length });
export const account = fc.constantFrom(
  securityAccount,
  builders.account,
  "777788889999",
  "999900001111",
);
export const name = fc.stringMatching(/^[A-Za-z0-9+=.@_-]{2,20}$/);
export const listedRole = `arn:aws:iam::${securityAccount}:role/Responders`;

/** Everybody but a session of the one role that is listed. */
export const stranger = fc.oneof(
  fc
    .tuple(account, name, name)
    .filter(([of, role]) => of !== securityAccount || role !== "Responders")
    .map(([of, role, session]) => `arn:aws:sts::${of}:assumed-role/${role}/${session}`),
  fc.tuple(account, name).map(([of, user]) => `arn:aws:iam::${of}:user/${user}`),
  account.map((of) => `arn:aws:iam::${of}:root`),
  name.map((role) => `arn:aws:sts::${securityAccount}:assumed-role/Responders${role}/alice`),
  name.map((role) => `arn:aws:sts::${securityAccount}:assumed-role/${role}/Responders`),
  fc.constant(`arn:aws:sts::${builders.account}:assumed-role/web/${builders.instanceId}`),
  fc.constant(`arn:aws:sts::${securityAccount}:assumed-role/cordon-approve/alice`),
  fc.constant(`arn:aws-cn:sts::${securityAccount}:assumed-role/Responders/alice`),
  text,
);
