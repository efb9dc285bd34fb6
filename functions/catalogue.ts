/** Which findings Cordon answers, with which playbook, and what that playbook may do. Data only. */
import type { ResourceKind } from "./incident";
import type { Kind } from "./step";
import type { Tier } from "./verdict";

interface CatalogueEntry {
  readonly title: string;
  /** Findings of these sources, resource types and type prefixes come here and nowhere else. */
  readonly answers: readonly {
    readonly source: "guardduty";
    readonly resourceType: string;
    readonly prefixes: readonly string[];
  }[];
  readonly about: ResourceKind;
  /** Member roles are shared by the playbooks of one family, never across families. */
  readonly family: "instance";
  /** The furthest this playbook may go by itself; severity and circumstances lower it. */
  readonly tier: Tier;
  /** The compiler holds the playbook to these; its member role allows no more. */
  readonly steps: readonly Kind[];
}

export const catalogue = {
  "contain-instance": {
    title: "Contain instance",
    answers: [
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
    ],
    about: "instance",
    family: "instance",
    tier: "auto",
    steps: [
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
    ],
  },
} as const satisfies Record<string, CatalogueEntry>;

export type Catalogue = typeof catalogue;
export type PlaybookId = keyof Catalogue;
export type Family = Catalogue[PlaybookId]["family"];
export const playbookIds = Object.keys(catalogue) as PlaybookId[];

/** Finds the one playbook that answers a finding; undefined means: tell people, change nothing. */
export function playbookFor(finding: {
  readonly source: "guardduty";
  readonly resourceType: string;
  readonly type: string;
}): PlaybookId | undefined {
  return playbookIds.find((id) =>
    catalogue[id].answers.some(
      (answer) =>
        answer.source === finding.source &&
        answer.resourceType === finding.resourceType &&
        answer.prefixes.some((prefix) => finding.type.startsWith(prefix)),
    ),
  );
}
