/** Reads the setting by which addresses are blocked: for how long, and which never. */
import { isIP } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import type { Blocking } from "../functions/catalogue/unblockable";
import { type BrakeSettings, brakeLength } from "./brakes";
import { type CoreSettings, coreLength, environmentLength, environmentLimit } from "./core";
import { nearest } from "./nearest";
import type { PolicySettings } from "./policy";
import { between, namespace, parsed, quoted, type Read, refusal } from "./values";

export interface BlockingSettings {
  /** Absent where no addresses are blocked. */
  readonly blockAddresses?: Blocking;
}

export const blockingKeys = [
  "blockAddresses",
] as const satisfies readonly (keyof BlockingSettings)[];

const names = ["hours", "neverBlock"] as const;

/** Reads it. @throws pulumi.RunError naming what is wrong, or by how much it is too long */
export function readBlocking(
  text: Read,
  ...[core, brakes, { policy }]: readonly [CoreSettings, BrakeSettings, PolicySettings]
): BlockingSettings {
  const given = parsed(text("blockAddresses"));
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw refusal("blockAddresses", `an object with ${names.join(" and ")}, or {}`, given);
  }
  const fields = given as Readonly<Record<string, unknown>>;
  const stranger = Object.keys(fields).find((name) => !names.some((known) => known === name));
  if (stranger !== undefined) {
    throw new pulumi.RunError(
      `${namespace}blockAddresses has no ${quoted(stranger)}; did you mean ${nearest(stranger, names)}?`,
    );
  }
  if (Object.keys(fields).length === 0) return {};
  const { hours = 24, neverBlock } = fields;
  if (!Array.isArray(neverBlock)) {
    throw refusal(
      "blockAddresses.neverBlock",
      "a list of addresses and CIDR blocks, those from which your organization and its partners reach you among them",
      neverBlock,
    );
  }
  const blocking = {
    hours: between("blockAddresses.hours", 1, 168, `${hours}`),
    neverBlock: neverBlock.map(rangeOf),
  };
  const room =
    environmentLimit -
    coreLength(core) -
    brakeLength(brakes) -
    environmentLength(JSON.stringify(policy));
  const length = environmentLength(JSON.stringify(blocking));
  if (length > room) {
    throw new pulumi.RunError(
      `${namespace}blockAddresses must take at most ${room} characters as JSON, beside the lists that share the functions' environment with it, but it takes ${length}: use CIDR blocks`,
    );
  }
  return { blockAddresses: blocking };
}

function rangeOf(given: unknown, index: number): string {
  const [address = "", length = "0", ...more] = `${given}`.split("/");
  const longest = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  const hasLength = `${given}`.includes("/");
  const fits = /^\d{1,3}$/.test(length) && Number(length) >= 1 && Number(length) <= longest;
  if (longest === 0 || address.includes("%") || more.length > 0 || (hasLength && !fits)) {
    throw refusal(`blockAddresses.neverBlock[${index}]`, "an address, or a CIDR block", given);
  }
  return String(given);
}
