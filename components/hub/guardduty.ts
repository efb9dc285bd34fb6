/** GuardDuty in one region: what the security account watches, and what it has members watch. */
import { createHash } from "node:crypto";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  type DetectionSettings,
  type GuardDutyFeature,
  guardDutyFeatures,
  runtimeAgents,
} from "../../settings/detection";
import { madeByCordon, type RetainedResources, retain } from "../blocks/retained";
import { PrivateBucket } from "../record/private-bucket";

type Watched = Pick<
  DetectionSettings,
  "guardDutyFeatures" | "suppressionFilters" | "trustedAddresses"
>;

export interface GuardDutyArgs extends Watched {
  readonly region: string;
  readonly securityAccount: string;
  /** Id of a detector that exists already; it is used unchanged, and never removed. */
  readonly existingDetector?: string;
  readonly retained: RetainedResources;
}

/** The security account's own detector, and what as administrator's holds for every member too. */
export class GuardDuty extends pulumi.ComponentResource {
  readonly detectorId: pulumi.Output<string>;
  /** The retained resources, by name. */
  readonly retainedIds: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: GuardDutyArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("cordon:index:GuardDuty", name, {}, opts);
    this.detectorId = this.provideDetector(name, args);
    this.retainedIds =
      args.existingDetector === undefined ? { [`${name}-detector`]: this.detectorId } : {};
    for (const feature of features(args)) {
      new aws.guardduty.DetectorFeature(
        `${name}-${feature.name}`,
        {
          region: args.region,
          detectorId: this.detectorId,
          name: feature.name,
          status: feature.on ? "ENABLED" : "DISABLED",
          ...(feature.agents && {
            additionalConfigurations: feature.agents.map((agent) => ({
              name: agent.name,
              status: agent.on ? "ENABLED" : "DISABLED",
            })),
          }),
        },
        { parent: this },
      );
    }
    this.createFilters(name, args);
    if (args.trustedAddresses.length > 0) this.createTrustedList(name, args);
    this.registerOutputs({ detectorId: this.detectorId });
  }

  private provideDetector(name: string, args: GuardDutyArgs): pulumi.Output<string> {
    if (args.existingDetector !== undefined) return pulumi.output(args.existingDetector);
    // Each further occurrence of a finding is an event, and a response that died is finished by
    // the next one: so the shortest of the intervals.
    const detector = new aws.guardduty.Detector(
      `${name}-detector`,
      {
        region: args.region,
        enable: true,
        findingPublishingFrequency: "FIFTEEN_MINUTES",
        tags: madeByCordon,
      },
      // An organization that stops managing GuardDuty with Cordon may still want it.
      { parent: this, ...retain(`${name}-detector`, args.retained) },
    );
    return detector.id;
  }

  private createFilters(name: string, { region, suppressionFilters }: GuardDutyArgs): void {
    const made: pulumi.Resource[] = [];
    for (const [index, filter] of suppressionFilters.entries()) {
      const one = new aws.guardduty.Filter(
        `${name}-filter-${filter.name}`,
        {
          region,
          detectorId: this.detectorId,
          name: filter.name,
          description: filter.description,
          action: "ARCHIVE",
          rank: index + 1,
          findingCriteria: {
            criterions: Object.entries(filter.criteria).map(([field, criterion]) => ({
              field,
              ...mutable(criterion),
            })),
          },
        },
        // A rank is a place among the existing filters, so the second waits for the first.
        { parent: this, dependsOn: [...made] },
      );
      made.push(one);
    }
  }

  private createTrustedList(name: string, args: GuardDutyArgs): void {
    const { region, securityAccount } = args;
    const list = new PrivateBucket(
      `${name}-trusted`,
      { bucketName: `cordon-trusted-addresses-${securityAccount}-${region}`, region },
      { parent: this },
    );
    const content = args.trustedAddresses.map((each) => `${each}\n`).join("");
    const hash = createHash("sha256").update(content).digest("hex").slice(0, 16);
    const object = new aws.s3.BucketObjectv2(
      `${name}-trusted-object`,
      {
        region,
        bucket: list.bucketName,
        // GuardDuty reads a list once, when it is activated: another list has another name.
        key: `trusted-addresses-${hash}.txt`,
        content,
        contentType: "text/plain",
      },
      { parent: this },
    );
    new aws.guardduty.IPSet(
      `${name}-trusted-list`,
      {
        region,
        detectorId: this.detectorId,
        name: "cordon-trusted-addresses",
        format: "TXT",
        location: pulumi.interpolate`https://s3.amazonaws.com/${object.bucket}/${object.key}`,
        activate: true,
      },
      { parent: this },
    );
  }
}

export interface GuardDutyOrganizationArgs extends Pick<Watched, "guardDutyFeatures"> {
  readonly region: string;
  readonly detectorId: pulumi.Input<string>;
}

/**
 * GuardDuty in every account of the organization, present and future. Needs the designation of the
 * security account; GuardDuty takes up to 24 hours until the last account is covered.
 */
export class GuardDutyOrganization extends pulumi.ComponentResource {
  constructor(
    name: string,
    args: GuardDutyOrganizationArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("cordon:index:GuardDutyOrganization", name, {}, opts);
    const { region, detectorId } = args;
    const members = new aws.guardduty.OrganizationConfiguration(
      `${name}-members`,
      { region, detectorId, autoEnableOrganizationMembers: "ALL" },
      { parent: this },
    );
    for (const feature of features(args)) {
      new aws.guardduty.OrganizationConfigurationFeature(
        `${name}-${feature.name}`,
        {
          region,
          detectorId,
          name: feature.name,
          autoEnable: feature.on ? "ALL" : "NONE",
          ...(feature.agents && {
            additionalConfigurations: feature.agents.map((agent) => ({
              name: agent.name,
              autoEnable: agent.on ? "ALL" : "NONE",
            })),
          }),
        },
        { parent: this, dependsOn: [members] },
      );
    }
    this.registerOutputs({});
  }
}

/** Every feature and whether it is on; of RUNTIME_MONITORING with its agents. */
function features(args: Pick<Watched, "guardDutyFeatures">) {
  const isAgent = (name: GuardDutyFeature) => runtimeAgents.some((agent) => agent === name);
  const on = (name: GuardDutyFeature) => args.guardDutyFeatures.includes(name);
  return guardDutyFeatures
    .filter((name) => !isAgent(name))
    .map((name) => ({
      name,
      on: on(name),
      ...(name === "RUNTIME_MONITORING" && {
        agents: runtimeAgents.map((agent) => ({ name: agent, on: on(agent) })),
      }),
    }));
}

/** Copies readonly lists, which the provider's types do not take. */
function mutable(criterion: object): Record<string, string & string[]> {
  return Object.fromEntries(
    Object.entries(criterion).map(([comparison, operand]) => [
      comparison,
      Array.isArray(operand) ? [...operand] : operand,
    ]),
  );
}
