/** Reads the settings that make Cordon ask before it acts by itself. */
import * as pulumi from "@pulumi/pulumi";
import { type CoreSettings, coreLength, environmentLength, environmentLimit } from "./core";
import { nearest } from "./nearest";
import { listOf, namespace, parsed, quoted, type Read, refusal, type Shape } from "./values";

/** Limits of automatic responses, and what is asked about first. */
export interface BrakeSettings {
  readonly brakes: {
    /** Automatic containments of one playbook in one account and hour. */
    readonly perPlaybookAndAccount: number;
    /** Automatic containments in the organization and an hour. */
    readonly organization: number;
    /** Percentage of an Auto Scaling group that may be contained automatically in a day. */
    readonly groupPercent: number;
  };
  /** ARNs, possibly with "*". */
  readonly criticalResources: readonly string[];
  /** ARNs, possibly with "*", or tag:KEY=VALUE. */
  readonly forwarders: readonly string[];
}

export const brakeKeys = [
  "brakes",
  "criticalResources",
  "forwarders",
] as const satisfies readonly (keyof BrakeSettings)[];

/** What each limit may be at most: an item of the journal's table holds all that a window counts. */
const limits = { perPlaybookAndAccount: 1_000, organization: 5_000, groupPercent: 100 } as const;

// A wildcard for account and resource type alike would make Cordon ask about everything.
const arnPattern = "arn:aws:[a-z0-9-]+:[a-z0-9-*]*:(\\d{12}|\\*)?:([a-z-]+[/:])?[^\\s,/:][^\\s,]*";
const critical: Shape = {
  pattern: new RegExp(`^${arnPattern}$`),
  words: "an ARN of the aws partition without commas, with * for parts of it",
};
const forwarder: Shape = {
  pattern: new RegExp(`^(${arnPattern}|tag:(?!aws:)[^\\s=,][^=,]{0,127}=[^,]{0,256})$`),
  words: "an ARN of the aws partition, with * for parts of it, or tag:KEY=VALUE, without commas",
};

/** Reads them. @throws pulumi.RunError naming the first key that is wrong */
export function readBrakes(text: Read, core: CoreSettings): BrakeSettings {
  const criticalResources = listOf("criticalResources", critical, text("criticalResources"));
  const forwarders = listOf("forwarders", forwarder, text("forwarders"));
  const length = environmentLength(...criticalResources, ...forwarders);
  const room = environmentLimit - coreLength(core);
  if (length > room) {
    throw new pulumi.RunError(
      `${namespace}criticalResources and ${namespace}forwarders must together take at most ${room} characters beside ${namespace}protectedResources and the other lists, three more for each item, but ${length} were provided: use patterns, or the tag Criticality=critical`,
    );
  }
  return { brakes: readLimits(text("brakes")), criticalResources, forwarders };
}

/** Counts the characters that these settings take in a function's environment. */
export function brakeLength({ criticalResources, forwarders }: BrakeSettings): number {
  return environmentLength(...criticalResources, ...forwarders);
}

function readLimits(json: string | undefined): BrakeSettings["brakes"] {
  const names = Object.keys(limits) as (keyof typeof limits)[];
  const given = parsed(json);
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw refusal("brakes", `an object with ${names.join(", ")}`, given ?? json);
  }
  const stranger = Object.keys(given).find((name) => !names.some((known) => known === name));
  if (stranger !== undefined) {
    throw new pulumi.RunError(
      `${namespace}brakes has no ${quoted(stranger)}; did you mean ${nearest(stranger, names)}?`,
    );
  }
  const limitOf = (name: keyof typeof limits): number => {
    const value = (given as Readonly<Record<string, unknown>>)[name];
    const number = /^\d{1,6}$/.test(`${value}`) ? Number(value) : 0;
    if (number < 1 || number > limits[name]) {
      throw refusal(`brakes.${name}`, `a whole number from 1 to ${limits[name]}`, value);
    }
    return number;
  };
  return {
    perPlaybookAndAccount: limitOf("perPlaybookAndAccount"),
    organization: limitOf("organization"),
    groupPercent: limitOf("groupPercent"),
  };
}
