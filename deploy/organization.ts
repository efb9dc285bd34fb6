/** Deploys what is the whole organization's: who administers what, detectors, and guardrails. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { RetentionNotes, type RetentionNotesArgs } from "../components/blocks/retained";
import { GuardDuty, GuardDutyOrganization } from "../components/hub/guardduty";
import { PublishedFindings } from "../components/hub/published-findings";
import { SecurityHub, SecurityHubOrganization } from "../components/hub/security-hub";
import { Guardrails } from "../components/organization/guardrails";
import { Management } from "../components/organization/management";
import type { Settings } from "../settings";
import { ownRolesAt } from "../settings/members";
import type { ExistingDetection } from "./discover";
import { pick } from "./pick";

/**
 * Delegates from the management account and, unless another account runs them, sets up GuardDuty and
 * Security Hub. In this order: what an administrator needs, its designation, what it then may do.
 *
 * Returns what everything must wait for that the security account does as an administrator.
 */
export function deployDetectors(
  settings: Settings,
  management: aws.Provider,
  existing: ExistingDetection | undefined,
): Management {
  const delegation = {
    ...pick(settings, "homeRegion", "securityAccount"),
    conformancePack: settings.conformancePack === "deploy",
  };
  if (existing === undefined) {
    // Analysts choose actions there, whichever account runs the service.
    if (settings.securityHub === "adopt") {
      new SecurityHub("security-hub", {
        ...pick(settings, "homeRegion", "securityHub"),
        retained: {},
      });
    }
    return new Management("management", delegation, { providers: [management] });
  }
  const { retained } = existing;
  const { homeRegion } = settings;
  const guardDuty = Object.fromEntries(
    settings.governedRegions.map((region) => {
      const detector = existing.detectors[region];
      return [
        region,
        new GuardDuty(`guardduty-${region}`, {
          ...pick(settings, "securityAccount", "guardDutyFeatures"),
          ...pick(settings, "suppressionFilters", "trustedAddresses"),
          region,
          retained,
          ...(detector !== undefined && { existingDetector: detector }),
        }),
      ];
    }),
  );
  const securityHub = new SecurityHub("security-hub", {
    ...pick(settings, "homeRegion", "securityHub"),
    retained,
  });
  const designated = new Management(
    "management",
    {
      ...delegation,
      designate: {
        guardDuty,
        securityHub,
        guardDutyRoleExists: existing.guardDutyRoleExists,
        retained,
      },
    },
    { providers: [management] },
  );
  const dependsOn = [designated];
  for (const [region, { detectorId }] of Object.entries(guardDuty)) {
    const args = { ...pick(settings, "guardDutyFeatures"), region, detectorId };
    new GuardDutyOrganization(`guardduty-${region}-organization`, args, { dependsOn });
  }
  const hub = new SecurityHubOrganization(
    "security-hub-organization",
    {
      ...pick(settings, "homeRegion", "governedRegions", "organizationRoot"),
      ...pick(settings, "securityHubRegions", "securityHubStandards"),
      retained,
    },
    { dependsOn },
  );
  let published: PublishedFindings | undefined;
  if (settings.publishFindings) {
    const detectorIds = Object.fromEntries(
      Object.entries(guardDuty).map(([region, { detectorId }]) => [region, detectorId]),
    );
    const args = {
      ...pick(settings, "homeRegion", "securityAccount"),
      detectorIds,
      retained,
    };
    published = new PublishedFindings("published-findings", args);
  }
  const at = (region: string, ids: Readonly<Record<string, pulumi.Output<string>>> = {}) =>
    Object.entries(ids).map(([name, id]) => [name, { id, region }] as const);
  const resources: RetentionNotesArgs["resources"] = {
    ...designated.retained,
    ...Object.fromEntries([
      ...Object.entries(guardDuty).flatMap(([region, { retainedIds }]) => at(region, retainedIds)),
      ...[securityHub, hub, published].flatMap((each) => at(homeRegion, each?.retainedIds)),
    ]),
  };
  new RetentionNotes("retained", { homeRegion, resources });
  return designated;
}

/**
 * Attaches the service control policies.
 *
 * @throws pulumi.RunError when they would stop the next deployment of the principal that runs this one
 */
export async function deployGuardrails(
  settings: Settings,
  management: aws.Provider,
  after: Management,
): Promise<void> {
  const { arn } = await aws.getCallerIdentity();
  // A session's ARN leaves out the path of its role, which the policies go by.
  const { issuerArn } = await aws.iam.getSessionContext({ arn });
  const deployers = settings.deployers.map(
    (path) => `arn:aws:iam::${settings.securityAccount}:${path}`,
  );
  if (!deployers.some((pattern) => matches(pattern, issuerArn))) {
    throw new pulumi.RunError(
      `cordon:deployers must include ${issuerArn.split(":").at(-1)}, which runs this deployment and which cordon:serviceControlPolicy attach would stop from running the next, but ${JSON.stringify(settings.deployers)} was provided`,
    );
  }
  const own = ownRolesAt(settings.rolePath);
  new Guardrails(
    "guardrails",
    {
      ...pick(settings, "stage", "securityAccount", "deploymentRole", "rolePath", "deployers"),
      ...pick(settings, "breakGlassUsers", "usersManageIam"),
      // Cordon's own roles are no break-glass principals: the policies exempt each for its own work alone.
      breakGlassRoles: settings.breakGlassRoles.filter((role) => !own.includes(role)),
      targets: settings.serviceControlPolicyTargets,
    },
    // Organizations takes one change at a time.
    { providers: [management], dependsOn: [after] },
  );
}

function matches(pattern: string, arn: string): boolean {
  return pattern.endsWith("*") ? arn.startsWith(pattern.slice(0, -1)) : arn === pattern;
}
