/** Reads, before anything is planned, what the organization already has. Changes nothing. */
import * as aws from "@pulumi/aws";
import {
  cordonTag,
  madeByResponder,
  madeByTag,
  quarantineTagValue,
} from "./functions/remediate/quarantine-group";

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

async function vpcsOf(reader: AccountReader, region: string): Promise<DiscoveredVpc[]> {
  const [{ ids }, made] = await Promise.all([
    aws.ec2.getVpcs({ region }, optionsOf(reader)),
    aws.ec2.getSecurityGroups(
      {
        region,
        filters: [tagFilter(cordonTag, quarantineTagValue), tagFilter(madeByTag, madeByResponder)],
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
