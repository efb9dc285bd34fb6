/** Shares findings, misuse and checks between the scenarios about credentials. */
import { randomUUID } from "node:crypto";
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { homeRegion, members } from "../../gateway/accounts";
import { clientConfig } from "../../gateway/client";
import type { Credentials } from "../../gateway/iam/caller";
import type { LocalOrganization } from "../../organization";
import { accessKeyFinding } from "../../samples/credentials";
import type { SeededRole, SeededUser } from "../../seeds/identities";
import type { SeededInstance } from "../../seeds/networks";
import type { EventBridgeEvent } from "../../services/eventbridge/events";
import { credentialsAlive } from "../credential-probe";
import type { DrillSession, Injected } from "../session";
import { sameState } from "./scenario";

const [production] = members as [(typeof members)[number]];
export const site = { account: production.id, region: homeRegion };
export const thief = "198.51.100.23";
/** Actions that the seeded users and roles are allowed. */
export const work = ["s3:*", "ec2:Describe*", "iam:*", "sqs:*"];

export const denyAll = "arn:aws:iam::aws:policy/AWSDenyAll";
/** AWS's own example of a key. */
export const rootAccessKey = "AKIAIOSFODNN7EXAMPLE";

export function keyOf({ keys }: SeededUser): Credentials {
  return keys[0] as Credentials;
}

type Shape = Partial<Parameters<typeof accessKeyFinding>[0]>;

export function userFinding(
  user: SeededUser,
  key: Credentials,
  shape: Shape = {},
): EventBridgeEvent {
  return accessKeyFinding({
    ...site,
    userName: user.name,
    userType: "IAMUser",
    accessKeyId: key.accessKeyId,
    principalId: user.id,
    severity: 8,
    address: thief,
    ...shape,
  });
}

export function roleFinding(
  role: SeededRole,
  key: Credentials,
  sessionName: string,
  shape: Shape = {},
): EventBridgeEvent {
  return accessKeyFinding({
    ...site,
    userName: role.name,
    userType: "AssumedRole",
    accessKeyId: key.accessKeyId,
    principalId: `${role.id}:${sessionName}`,
    severity: 8,
    address: thief,
    ...shape,
  });
}

/** Takes a role's credentials as the metadata service of an instance gives them. */
export function issuedTo(
  { organization }: { readonly organization: Pick<LocalOrganization, "gateway"> },
  role: Pick<SeededRole, "arn" | "account" | "region">,
  instance: string,
) {
  return organization.gateway.callers.serviceSession(
    "ec2.amazonaws.com",
    role.arn,
    instance,
    "workload",
    {
      "ec2:SourceInstanceARN": `arn:aws:ec2:${role.region}:${role.account}:instance/${instance}`,
    },
  );
}

/** Says whether an instance's own credentials work, for the instance as for their thief. */
export async function credentialsWork(
  session: DrillSession,
  { id, account, region, profile }: SeededInstance,
): Promise<boolean> {
  const arn = `arn:aws:iam::${account}:role/${profile}`;
  const credentials = await issuedTo(session, { arn, account, region }, id);
  const client = new S3Client({
    ...clientConfig(session.organization.gateway, credentials, region),
    forcePathStyle: true,
  });
  try {
    await client.send(new ListBucketsCommand({}));
    return true;
  } catch (error) {
    if ((error as Error).name.startsWith("AccessDenied")) return false;
    throw error;
  }
}

/** Acts as the thief of a key: lists resources, then creates a user and a key for persistence. */
export async function misuse(
  { organization }: DrillSession,
  credentials: Credentials,
): Promise<void> {
  const config = clientConfig(organization.gateway, credentials);
  const iam = new IAMClient(config);
  await new S3Client({ ...config, forcePathStyle: true }).send(new ListBucketsCommand({}));
  const name = `backdoor-${randomUUID().slice(0, 8)}`;
  await iam.send(new CreateUserCommand({ UserName: name }));
  await iam.send(new CreateAccessKeyCommand({ UserName: name }));
}

interface ContainedBy {
  readonly outcome: string | undefined;
  readonly incident: string | undefined;
  readonly injected: Injected;
}

/** Injects an event that must have this outcome; returns the incident if it was contained. */
export async function contained(
  session: DrillSession,
  event: EventBridgeEvent,
  name: string,
  wanted = "contained",
): Promise<ContainedBy> {
  const injected = await session.inject(event, `scenario ${name}`);
  const [result] = injected.results;
  session.check(
    wanted === "contained"
      ? "the finding is answered with containment"
      : `the finding is answered: ${wanted}`,
    injected.results.length === 1 && result?.outcome === wanted,
  );
  const incident = wanted === "contained" ? (result?.incident ?? undefined) : undefined;
  return { outcome: result?.outcome, incident, injected };
}

export async function duplicate(
  session: DrillSession,
  event: EventBridgeEvent,
  name: string,
): Promise<void> {
  const { results, calls } = await session.inject(event, `scenario ${name}, again`);
  session.check(
    "the same finding again is a duplicate and changes nothing",
    results.every((each) => each.outcome === "duplicate") &&
      calls.every((call) => !call.mutating || !call.action.startsWith("iam:")),
  );
}

export async function planOnly(
  session: DrillSession,
  event: EventBridgeEvent,
  read: () => Promise<unknown>,
  name: string,
): Promise<void> {
  const before = await read();
  const { results } = await session.inject(event, `scenario ${name}`);
  const incident = results.find((each) => each.outcome === "dry-run")?.incident;
  session.check("the finding is answered with a dry run", incident != null);
  if (incident == null) return;
  const { status, steps } = await session.journal(incident);
  session.check(
    "the journal contains the plan, no step started",
    status === "planned" && steps.length > 0,
  );
  session.check("every field is unchanged", sameState(await read(), before));
}

export async function alive(
  session: DrillSession,
  what: string,
  ...all: readonly Credentials[]
): Promise<void> {
  const probes = await probe(session, all);
  session.check(
    what,
    probes.every(({ accepted, calls }) => accepted && calls["s3:ListAllMyBuckets"] === "ok"),
  );
}

/** Checks that every real call fails and that the policies allow none of the probed actions. */
export async function dead(
  session: DrillSession,
  what: string,
  ...all: readonly Credentials[]
): Promise<void> {
  const probes = await probe(session, all);
  session.check(
    `${what} (${probes[0]?.dead.length ?? 0} probed)`,
    probes.every(
      (each) =>
        each.alive.length === 0 &&
        each.dead.length > 50 &&
        each.calls["s3:ListAllMyBuckets"] !== "ok" &&
        each.calls["ec2:DescribeInstances"] !== "ok" &&
        each.calls["iam:ListUsers"] !== "ok",
    ),
  );
}

function probe({ organization: { gateway } }: DrillSession, all: readonly Credentials[]) {
  return Promise.all(all.map((credentials) => credentialsAlive(gateway, credentials)));
}

export function notices(injected: Pick<Injected, "calls">): string[] {
  return published(injected, "Message");
}

export function subjects(injected: Pick<Injected, "calls">): string[] {
  return published(injected, "Subject");
}

function published({ calls }: Pick<Injected, "calls">, field: "Message" | "Subject"): string[] {
  return calls
    .filter((call) => call.action === "sns:Publish" && call.status === 200)
    .map((call) => String((call.request as Record<string, unknown>)[field] ?? ""));
}
