/** The findings that Cordon contains, their playbooks, and what each playbook may do. Data only. */
import type { ResourceKind } from "../model/resource";
import type { Kind } from "../remediate/steps";
import { containmentIds, containmentOf } from "./containments";
import { controlOf, controlsOf } from "./controls";
import { type CustomId, customId, customPlaybooks, isCustom } from "./custom";

/** Findings of one source that a playbook covers; every field that is present must match. */
export interface FindingMatch {
  /** From Security Hub, findings that a responder sends by custom action; its controls are "control". */
  readonly source: "guardduty" | "security-hub" | "config" | "control";
  /** Of a control of Security Hub, the control of Cordon's that answers it. */
  readonly resourceType: string;
  /** Owners of credentials. A key's prefix does not distinguish a user's key from a role's. */
  readonly userTypes?: readonly string[];
  /** Beginnings of finding types; of AWS Config, "Config:" and the name that Cordon gives the rule. */
  readonly prefixes?: readonly string[];
}

export type OwnFamily = "instance" | "identity" | "posture" | "address" | "resource";
/** A custom playbook is a family by itself, of the same name: its member roles are nobody else's. */
export type Family = OwnFamily | CustomId;

/** Finds the family of Cordon's that a family is like: custom playbooks change settings, as posture's does. */
export function sortOf(family: Family): OwnFamily;
export function sortOf(family: Family | "several"): OwnFamily | "several";
export function sortOf(family: Family | "several"): OwnFamily | "several" {
  return isCustom(family) ? "posture" : family;
}

interface CatalogueEntry {
  readonly title: string;
  /** Routes these findings to this playbook and to no other. */
  readonly matches: readonly FindingMatch[];
  readonly resource: ResourceKind;
  /**
   * Member roles are shared by the playbooks of one family, never across families. "several": it runs
   * playbooks of several, each with the roles of its own family.
   */
  readonly family: Family | "several";
  /** The playbooks that it runs side by side. */
  readonly parts?: readonly string[];
  /** Why it is never automatic but for the finding types that the policy names. */
  readonly asks?: string;
  /** The compiler holds the playbook to these; its member role allows no more. */
  readonly steps: readonly Kind[];
}

/**
 * Every kind of deed GuardDuty reports of credentials. Policy:IAMUser is left out: it is root's only. Of
 * impact each type is named, because Impact:IAMUser/PromptInjection.Direct names a victim.
 */
const credentialPrefixes = [
  "CredentialAccess:IAMUser/",
  "DefenseEvasion:IAMUser/",
  "Discovery:IAMUser/",
  "Exfiltration:IAMUser/",
  "Impact:IAMUser/AnomalousBehavior",
  "Impact:IAMUser/AnomalousModelInvocation",
  "Impact:IAMUser/CostHarvesting",
  "InitialAccess:IAMUser/",
  "PenTest:IAMUser/",
  "Persistence:IAMUser/",
  "PrivilegeEscalation:IAMUser/",
  "Recon:IAMUser/",
  "Stealth:IAMUser/",
  "UnauthorizedAccess:IAMUser/",
] as const;

/** Matches findings about the credentials of one kind of owner. */
function credentialsOf(userType: "AssumedRole" | "IAMUser"): readonly FindingMatch[] {
  const userTypes = [userType];
  return [
    { source: "guardduty", resourceType: "AccessKey", userTypes, prefixes: credentialPrefixes },
    { source: "security-hub", resourceType: "AwsIamAccessKey", userTypes },
  ];
}

/** Matches what the controls of a playbook answer. */
function breaches(playbook: string): readonly FindingMatch[] {
  return controlsOf(playbook).flatMap((id): FindingMatch[] => {
    const { config } = controlOf(id);
    return [
      { source: "control", resourceType: id },
      ...(config === undefined
        ? []
        : [
            {
              source: "config" as const,
              resourceType: config.resourceType,
              prefixes: config.rules.map(configType),
            },
          ]),
    ];
  });
}

/** Names the finding type of a breach of a rule. */
export function configType(rule: string): string {
  return `Config:${rule}`;
}

const ofInstances = [
  "cut-connections",
  "deny-instance-credentials",
  "deregister-from-load-balancer",
  "deregister-target",
  "detach-from-group",
  "keep-volumes",
  "provide-quarantine-group",
  "provide-untrack-group",
  "quarantine-interface",
  "remove-untrack-group",
  "set-instance-attribute",
  "snapshot-volumes",
  "tag-instance",
  "tag-interface",
] as const;
const ofUsers = ["deny-user", "disable-access-key", "tag-principal"] as const;
const ofSessions = [
  "deny-instance-credentials",
  "deny-session",
  "revoke-sessions",
  "tag-principal",
] as const;

const own = {
  "contain-instance": {
    title: "Contain instance",
    matches: [
      {
        source: "guardduty",
        // A type's prefix alone is unsafe: Execution:EC2/MaliciousFile also names images and
        // snapshots, and Runtime findings may be about clusters. The resource type decides.
        resourceType: "Instance",
        prefixes: [
          "Backdoor:EC2/",
          "Behavior:EC2/",
          "CryptoCurrency:EC2/",
          "DefenseEvasion:EC2/",
          "Execution:EC2/",
          "Impact:EC2/",
          "Recon:EC2/",
          "Trojan:EC2/",
          "UnauthorizedAccess:EC2/",
          "Backdoor:Runtime/",
          "CryptoCurrency:Runtime/",
          "DefenseEvasion:Runtime/",
          "Discovery:Runtime/",
          "Execution:Runtime/",
          "Impact:Runtime/",
          "Persistence:Runtime/",
          "PrivilegeEscalation:Runtime/",
          "Trojan:Runtime/",
          "UnauthorizedAccess:Runtime/",
        ],
      },
      { source: "security-hub", resourceType: "AwsEc2Instance" },
    ],
    resource: "instance",
    family: "instance",
    steps: ofInstances,
  },
  "contain-access-key": {
    title: "Contain access key",
    matches: credentialsOf("IAMUser"),
    resource: "user",
    family: "identity",
    steps: ofUsers,
  },
  "revoke-sessions": {
    title: "Revoke sessions",
    matches: credentialsOf("AssumedRole"),
    resource: "role",
    family: "identity",
    steps: ofSessions,
  },
  "contain-sequence": {
    title: "Contain attack sequence",
    matches: [
      { source: "guardduty", resourceType: "AttackSequence", prefixes: ["AttackSequence:"] },
    ],
    resource: "sequence",
    family: "several",
    parts: ["contain-access-key", "contain-instance", "revoke-sessions"],
    steps: [...ofInstances, ...ofUsers, ...ofSessions],
  },
  "fix-posture": {
    title: "Fix posture",
    matches: breaches("fix-posture"),
    resource: "posture",
    family: "posture",
    steps: ["change-setting"],
  },
  "block-address": {
    title: "Block address",
    // Findings about an instance whose remote end it blocks are the instance's: its responder hands them on.
    matches: [],
    resource: "address",
    family: "address",
    steps: ["block-address"],
  },
  "contain-resource": {
    title: "Contain resource",
    matches: containmentIds.flatMap((id): FindingMatch[] => {
      const { found, hubType } = containmentOf(id);
      return [
        ...found.flatMap(({ about, types }) =>
          about.map((resourceType) => ({
            source: "guardduty" as const,
            resourceType,
            prefixes: types,
          })),
        ),
        ...(hubType === undefined
          ? []
          : [{ source: "security-hub" as const, resourceType: hubType }]),
      ];
    }),
    resource: "resource",
    family: "resource",
    asks: "production may depend on what it stops",
    steps: ["close-setting"],
  },
} as const satisfies Record<string, CatalogueEntry>;

export type Catalogue = typeof own;
export type PlaybookId = keyof Catalogue;

/**
 * Every playbook by its id, Cordon's first. The compiler knows Cordon's alone, so that a list of them must
 * be complete; a custom one is carried out as `fix-posture` is, in a family of its own.
 */
export const catalogue = {
  ...own,
  ...Object.fromEntries(
    [...customPlaybooks()].map(([id, { name, title }]): [string, CatalogueEntry] => [
      id,
      {
        title,
        matches: breaches(id),
        resource: "posture",
        family: customId(name),
        steps: ["change-setting"],
      },
    ]),
  ),
} as {
  readonly [P in PlaybookId]: Omit<Catalogue[P], "family"> & {
    readonly family: Family | "several";
  };
};
export const playbookIds = Object.keys(catalogue) as PlaybookId[];

/** Lists the families whose member roles a playbook takes. */
export function familiesOf(id: PlaybookId): readonly Family[] {
  const { family, parts = [] }: CatalogueEntry = catalogue[id];
  return family === "several"
    ? [...new Set((parts as PlaybookId[]).flatMap(familiesOf))]
    : [family];
}

/** Names the one family of a playbook that takes the roles of no other. */
export function familyOf(id: PlaybookId): Family {
  const [family, ...others] = familiesOf(id);
  if (family === undefined || others.length > 0) throw new Error(`${id} has no family of its own`);
  return family;
}

/** The playbook that a deployment has only where `cordon:blockAddresses` says so. */
export const optionalPlaybook = "block-address" satisfies PlaybookId;

/** The playbooks that get events of the hub by a rule. */
export const routedPlaybooks = playbookIds.filter((id) => catalogue[id].matches.length > 0);

/** A value for each playbook of a deployment. */
export type ByPlaybook<T> = Readonly<Record<Exclude<PlaybookId, typeof optionalPlaybook>, T>> &
  Readonly<Partial<Record<typeof optionalPlaybook, T>>>;

/** Lists the playbooks of a deployment. */
export function deployedPlaybooks(blocksAddresses: boolean): readonly PlaybookId[] {
  return playbookIds.filter((id) => blocksAddresses || id !== optionalPlaybook);
}

/** Lists beginnings of the finding types that a playbook answers; what blocks addresses, those of instances. */
export function typePrefixes(id: PlaybookId): readonly string[] {
  const answered = id === optionalPlaybook ? "contain-instance" : id;
  return catalogue[answered].matches.flatMap((match: FindingMatch) => match.prefixes ?? []);
}

/** Checks whether what a family contains is an intruder's: it may have made something, and acts on. */
export function hasIntruder(family: Family | "several"): boolean {
  return family === "several" || ["instance", "identity"].includes(sortOf(family));
}

/** Checks whether a family contains what an intruder acts with, or on. */
export function isIntrusion(family: Family | "several"): boolean {
  return hasIntruder(family) || family === "resource";
}

/** Says why a playbook asks but for the finding types that the policy names; most do not. */
export function asksOf(id: PlaybookId): string | undefined {
  const { asks }: CatalogueEntry = catalogue[id];
  return asks;
}

/** The fields of a finding that select its playbook. */
export interface Described {
  readonly source: FindingMatch["source"];
  readonly resourceType: string;
  readonly userType?: string | undefined;
  readonly type: string;
}

/** Finds the one playbook that covers a finding; undefined means: notify, change nothing. */
export function playbookFor(finding: Described): PlaybookId | undefined {
  const { userType = "" } = finding;
  return playbookIds.find((id) =>
    matchesOf(id, finding).some(({ userTypes }) => userTypes?.includes(userType) ?? true),
  );
}

/** Lists the playbooks that cover such findings, whoever owns the credentials. */
export function playbooksFor(finding: Omit<Described, "userType">): readonly PlaybookId[] {
  return playbookIds.filter((id) => matchesOf(id, finding).length > 0);
}

function matchesOf(id: PlaybookId, { source, resourceType, type }: Described): FindingMatch[] {
  return catalogue[id].matches.filter(
    (match: FindingMatch) =>
      match.source === source &&
      match.resourceType === resourceType &&
      (match.prefixes?.some((prefix) => type.startsWith(prefix)) ?? true),
  );
}
