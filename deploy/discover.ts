/** Reads, before anything is planned, what the organization already has. Changes nothing. */
import * as aws from "@pulumi/aws";
import {
  madeByCordon,
  type RetainedResources,
  retainedFrom,
  retainedPath,
} from "../components/blocks/retained";
import {
  cordonTag,
  madeByResponder,
  madeByTag,
  quarantineTagValue,
} from "../functions/catalogue/quarantine-group";

/** A VPC of a governed account, as that account sees it: shared VPCs appear in each participant. */
export interface DiscoveredVpc {
  readonly account: string;
  readonly region: string;
  readonly id: string;
  /** Its quarantine group where a response or the sweeper made it before the deployment came by. */
  readonly madeByResponse?: string;
}

/** An account and the provider that reads it; none means the ambient credentials. */
export interface AccountReader {
  readonly account: string;
  readonly provider?: aws.Provider;
}

/** Resources that exist before Cordon is deployed: others' GuardDuty, and Cordon's retained resources. */
export interface ExistingDetection {
  /**
   * Region to the id of others' detector in the security account, where it has one: it is used
   * unchanged and never removed.
   */
  readonly detectors: Readonly<Record<string, string>>;
  /** GuardDuty's service-linked role exists in the management account, and is not Cordon's. */
  readonly guardDutyRoleExists: boolean;
  /** Resources that a destroyed deployment of Cordon retained: they are imported. */
  readonly retained: RetainedResources;
}

/**
 * Lists every VPC of every account and region, in parallel, sorted by account, region and VPC.
 *
 * @throws what the provider throws
 */
export async function discover(
  accounts: readonly AccountReader[],
  regions: readonly string[],
): Promise<readonly DiscoveredVpc[]> {
  const found = await Promise.all(
    accounts.flatMap((reader) => regions.map((region) => vpcsOf(reader, region))),
  );
  return found.flat().sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

/**
 * Finds others' detectors in the security account, GuardDuty's role in the management account, and
 * what a destroyed deployment retained, by the security account's parameters: detectors, Security Hub and its
 * aggregator, buckets. A detector with Cordon's tag is not listed: a deployment made it, and the next
 * one must go on declaring it.
 */
export async function discoverDetection(
  management: aws.Provider,
  homeRegion: string,
  regions: readonly string[],
): Promise<ExistingDetection> {
  const [found, guardDutyRoleExists, retained] = await Promise.all([
    Promise.all(regions.map(async (region) => [region, await existingDetector(region)] as const)),
    findGuardDutyRole(management),
    discoverRetained(homeRegion),
  ]);
  const detectors = found.filter((each): each is readonly [string, string] => !!each[1]);
  return { detectors: Object.fromEntries(detectors), guardDutyRoleExists, retained };
}

async function discoverRetained(region: string): Promise<RetainedResources> {
  const { names, values } = await aws.ssm.getParametersByPath({
    path: retainedPath,
    recursive: true,
    region,
  });
  return retainedFrom(Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""])));
}

async function existingDetector(region: string): Promise<string | undefined> {
  try {
    // An account has at most one detector in a region.
    const { id, tags } = await aws.guardduty.getDetector({ region });
    return isOurs(tags) ? undefined : id;
  } catch (error) {
    // The provider has no list of detectors, only this sentence for "none".
    if (/single GuardDuty Detector.*(empty result|couldn't find resource)/s.test(String(error))) {
      return undefined;
    }
    throw error;
  }
}

async function findGuardDutyRole(provider: aws.Provider): Promise<boolean> {
  const pathPrefix = "/aws-service-role/guardduty.amazonaws.com/";
  const { names } = await aws.iam.getRoles({ pathPrefix }, { provider });
  const [name] = names;
  if (name === undefined) return false;
  return !isOurs((await aws.iam.getRole({ name }, { provider })).tags);
}

function isOurs(tags: Readonly<Record<string, string>>): boolean {
  return tags.cordon === madeByCordon.cordon;
}

async function vpcsOf(reader: AccountReader, region: string): Promise<DiscoveredVpc[]> {
  const [{ ids }, made] = await Promise.all([
    aws.ec2.getVpcs({ region }, optionsOf(reader)),
    aws.ec2.getSecurityGroups(
      {
        region,
        filters: [
          // In a shared VPC each account has its own, and its owner sees those of all.
          { name: "owner-id", values: [reader.account] },
          tagFilter(cordonTag, quarantineTagValue),
          tagFilter(madeByTag, madeByResponder),
        ],
      },
      optionsOf(reader),
    ),
  ]);
  return ids.map((id) => {
    const madeByResponse = made.ids[made.vpcIds.indexOf(id)];
    return {
      account: reader.account,
      region,
      id,
      ...(madeByResponse !== undefined && { madeByResponse }),
    };
  });
}

function tagFilter(tag: string, value: string) {
  return { name: `tag:${tag}`, values: [value] };
}

function optionsOf(reader: AccountReader): { provider?: aws.Provider } {
  return reader.provider ? { provider: reader.provider } : {};
}

function sortKey(vpc: DiscoveredVpc): string {
  return `${vpc.account}/${vpc.region}/${vpc.id}`;
}
