/** Makes what each technique is played with: whose credentials are stolen, and what they abuse. */
import type { Gateway } from "../../gateway/gateway";
import type { Credentials } from "../../gateway/iam/caller";
import { type SeededRole, type SeededUser, seedUser } from "../../seeds/identities";
import { readRole, readUser } from "../identity-state";
import { issuedTo, keyOf, site, work } from "../scenarios/credential-checks";
import { type Abused, makers } from "./abused";
import type { Technique } from "./technique";

/** Whose credentials do it. */
interface Thief {
  /** As `npx cordon contain` names it. */
  readonly target: string;
  /** As findings name the principal. */
  readonly principal: {
    readonly userName: string;
    readonly userType: "AssumedRole" | "IAMUser";
    readonly principalId: string;
  };
  credentials(): Promise<Credentials>;
  read(): Promise<{ readonly tags: Readonly<Record<string, string>> }>;
}

export interface Stage {
  readonly thief: Thief;
  readonly abused?: Abused;
}

/** Makes them for one technique, with its number in their names. */
export async function stageOf(
  gateway: Gateway,
  technique: Technique,
  number: number,
): Promise<Stage> {
  // Neither name is a part of the other, nor of another technique's: notices are searched for them.
  const two = String(number).padStart(2, "0");
  const { abuses } = technique;
  const abused = abuses && (await makers[abuses](gateway, `target-${two}`, technique));
  const thief =
    technique.with !== undefined && abused?.role !== undefined
      ? thiefOfRole(gateway, abused.role, abused.id)
      : thiefOfKey(gateway, await seedUser(gateway, site, { name: `stolen-${two}`, allow: work }));
  return { thief, ...(abused && { abused }) };
}

function thiefOfKey(gateway: Gateway, user: SeededUser): Thief {
  return {
    target: `user/${user.name}`,
    principal: { userName: user.name, userType: "IAMUser", principalId: user.id },
    credentials: async () => keyOf(user),
    read: () => readUser(gateway, user),
  };
}

function thiefOfRole(gateway: Gateway, role: SeededRole, instance: string): Thief {
  return {
    target: `session/${role.name}/${instance}`,
    principal: {
      userName: role.name,
      userType: "AssumedRole",
      principalId: `${role.id}:${instance}`,
    },
    credentials: () => issuedTo({ organization: { gateway } }, role, instance),
    read: () => readRole(gateway, role),
  };
}
