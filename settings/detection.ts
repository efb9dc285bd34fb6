/** The settings of what detects: GuardDuty and Security Hub. */
import * as pulumi from "@pulumi/pulumi";
import { nearest } from "./nearest";
import { listOf, matching, namespace, oneOf, parsed, quoted, type Read, refusal } from "./values";

/** Settings of GuardDuty and Security Hub. */
export interface DetectionSettings {
  /** "existing": another account runs both services, and Cordon forwards what they report. */
  readonly detection: "managed" | "existing";
  /** Id of the organization's root, like "r-ab12"; empty where detection is "existing". */
  readonly organizationRoot: string;
  /** Features that are on in every account; any other is switched off in all of them. */
  readonly guardDutyFeatures: readonly GuardDutyFeature[];
  /** Findings that GuardDuty archives as they arise: they cause neither notice nor response. */
  readonly suppressionFilters: readonly SuppressionFilter[];
  /** IPv4 addresses or ranges about which GuardDuty reports nothing; at most 2,000. */
  readonly trustedAddresses: readonly string[];
  /** Has GuardDuty also write its findings to a bucket, where they outlast its 90 days. */
  readonly publishFindings: boolean;
  /**
   * "adopt": Security Hub is on in the security account's home region already. It then gets Cordon's
   * actions where detection is "existing", too.
   */
  readonly securityHub: "enable" | "adopt";
  /** ARNs of the standards that run in every account. */
  readonly securityHubStandards: readonly string[];
  /** Regions whose findings are gathered in the home region, and where Security Hub is on. */
  readonly securityHubRegions: "governed" | "all";
}

/** Findings whose fields meet every criterion. */
interface SuppressionFilter {
  readonly name: string;
  readonly description: string;
  /** GuardDuty's name of a field, such as "service.action.actionType", to what it must be. */
  readonly criteria: Readonly<Record<string, Criterion>>;
}

/** One condition or two, as a range has; texts may hold "*" in `matches` and `notMatches`. */
type Criterion = Readonly<
  Partial<Record<ListComparison, readonly string[]> & Record<Comparison, string>>
>;
type ListComparison = (typeof listComparisons)[number];
type Comparison = (typeof comparisons)[number];

const listComparisons = ["equals", "notEquals", "matches", "notMatches"] as const;
// GuardDuty compares numbers and times only; the provider takes both as text.
const comparisons = ["greaterThan", "greaterThanOrEqual", "lessThan", "lessThanOrEqual"] as const;

/** Features of GuardDuty in the order in which they are switched, agents after what needs them. */
export const guardDutyFeatures = [
  "S3_DATA_EVENTS",
  "EKS_AUDIT_LOGS",
  "EBS_MALWARE_PROTECTION",
  "RDS_LOGIN_EVENTS",
  "LAMBDA_NETWORK_LOGS",
  "RUNTIME_MONITORING",
  "EKS_ADDON_MANAGEMENT",
  "ECS_FARGATE_AGENT_MANAGEMENT",
  "EC2_AGENT_MANAGEMENT",
] as const;
export type GuardDutyFeature = (typeof guardDutyFeatures)[number];

/** The additional configuration of RUNTIME_MONITORING: who installs the agents. */
export const runtimeAgents = [
  "EKS_ADDON_MANAGEMENT",
  "ECS_FARGATE_AGENT_MANAGEMENT",
  "EC2_AGENT_MANAGEMENT",
] as const satisfies readonly GuardDutyFeature[];

export const detectionKeys = [
  "detection",
  "organizationRoot",
  "guardDutyFeatures",
  "suppressionFilters",
  "trustedAddresses",
  "publishFindings",
  "securityHub",
  "securityHubStandards",
  "securityHubRegions",
] as const satisfies readonly (keyof DetectionSettings)[];

const root = {
  pattern: /^r-[0-9a-z]{4,32}$/,
  words: "the id of the organization's root, r- and 4 to 32 lower-case letters or digits",
};
// One number of a dotted address, and a range's prefix length; GuardDuty's lists take IPv4 alone.
const octet = "(25[0-5]|2[0-4]\\d|1?\\d?\\d)";
const address = {
  pattern: new RegExp(`^${octet}(\\.${octet}){3}(/([1-9]|[12]\\d|3[0-2]))?$`),
  words: "an IPv4 address or a range such as 198.51.100.0/24",
};
const standard = {
  pattern: /^arn:aws:securityhub:(:|[a-z]{2}(-[a-z]+)+-\d:):(standards|ruleset)\/[\w/.-]+$/,
  words: "the ARN of a standard of Security Hub",
};
const most = { filters: 100, addresses: 2000 };

/** Reads them. @throws pulumi.RunError naming the first key that is wrong */
export function readDetection(text: Read): DetectionSettings {
  const detection = oneOf("detection", ["managed", "existing"], text("detection"));
  return {
    detection,
    organizationRoot: readRoot(detection, text("organizationRoot")),
    guardDutyFeatures: readFeatures(text("guardDutyFeatures")),
    suppressionFilters: readFilters(text("suppressionFilters")),
    trustedAddresses: readAddresses(text("trustedAddresses")),
    publishFindings:
      oneOf("publishFindings", ["true", "false"], text("publishFindings")) === "true",
    securityHub: oneOf("securityHub", ["enable", "adopt"], text("securityHub")),
    securityHubStandards: listOf("securityHubStandards", standard, text("securityHubStandards")),
    securityHubRegions: oneOf(
      "securityHubRegions",
      ["governed", "all"],
      text("securityHubRegions"),
    ),
  };
}

function readRoot(detection: DetectionSettings["detection"], value: string | undefined): string {
  if (detection === "existing" && (value ?? "") === "") return "";
  const words = `${root.words}, where cordon:detection is managed`;
  return matching("organizationRoot", detection === "managed" ? { ...root, words } : root, value);
}

function readFeatures(json: string | undefined): readonly GuardDutyFeature[] {
  const names = listOf("guardDutyFeatures", { pattern: /^[A-Z]/, words: "a name" }, json);
  for (const [index, name] of names.entries()) {
    if (!guardDutyFeatures.some((known) => known === name)) {
      throw new pulumi.RunError(
        `${namespace}guardDutyFeatures[${index}] must be a feature of GuardDuty that Cordon switches, but ${quoted(name)} was provided; did you mean ${nearestFeature(name)}?`,
      );
    }
    if (isAgent(name) && !names.includes("RUNTIME_MONITORING")) {
      throw refusal(
        "guardDutyFeatures",
        `a list that includes RUNTIME_MONITORING where it includes ${name}`,
        names,
      );
    }
  }
  // In one order, so that writing the list in another changes nothing.
  return guardDutyFeatures.filter((feature) => names.includes(feature));
}

function isAgent(name: string): boolean {
  return runtimeAgents.some((agent) => agent === name);
}

/** The older feature covers EKS alone, and GuardDuty refuses both side by side. */
function nearestFeature(name: string): string {
  if (name === "EKS_RUNTIME_MONITORING") return "RUNTIME_MONITORING";
  return nearest(name, guardDutyFeatures);
}

function readFilters(json: string | undefined): readonly SuppressionFilter[] {
  const values = parsed(json);
  if (!Array.isArray(values) || values.length > most.filters) {
    throw refusal(
      "suppressionFilters",
      `a list of at most ${most.filters} filters`,
      values ?? json,
    );
  }
  const filters = values.map((value, index) => readFilter(`suppressionFilters[${index}]`, value));
  for (const [index, { name }] of filters.entries()) {
    if (filters.findIndex((other) => other.name === name) < index) {
      throw refusal(`suppressionFilters[${index}].name`, "used once", name);
    }
  }
  return filters;
}

function readFilter(key: string, value: unknown): SuppressionFilter {
  const { name, description = "", criteria, ...others } = fieldsOf(key, value);
  refuseOthers(key, others, ["name", "description", "criteria"]);
  const read = Object.entries(fieldsOf(`${key}.criteria`, criteria)).map(
    ([field, criterion]) =>
      [
        matching(
          `${key}.criteria`,
          { pattern: /^[A-Za-z][\w.]{0,255}$/, words: "keyed by GuardDuty's names of fields" },
          field,
        ),
        readCriterion(`${key}.criteria.${field}`, field, criterion),
      ] as const,
  );
  // Without a criterion a filter archives every finding of the organization.
  if (read.length === 0) throw refusal(`${key}.criteria`, "one field or more", criteria);
  return {
    // GuardDuty's own pattern of a filter's name.
    name: matching(
      `${key}.name`,
      { pattern: /^[\w.-]{3,64}$/, words: "3 to 64 letters, digits or ._-" },
      name,
    ),
    description: matching(
      `${key}.description`,
      {
        pattern: /^[\w .:(){}[\]/-]{0,512}$/,
        words: "at most 512 letters, digits, spaces or .:_-/ and brackets",
      },
      description,
    ),
    criteria: Object.fromEntries(read),
  };
}

function readCriterion(key: string, field: string, value: unknown): Criterion {
  const given = fieldsOf(key, value);
  refuseOthers(key, { ...given }, [...listComparisons, ...comparisons]);
  if (Object.keys(given).length === 0) throw refusal(key, "one comparison or more", value);
  return Object.fromEntries(
    Object.entries(given).map(([comparison, operand]) => [
      comparison,
      listComparisons.some((one) => one === comparison)
        ? listed(`${key}.${comparison}`, operand, /matches/i.test(comparison) ? 5 : 50)
        : compared(`${key}.${comparison}`, field, operand),
    ]),
  );
}

/**
 * Writes what a field is compared with as the provider reads it back: of `updatedAt` a date, of every
 * other field a number. Zero it reads back as absent, and so it would change on every run.
 */
function compared(key: string, field: string, value: unknown): string {
  const isNumber = /^[1-9]\d{0,14}$/.test(`${value}`);
  // What GuardDuty documents as a timestamp ends so, and nothing else does.
  if (!/(At|Time|Seen)$/.test(field)) {
    if (!isNumber) throw refusal(key, "a whole number above 0", value);
    return `${value}`;
  }
  const milliseconds = isNumber ? Number(value) : Date.parse(`${value}`);
  const date = dateOf(milliseconds);
  const isDate = date !== undefined && date === value && milliseconds > 0;
  if (field === "updatedAt") {
    if (date === undefined || !(isNumber || isDate)) {
      throw refusal(key, `a time after 1970 in whole seconds of UTC, such as ${example}`, value);
    }
    return date;
  }
  if (!(isNumber || isDate)) {
    throw refusal(
      key,
      `a time after 1970, such as ${example}, or in milliseconds, such as ${Date.parse(example)}`,
      value,
    );
  }
  return String(milliseconds);
}

const example = "2026-01-31T12:00:00Z";

/** Writes a time of whole seconds as RFC 3339 in UTC; undefined where it is none. */
function dateOf(milliseconds: number): string | undefined {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime()) || milliseconds % 1000 !== 0) return undefined;
  return date.toISOString().replace(".000Z", "Z");
}

function listed(key: string, value: unknown, most: number): readonly string[] {
  const texts = listOf(
    key,
    { pattern: /^.{1,512}$/, words: "a text of 1 to 512 characters" },
    JSON.stringify(value),
  );
  if (texts.length === 0) throw refusal(key, "a list of one text or more", value);
  if (texts.length > most) {
    throw refusal(key, `a list of at most ${most} texts, which is what GuardDuty takes`, value);
  }
  return texts;
}

function fieldsOf(key: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refusal(key, "an object", value);
  }
  return value as Readonly<Record<string, unknown>>;
}

function refuseOthers(
  key: string,
  given: Readonly<Record<string, unknown>>,
  known: readonly string[],
): void {
  const stranger = Object.keys(given).find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw new pulumi.RunError(
      `${namespace}${key} has no ${quoted(stranger)}; did you mean ${nearest(stranger, known)}?`,
    );
  }
}

function readAddresses(json: string | undefined): readonly string[] {
  const addresses = listOf("trustedAddresses", address, json);
  if (addresses.length > most.addresses) {
    throw new pulumi.RunError(
      `${namespace}trustedAddresses must be at most ${most.addresses} addresses or ranges, which is what GuardDuty takes, but ${addresses.length} were provided`,
    );
  }
  return addresses;
}
