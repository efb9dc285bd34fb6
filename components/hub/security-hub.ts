/** Security Hub: on in every account, its findings in one place, with custom actions for analysts. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { customActions } from "../../functions/catalogue/security-hub-actions";
import type { DetectionSettings } from "../../settings/detection";
import { type RetainedResources, retain } from "../blocks/retained";

export interface SecurityHubArgs extends Pick<DetectionSettings, "securityHub"> {
  readonly homeRegion: string;
  readonly retained: RetainedResources;
}

/**
 * An organization that stops managing Security Hub with Cordon may still want it. A resource that is only
 * set, and can be set again, needs no more than this.
 */
const stays = { retainOnDelete: true };

/** Security Hub in the security account itself, and its custom actions. */
export class SecurityHub extends pulumi.ComponentResource {
  /** The retained resources, by name. */
  readonly retainedIds: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: SecurityHubArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:SecurityHub", name, {}, opts);
    const region = args.homeRegion;
    const account =
      args.securityHub === "adopt"
        ? []
        : [
            new aws.securityhub.Account(
              `${name}-account`,
              // The organization's policy sets the standards, here as everywhere.
              { region, enableDefaultStandards: false },
              { parent: this, ...retain(`${name}-account`, args.retained) },
            ),
          ];
    this.retainedIds = Object.fromEntries(account.map(({ id }) => [`${name}-account`, id]));
    for (const action of actions) {
      new aws.securityhub.ActionTarget(
        `${name}-action-${action.identifier}`,
        { region, ...action },
        { parent: this, dependsOn: account },
      );
    }
    this.registerOutputs({});
  }
}

/** The identifier ends the action's ARN, by which the event is known: at most 20 letters or digits. */
const actions = [
  {
    identifier: customActions.contain,
    name: "Cordon: contain",
    description: "Contains the finding's resource, and records what is needed to revert it",
  },
  {
    identifier: customActions.dryRun,
    name: "Cordon: dry run",
    description: "Notifies of what containment would change, and changes nothing",
  },
  {
    identifier: customActions.release,
    name: "Cordon: release",
    description: "Reverts the containment of the finding's resource",
  },
] as const;

export interface SecurityHubOrganizationArgs
  extends Pick<
    DetectionSettings,
    "organizationRoot" | "securityHubRegions" | "securityHubStandards"
  > {
  readonly homeRegion: string;
  readonly governedRegions: readonly string[];
  readonly retained: RetainedResources;
}

/**
 * Security Hub in every account by one policy on the organization's root. Switching it on for new
 * accounts, the older way, leaves out those that exist. Needs the designation of the security account.
 */
export class SecurityHubOrganization extends pulumi.ComponentResource {
  /** The retained resources, by name. */
  readonly retainedIds: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(
    name: string,
    args: SecurityHubOrganizationArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("cordon:index:SecurityHubOrganization", name, {}, opts);
    const region = args.homeRegion;
    const aggregator = new aws.securityhub.FindingAggregator(
      `${name}-aggregator`,
      { region, ...linked(args) },
      { parent: this, ...retain(`${name}-aggregator`, args.retained) },
    );
    const central = new aws.securityhub.OrganizationConfiguration(
      `${name}-central`,
      {
        region,
        // Both must be off, because the policy does what they did.
        autoEnable: false,
        autoEnableStandards: "NONE",
        organizationConfiguration: { configurationType: "CENTRAL" },
      },
      { parent: this, ...stays, dependsOn: [aggregator] },
    );
    const policy = new aws.securityhub.ConfigurationPolicy(
      `${name}-policy`,
      {
        region,
        name: "cordon",
        description: "Security Hub is on, with the standards that Cordon's settings name",
        configurationPolicy: {
          serviceEnabled: true,
          enabledStandardArns: [...args.securityHubStandards],
          securityControlsConfiguration: { disabledControlIdentifiers: [] },
        },
      },
      { parent: this, ...retain(`${name}-policy`, args.retained), dependsOn: [central] },
    );
    new aws.securityhub.ConfigurationPolicyAssociation(
      `${name}-root`,
      { region, policyId: policy.id, targetId: args.organizationRoot },
      { parent: this, ...stays },
    );
    this.retainedIds = { [`${name}-aggregator`]: aggregator.id, [`${name}-policy`]: policy.id };
    this.registerOutputs({});
  }
}

/** Selects the regions linked to the home region; the policy takes effect in the same. */
function linked({ securityHubRegions, governedRegions, homeRegion }: SecurityHubOrganizationArgs) {
  if (securityHubRegions === "all") return { linkingMode: "ALL_REGIONS" };
  const others = governedRegions.filter((region) => region !== homeRegion);
  return others.length === 0
    ? { linkingMode: "NO_REGIONS" }
    : { linkingMode: "SPECIFIED_REGIONS", specifiedRegions: others };
}
