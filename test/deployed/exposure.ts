/** Seeds users with exposed access keys, emits events about them and reads the results. */
import { ListAccessKeysCommand, ListAttachedUserPoliciesCommand } from "@aws-sdk/client-iam";
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import type { EventResult } from "../../local/drill/session";
import { homeRegion, members, security } from "../../local/gateway/accounts";
import type { Fault } from "../../local/gateway/faults";
import type { Gateway } from "../../local/gateway/gateway";
import type { Caller, Credentials } from "../../local/gateway/iam/caller";
import type { RecordedCall } from "../../local/gateway/record";
import { exposedKeyEvent } from "../../local/samples/exposures";
import { type SeededUser, seedUser } from "../../local/seeds/identities";
import { ownerOf, type Site } from "../../local/seeds/owner";
import type { EventBridgeEvent } from "../../local/services/eventbridge/events";
import type { FinishedExecution } from "../../local/services/executions";
import type { Deployed } from "./deployed";

export const shop: Site = { account: members[0]?.id ?? "", region: homeRegion };
export const data: Site = { account: members[1]?.id ?? "", region: homeRegion };

/** Leaves out what the function that keeps dead letters calls. */
export function answering(calls: readonly RecordedCall[]): readonly RecordedCall[] {
  return calls.filter(({ principal }) => !principal.includes("/cordon-notify-dead-letters/"));
}

/** Makes a user with two keys, who may do anything. */
export function seedVictim(gateway: Gateway, name: string, site = shop): Promise<SeededUser> {
  const allow = ["sts:*", "s3:*", "iam:*", "ec2:*"];
  return seedUser(gateway, site, { name, keys: 2, allow });
}

/** Reads the status of a user's keys, oldest first, and the attached policies. */
export async function userStateOf(gateway: Gateway, user: Pick<SeededUser, "name"> & Site) {
  const { iam } = ownerOf(gateway, user);
  const [{ AccessKeyMetadata: keys = [] }, { AttachedPolicies: policies = [] }] = await Promise.all(
    [
      iam.send(new ListAccessKeysCommand({ UserName: user.name })),
      iam.send(new ListAttachedUserPoliciesCommand({ UserName: user.name })),
    ],
  );
  return {
    keys: keys.map(({ Status }) => Status),
    attached: policies.map(({ PolicyName }) => PolicyName),
  };
}

export const untouched = { keys: ["Active", "Active"], attached: [] };
export const cut = { keys: ["Inactive", "Inactive"], attached: ["AWSDenyAll"] };

export interface Notice {
  readonly subject: string;
  readonly text: string;
}

/** The results of events, as the gateway recorded them. */
export interface Answered {
  readonly results: readonly EventResult[];
  readonly executions: readonly FinishedExecution[];
  readonly notices: readonly Notice[];
  /** Every call of the time, in order of arrival. */
  readonly calls: readonly RecordedCall[];
  /** Cordon's changes in member accounts: action and user, in order. */
  readonly changes: readonly string[];
}

/** Emits events at once, and waits until queues and workflows are idle. */
export async function answered(
  { organization, session }: Deployed,
  ...events: readonly EventBridgeEvent[]
): Promise<Answered> {
  const { record } = organization.gateway;
  const first = record.entries.length;
  for (const event of events) await organization.emit(event.region ?? homeRegion, event);
  const { results, executions } = await session.settleWorkflows("test");
  const calls = record.entries.slice(first);
  return { results, executions, calls, notices: noticesOf(calls), changes: changesOf(calls) };
}

/** Exposes the first key of a user, under faults; throws when that starts not exactly one run. */
export async function exposedTo(here: Deployed, user: SeededUser, ...faults: readonly Fault[]) {
  const { faults: armed } = here.organization.gateway;
  armed.arm(...faults);
  try {
    const { executions, ...others } = await answered(here, leaked(user));
    const [execution] = executions;
    if (execution === undefined || executions.length > 1) {
      throw new Error(`${executions.length} executions ran for ${user.name}`);
    }
    return { ...others, execution };
  } finally {
    armed.disarm();
  }
}

/** Writes Trusted Advisor's event about the first key of a user. */
export function leaked({ account, name, keys }: SeededUser): EventBridgeEvent {
  return exposedKeyEvent({ account, userName: name, accessKeyId: keys[0]?.accessKeyId ?? "" });
}

/** The later looks, and what follows them. */
const later = [
  "IsThereAKey",
  "Wait20Minutes",
  "LookAgain",
  "NotifyNews",
  "Wait24Hours",
  "LookLast",
  "NotifyLastNews",
  "HowItEnded",
];
/** The states that a run enters whose functions all answer, but for the last. */
export const toTheEnd = ["CutKey", "WhatStands", "LookUpActivity", "NotifySecurity", ...later];

/** Reads what was published, and arrived. */
export function noticesOf(calls: readonly RecordedCall[]): Notice[] {
  return calls
    .filter(({ action, status }) => action === "sns:Publish" && status === 200)
    .map(({ request }) => {
      const { Subject: subject, Message: text } = request as { Subject: string; Message: string };
      return { subject, text };
    });
}

function changesOf(calls: readonly RecordedCall[]): string[] {
  return calls
    .filter(({ origin, mutating, service }) => origin === "cordon" && mutating && service === "iam")
    .map(({ action, request }) => `${action} ${(request as { UserName?: string }).UserName}`);
}

/** The notice that was published last; throws when there is none. */
export function lastOf(notices: readonly Notice[]): Notice {
  const last = notices.at(-1);
  if (last === undefined) throw new Error("No notice was sent");
  return last;
}

/** Reads a notice's lists by their titles; times and the SDK's name are left out. */
export function sectionsOf({ text }: Notice): Record<string, readonly string[]> {
  const sections: Record<string, string[]> = {};
  let lines: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("  - ")) {
      lines.push(line.slice(4).replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME"));
    } else if (/^[A-Z]/.test(line)) {
      lines = [];
      sections[line] = lines;
    }
  }
  return sections;
}

/** Matches the calls of one of the workflow's functions about a key, by the function's input. */
export function madeAbout(
  { organization }: Deployed,
  state: "CutKey" | "LookUpActivity" | "NotifySecurity",
  accessKey: string,
) {
  const field = { CutKey: '{"event":', LookUpActivity: '{"cut":', NotifySecurity: '{"run":' };
  return (caller: Caller): boolean => {
    const work = organization.lambda.workOf(caller.accessKeyId) ?? "";
    return work.startsWith(field[state]) && work.includes(accessKey);
  };
}

/** Configures a client of the gateway. */
export function as(endpoint: string, credentials: Credentials, region = homeRegion) {
  return { region, endpoint, credentials, maxAttempts: 1, forcePathStyle: true };
}

/**
 * Has a function's SDK try again at once: of the time before a further try it takes a random part,
 * and here none. What is throttled for a whole run would take minutes otherwise.
 *
 * @returns what puts the function's variables back
 */
export async function hurried({ organization }: Deployed, FunctionName: string) {
  const { gateway } = organization;
  const lambda = new LambdaClient(
    as(gateway.url, gateway.callers.trusted(security.id, "operator", "seed")),
  );
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const before = { ...Environment?.Variables };
  const set = (Variables: Record<string, string>) =>
    lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }),
    );
  await set({ ...before, NODE_OPTIONS: "--import=data:text/javascript,Math.random=()=>0" });
  return () => set(before);
}
