/**
 * `npm run bench -- storm`: a thousand findings for a hundred targets arrive at once, duplicated,
 * updated and in any order, through the deployed rules, queues and functions, under the limits that a
 * new deployment has. What counts is what became of each.
 */
import { randomUUID } from "node:crypto";
import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { partitions } from "../../../functions/catalogue/journal-partitions";
import { inParallel } from "../../../functions/model/in-parallel";
import type { HeldBrake } from "../../../functions/record/brakes";
import { homeRegion, members, security } from "../../gateway/accounts";
import { allOf, trustedConfig } from "../../gateway/client";
import { isOwnCall } from "../../gateway/faults";
import type { RecordedCall } from "../../gateway/record";
import { type LocalOrganization, openLocalOrganization } from "../../organization";
import { accessKeyFinding } from "../../samples/credentials";
import { instanceFinding } from "../../samples/guardduty";
import { seedFederatedRole, seedUser, signIn } from "../../seeds/identities";
import { seedInstance, seedVpc } from "../../seeds/networks";
import type { Site } from "../../seeds/owner";
import type { EventBridgeEvent } from "../../services/eventbridge/events";
import { settle } from "../../services/executions";
import type { Invocation } from "../../services/lambda/lambda";
import { cordon } from "../scenarios/command";
import { answersOf, DrillSession } from "../session";
import { type Observed, type Outcome, outcomeOf, shuffled, type Target } from "./storm-figures";

/** As Pulumi.yaml sets them by default. */
const limits = { perPlaybookAndAccount: 10, organization: 50 } as const;
const repeats = 10;
/** After so many findings of a target the next one reports more activity. */
const updates = 3;
/** More than the emulator takes at a time would only wait. */
const sentTogether = 8;

interface Seeded extends Target {
  readonly region: string;
  readonly finding: EventBridgeEvent;
}

const [shop, platform] = members as [(typeof members)[number], (typeof members)[number]];
/**
 * How many targets there are of each kind, by account and region: more than several brakes let through,
 * and together more than the organization's does.
 */
const fleet: readonly (Site & {
  readonly instances: number;
  readonly users: number;
  readonly roles: number;
})[] = [
  { account: shop.id, region: homeRegion, instances: 20, users: 20, roles: 15 },
  { account: shop.id, region: "eu-west-1", instances: 20, users: 0, roles: 0 },
  { account: platform.id, region: homeRegion, instances: 10, users: 10, roles: 5 },
];
export const targetsInAll = fleet.reduce(
  (sum, { instances, users, roles }) => sum + instances + users + roles,
  0,
);
export const findingsInAll = targetsInAll * repeats;

export interface StormFigures extends Outcome {
  readonly seed: number;
  readonly findings: number;
  readonly targets: number;
  /** Messages that functions were given, and of these what they failed at. */
  readonly deliveries: number;
  readonly failed: number;
  readonly calls: number;
  /** Until every event was in its queue, and from then on until queues and workflows were quiet. */
  readonly sendSeconds: number;
  readonly seconds: number;
}

/** Measures a storm whose order the seed decides. */
export async function measureStorm(seed: number): Promise<StormFigures> {
  const organization = await openLocalOrganization({
    concurrency: 8,
    config: { brakes: JSON.stringify({ ...limits, groupPercent: 30 }), noticesAlone: "4" },
  });
  try {
    const targets = await seedTargets(organization);
    await organization.up();
    await organization.sweep();
    // Brakes count by the hour, and notices by ten minutes: the storm must not go on in the next ones.
    const minutes = organization.lambda.now().getUTCMinutes();
    if (minutes >= 30) await organization.pass((60 - minutes) * 60);
    else if (minutes % 10 >= 5) await organization.pass((10 - (minutes % 10)) * 60);

    const events = shuffled(targets.flatMap(eventsOf), seed);
    const first = organization.gateway.record.entries.length;
    const began = performance.now();
    await inParallel(sentTogether, events, async ({ event, target }) => {
      const deliveries = await organization.emit(target.region, event);
      const lost = deliveries.find(({ delivered }) => !delivered);
      if (lost !== undefined) throw new Error(`${event.id} was not delivered: ${lost.why}`);
    });
    const sent = performance.now();
    const { invocations } = await settle(organization.gateway, organization.lambda);
    // It publishes what was held.
    await organization.watch();
    const ended = performance.now();
    const calls = organization.gateway.record.entries
      .slice(first)
      .filter((call) => isOwnCall(call, call.action));
    const outcome = outcomeOf(
      {
        targets,
        findings: new Map(events.map(({ event, target }) => [event.id ?? "", target.name])),
        answers: invocations.flatMap(answersIn),
        changes: calls.flatMap(changeOf),
        messages: messagesOf(calls),
        ...(await recordedOf(organization)),
      },
      limits,
    );
    return {
      seed,
      findings: events.length,
      targets: targets.length,
      ...outcome,
      deliveries: invocations.length,
      failed: invocations.filter(isRepeated).length,
      calls: calls.length,
      sendSeconds: seconds(sent - began),
      seconds: seconds(ended - sent),
    };
  } finally {
    await organization.close();
  }
}

function seconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}

/** Seeds what costs the least: one interface and no volume each, one key each, no policies. */
async function seedTargets({ gateway }: LocalOrganization): Promise<readonly Seeded[]> {
  const targets: Seeded[] = [];
  for (const { instances, users, roles, ...site } of fleet) {
    const { account, region } = site;
    const vpc = await seedVpc(gateway, site, { groups: ["fleet"] });
    for (let number = 0; number < instances; number++) {
      const { id, interfaces } = await seedInstance(gateway, vpc, {
        interfaces: [["fleet"]],
        volumes: 0,
      });
      targets.push({
        ...site,
        name: `instance ${id}`,
        playbook: "contain-instance",
        // Into quarantine, out of it to cut its connections, and back.
        contains: interfaces.map((each) => ({
          action: "ec2:ModifyNetworkInterfaceAttribute",
          of: `${account}/${each}`,
          times: 3,
        })),
        finding: instanceFinding({ account, region, instance: id }),
      });
    }
    for (let number = 0; number < users; number++) {
      const user = await seedUser(gateway, site, { name: `storm-${number}` });
      targets.push({
        ...site,
        name: `user ${user.name} in ${account}`,
        playbook: "contain-access-key",
        contains: [{ action: "iam:AttachUserPolicy", of: `${account}/${user.name}`, times: 1 }],
        finding: accessKeyFinding({
          ...site,
          userName: user.name,
          userType: "IAMUser",
          accessKeyId: user.keys[0]?.accessKeyId ?? "",
          principalId: user.id,
          severity: 8,
        }),
      });
    }
    for (let number = 0; number < roles; number++) {
      const role = await seedFederatedRole(gateway, site, { name: `people-${number}` });
      const { accessKeyId } = await signIn(gateway, role, "jo@example.com");
      targets.push({
        ...site,
        name: `role ${role.name} in ${account}`,
        playbook: "revoke-sessions",
        contains: [{ action: "iam:PutRolePolicy", of: `${account}/${role.name}`, times: 1 }],
        finding: accessKeyFinding({
          ...site,
          userName: role.name,
          userType: "AssumedRole",
          accessKeyId,
          principalId: `${role.id}:jo@example.com`,
          severity: 8,
        }),
      });
    }
  }
  return targets;
}

/** Writes a target's findings: one, the same again and again, and the updates that GuardDuty sends of it. */
function eventsOf(target: Seeded) {
  const { finding } = target;
  const detail = finding.detail as { readonly service: { readonly eventLastSeen: string } };
  const began = Date.parse(detail.service.eventLastSeen);
  return Array.from({ length: repeats }, (_, number) => {
    const count = 1 + Math.floor(number / updates);
    const updatedAt = new Date(began - 60_000 + count * 1_000).toISOString();
    const event: EventBridgeEvent = {
      ...finding,
      id: randomUUID(),
      detail: {
        ...detail,
        updatedAt,
        service: { ...detail.service, eventLastSeen: updatedAt, count },
      },
    };
    return { event, target };
  });
}

function answersIn(invocation: Invocation) {
  return answersOf(invocation).map(({ outcome, incident }) => ({
    event: bodyOf(invocation)?.id ?? "",
    outcome,
    incident,
  }));
}

/** Reads the event that a function was given; undefined for tasks. */
function bodyOf({ payload }: Invocation): { readonly id?: string } | undefined {
  const [record] = (payload as { readonly Records?: readonly { body: string }[] }).Records ?? [];
  return record && (JSON.parse(record.body) as { readonly id?: string });
}

function isRepeated({ ok, result }: Invocation): boolean {
  const { batchItemFailures = [] } = (result ?? {}) as { batchItemFailures?: readonly unknown[] };
  return !ok || batchItemFailures.length > 0;
}

/** Names what a call changed, with its account: two may have the same names. */
function changeOf({ account, action, status, request }: RecordedCall) {
  if (status !== 200) return [];
  const { NetworkInterfaceId, UserName, RoleName } = request as Readonly<Record<string, unknown>>;
  const name = NetworkInterfaceId ?? UserName ?? RoleName;
  return typeof name === "string" ? [{ action, of: `${account}/${name}` }] : [];
}

function messagesOf(calls: readonly RecordedCall[]): Observed["messages"] {
  return calls
    .filter(({ action, status }) => action === "sns:Publish" && status === 200)
    .map(({ request }) => {
      const { Subject, Message } = request as Readonly<Record<string, unknown>>;
      return { subject: String(Subject), text: String(Message) };
    });
}

/** Reads what the journal's table and the queues say when all is quiet. */
async function recordedOf(organization: LocalOrganization) {
  const { gateway, contract } = organization;
  const session = new DrillSession(organization);
  const client = new DynamoDBClient(trustedConfig(gateway, security.id, "observer"));
  const items = (
    await allOf(
      paginateScan({ client }, { TableName: contract.journalTableName, ConsistentRead: true }),
      ({ Items }) => Items,
    )
  ).map((item) => unmarshall(item) as { incident: string; item: string; status: string });
  const queues = [...Object.values(contract.responders), contract.triage];
  let deadLetters = 0;
  for (const queue of queues) deadLetters += await session.letters(queue);
  return {
    incidents: items
      .filter(({ incident }) => /^[0-9a-f]{16}$/.test(incident))
      .map(({ incident, item, status }) => ({ id: `${incident}-${Number(item)}`, status })),
    asked: new Set(
      items
        .filter(({ incident }) => incident.startsWith(partitions.approval))
        .map(({ incident }) => incident.slice(partitions.approval.length)),
    ),
    brakes: await cordon<readonly HeldBrake[]>(session, "brake", "list"),
    deadLetters,
  };
}
