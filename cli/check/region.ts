/** Checks each governed region of each account: events, and quotas for what Cordon creates. */
import {
  type AdvancedEventSelector,
  DescribeTrailsCommand,
  type EventSelector,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
} from "@aws-sdk/client-cloudtrail";
import {
  type ConfigurationRecorder,
  DescribeConfigurationRecorderStatusCommand,
  DescribeConfigurationRecordersCommand,
} from "@aws-sdk/client-config-service";
import { DescribeSecurityGroupsCommand, DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import { ListRulesCommand } from "@aws-sdk/client-eventbridge";
import { homeRegion } from "../../functions/catalogue/names";
import type { Clients, ClientsOf } from "./clients";
import { fail, ok, read, readPages, Unread, type Verdict, warn } from "./finding";
import { quota } from "./quota";

const ec2Events = "ec2.amazonaws.com";

/** Gives the clients of a trail's account; undefined where no session opens in it. */
export type OwnerOf = (account: string) => ClientsOf | undefined;

/** States of trails by ARN: those of the organization are the same in every account. */
export type KnownTrails = Map<string, Promise<string>>;

/**
 * Asks whether some trail hands the region's management events that write to EventBridge: without
 * one no CreateVpc event comes, and no sign-in. CloudTrail's event history, which is always there, does not do it.
 */
export async function trail(
  { cloudTrail }: Clients,
  region: string,
  ownerOf: OwnerOf,
  known: KnownTrails = new Map(),
): Promise<Verdict> {
  const { trailList = [] } = await read(
    "cloudtrail:DescribeTrails",
    // With shadow trails: those of the organization, and those of other regions that reach here.
    cloudTrail.send(new DescribeTrailsCommand({ includeShadowTrails: true })),
  );
  const reaching = trailList.filter(
    ({ IsMultiRegionTrail, HomeRegion }) => IsMultiRegionTrail === true || HomeRegion === region,
  );
  const found = await Promise.all(
    reaching.map(async ({ Name = "", TrailARN = "", HomeRegion = region }) => {
      const asked = known.get(TrailARN) ?? trailState(ownerOf, TrailARN, HomeRegion);
      known.set(TrailARN, asked);
      try {
        return { Name, state: await asked };
      } catch (error) {
        if (!(error instanceof Unread)) throw error;
        return { Name, error };
      }
    }),
  );
  const good = found.find(({ state }) => state === "logs");
  if (good !== undefined) return ok(`trail ${good.Name} logs management events that write`);
  const unread = found.find(({ error }) => error !== undefined)?.error;
  if (unread !== undefined) throw unread;
  const why = found.map(({ Name, state }) => `trail ${Name} ${state}`);
  const lost = [
    "a VPC made later gets its quarantine group only with the next sweep",
    // What CloudTrail reports of IAM and of root's sign-ins, it reports here.
    ...(region === homeRegion
      ? ["neither root's sign-ins nor AWS's quarantine of a public key's user are heard"]
      : []),
  ].join(", and ");
  return fail(
    `${why.length === 0 ? "no trail" : why.join(", ")}: ${lost}`,
    "Have a multi-region trail, best the organization's, log management events that write.",
  );
}

/** CloudTrail answers about a trail in its own account alone, shadow trails or not. */
async function trailState(ownerOf: OwnerOf, arn: string, home: string): Promise<string> {
  const account = arn.split(":")[4] ?? "";
  const clients = ownerOf(account)?.(home);
  if (clients === undefined) {
    const closed = new Error(
      `the trail is in ${account}, in which the check cannot open a session`,
    );
    throw new Unread("cloudtrail:GetEventSelectors", closed, account);
  }
  try {
    const { IsLogging } = await read(
      "cloudtrail:GetTrailStatus",
      clients.cloudTrail.send(new GetTrailStatusCommand({ Name: arn })),
    );
    if (IsLogging !== true) return "is stopped";
    const { EventSelectors = [], AdvancedEventSelectors = [] } = await read(
      "cloudtrail:GetEventSelectors",
      clients.cloudTrail.send(new GetEventSelectorsCommand({ TrailName: arn })),
    );
    return EventSelectors.some(logsWrites) || AdvancedEventSelectors.some(logsWritesToo)
      ? "logs"
      : "does not log EC2's management events that write";
  } catch (error) {
    throw error instanceof Unread ? new Unread(error.action, error.cause, account) : error;
  }
}

function logsWrites(selector: EventSelector): boolean {
  const { IncludeManagementEvents = true, ReadWriteType = "All" } = selector;
  return (
    IncludeManagementEvents &&
    ReadWriteType !== "ReadOnly" &&
    !selector.ExcludeManagementEventSources?.includes(ec2Events)
  );
}

/** Any field but these narrows the selector in a way that this check does not judge: then it does not count. */
function logsWritesToo({ FieldSelectors = [] }: AdvancedEventSelector): boolean {
  return (
    FieldSelectors.some(({ Field, Equals }) => {
      return Field === "eventCategory" && Equals?.includes("Management");
    }) &&
    FieldSelectors.every(({ Field, Equals, NotEquals }) => {
      switch (Field) {
        case "eventCategory":
          return true;
        case "readOnly":
          return Equals?.includes("false");
        case "eventSource":
          return (Equals?.includes(ec2Events) ?? true) && !NotEquals?.includes(ec2Events);
        default:
          return false;
      }
    })
  );
}

const users = "AWS::IAM::User";

/**
 * Asks whether AWS Config records here. Where `withUsers`, the key rotation rule is deployed, and
 * judges nothing unless IAM users are recorded too; elsewhere only the posture rules are lost.
 */
export async function recorder({ config }: Clients, withUsers: boolean): Promise<Verdict> {
  const [{ ConfigurationRecorders = [] }, { ConfigurationRecordersStatus = [] }] =
    await Promise.all([
      read(
        "config:DescribeConfigurationRecorders",
        config.send(new DescribeConfigurationRecordersCommand({})),
      ),
      read(
        "config:DescribeConfigurationRecorderStatus",
        config.send(new DescribeConfigurationRecorderStatusCommand({})),
      ),
    ]);
  const worse = withUsers ? fail : warn;
  const lost = withUsers ? "key rotation reports nothing" : "no posture rule is judged here";
  const [found] = ConfigurationRecorders;
  const [status] = ConfigurationRecordersStatus;
  if (found === undefined) {
    return worse(`no recorder: ${lost}`, "Turn on AWS Config here.");
  }
  if (status?.recording !== true) {
    return worse(`the recorder is stopped: ${lost}`, "Start the configuration recorder.");
  }
  if (status.lastStatus === "Failure") {
    const todo = "Repair the recorder's role or its delivery channel.";
    return worse(`the recorder fails with ${status.lastErrorCode}: ${lost}`, todo);
  }
  if (withUsers && !recordsUsers(found)) {
    const todo = `Have the recorder include global resource types, or ${users}.`;
    return fail(`the recorder leaves out ${users}: ${lost}`, todo);
  }
  return ok(withUsers ? "records, IAM users among the rest" : "records");
}

function recordsUsers({ recordingGroup }: ConfigurationRecorder): boolean {
  const listed = recordingGroup?.resourceTypes?.includes(users) ?? false;
  if (recordingGroup?.recordingStrategy?.useOnly === "EXCLUSION_BY_RESOURCE_TYPES") {
    // With this strategy includeGlobalResourceTypes has no effect.
    return !recordingGroup.exclusionByResourceTypes?.resourceTypes?.includes(users);
  }
  return (
    listed ||
    (recordingGroup?.allSupported === true && recordingGroup.includeGlobalResourceTypes === true)
  );
}

/** Lists the VPCs of the region that the account sees, its own and those shared with it. */
export async function vpcsOf({ ec2 }: Clients): Promise<readonly string[]> {
  const pages = await readPages("ec2:DescribeVpcs", (from) =>
    ec2.send(new DescribeVpcsCommand({ MaxResults: 1_000, ...from })),
  );
  return pages.flatMap(({ Vpcs = [] }) => Vpcs).flatMap(({ VpcId }) => VpcId ?? []);
}

/** Asks whether each VPC can get its quarantine group, and one response its untrack group. */
export async function groupQuota(
  clients: Clients,
  account: string,
  deployed: boolean,
): Promise<Verdict> {
  const pages = await readPages("ec2:DescribeSecurityGroups", (from) =>
    clients.ec2.send(new DescribeSecurityGroupsCommand({ MaxResults: 1_000, ...from })),
  );
  // The owner of a shared VPC also sees the groups of its participants, which count with them.
  const existing = pages
    .flatMap(({ SecurityGroups = [] }) => SecurityGroups)
    .filter(({ OwnerId }) => OwnerId === account).length;
  const needed = deployed ? 1 : (await vpcsOf(clients)).length + 1;
  const most = await quota(clients, "vpc", "L-E79EC296");
  if (existing + needed > most) {
    const todo = "Delete unused groups, or have the quota of security groups (L-E79EC296) raised.";
    return fail(`${existing} of ${most} security groups, ${needed} more are needed`, todo);
  }
  return ok(`${existing} of ${most} security groups`);
}

/** Asks whether the default bus takes Cordon's rules, before they are there. */
export async function ruleQuota(
  clients: Clients,
  deployed: boolean,
  rules: number,
): Promise<Verdict> {
  const pages = await readPages("events:ListRules", (from) =>
    clients.events.send(new ListRulesCommand(from)),
  );
  const existing = pages.flatMap(({ Rules = [] }) => Rules).length;
  const needed = deployed ? 0 : rules;
  const most = await quota(clients, "events", "L-244521F2");
  if (existing + needed > most) {
    const todo = "Delete unused rules, or have the quota of rules per bus (L-244521F2) raised.";
    return fail(`${existing} of ${most} rules, up to ${needed} more are needed`, todo);
  }
  return ok(`${existing} of ${most} rules`);
}
