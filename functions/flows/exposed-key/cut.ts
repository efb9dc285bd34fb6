/** Answers an exposed access key up to the point where it is cut: the workflow's first state. */
import { createHash } from "node:crypto";
import { credentialOf } from "../../detect/credentials";
import { incidentKey } from "../../detect/detected";
import {
  detectExposedKey,
  type ExposureDetected,
  findOwner,
  isRoot,
  mayBeUser,
  ofRoot,
} from "../../detect/exposed-key";
import type { Finding } from "../../model/finding";
import type { Incident } from "../../model/incident";
import type { Attempt } from "../../model/ports";
import type { Place } from "../../model/resource";
import { PartialContainment } from "../respond/respond";
import type { Answer } from "../respond/responder";
import { type Notifier, notify } from "../triage/triage";

/**
 * How the workflow goes on. "key-gone": no such key, or inactive already. "not-contained": people
 * were told why and what to do. "nothing-new": people know already, or need not.
 */
export type CutOutcome =
  | "contained"
  | "contained-in-part"
  | "key-gone"
  | "not-contained"
  | "nothing-new"
  | "refused";

/** What the later states need. Plain JSON. */
export interface Cut {
  readonly outcome: CutOutcome;
  readonly reason: string;
  readonly incident?: string;
  readonly place?: Place;
  readonly accountName?: string;
  readonly userName?: string;
  /** The user was contained before, by another run: it is news that the key is public. */
  readonly before?: true;
  /** Absent where there is no key whose doings could be looked up. */
  readonly accessKey?: string;
  readonly finding?: Finding;
}

export interface Cutter extends Notifier, Attempt {
  readonly securityAccount: string;
  /** Name of the user a key belongs to; undefined when IAM knows of none in that account. */
  owner(place: Place, accessKey: string): Promise<string | undefined>;
  /** Whether a user's key can be used; undefined when the user has no such key. */
  keyActive(place: Place, userName: string, accessKey: string): Promise<boolean | undefined>;
  /** Whether some finding has called the key exposed before. */
  isExposed(accessKey: string): Promise<boolean>;
  answer(incident: Incident): Promise<Answer>;
  /** Starts a run of the workflow; a name that ran before is no error and runs nothing. */
  start(name: string, event: object): Promise<void>;
}

type About = Required<Pick<Cut, "place" | "accountName" | "finding">>;

/**
 * Cuts the key an event is about.
 *
 * @throws what `answer` throws, until the last try: the workflow tries again by name. What stands in
 *   part after the last try is returned, so that the workflow goes on to what the key did.
 */
export async function cutExposedKey(event: unknown, cutter: Cutter): Promise<Cut> {
  const detected = detectExposedKey(event, cutter.securityAccount);
  if (detected.kind === "refused") return { outcome: "refused", reason: detected.reason };
  const { finding, place } = detected;
  if (detected.kind === "settled") {
    return { outcome: "nothing-new", reason: "AWS reports it as resolved", finding, place };
  }
  // The account comes first and alone: a foreign one is not even read from.
  const account = await cutter.account(place.account);
  if (account === undefined) {
    return { outcome: "refused", reason: `Account ${place.account} is not in the organization` };
  }
  const about = { place, accountName: account.name, finding };
  if (detected.kind === "unanswered") return told(detected, about, cutter);

  // Each further key of the event is a run of its own: none waits for another's look-up, nor this
  // one for theirs.
  const started = Promise.all(
    detected.others.map((other) =>
      cutter.start(runName("event", place.account, other.accessKey, finding.id), other.event),
    ),
  );
  const [result] = await Promise.allSettled([cutNamed(detected, about, cutter), started]);
  await started;
  if (result.status === "rejected") throw result.reason;
  return result.value;
}

/** Cuts the one key, once its user is known. */
async function cutNamed(
  detected: Extract<ExposureDetected, { kind: "exposure" }>,
  about: About,
  cutter: Cutter,
): Promise<Cut> {
  const { finding, place } = about;
  const { accessKey } = detected;
  const userName =
    detected.userName ?? detected.rootOrUser ?? (await cutter.owner(place, accessKey));
  if (
    userName !== undefined &&
    isRoot(userName) &&
    !(await isKeyOfUser(place, userName, accessKey, cutter))
  ) {
    return told(ofRoot(finding, place, accessKey), about, cutter);
  }
  const credential = credentialOf({ userType: "IAMUser", userName, accessKeyId: accessKey });
  if (credential.kind === "advice" || credential.resource.kind !== "user") {
    return told(ownerless(finding, place, accessKey, userName), about, cutter);
  }
  const { resource } = credential;
  const incident: Incident = {
    // The same as for GuardDuty's finding about this user: two findings, one incident.
    key: incidentKey(place, resource, "contain-access-key"),
    playbook: "contain-access-key",
    place,
    resource,
    finding,
  };
  return {
    ...(await cut(incident, { userName: resource.id, accessKey }, cutter)),
    ...about,
    userName: resource.id,
    accessKey,
  };
}

/**
 * Tells a user who is named like root from root, none of whose keys IAM lists under any name. Where it
 * cannot be read the key counts as root's: of those people are told at once.
 */
async function isKeyOfUser(
  place: Place,
  userName: string,
  accessKey: string,
  cutter: Cutter,
): Promise<boolean> {
  if (!mayBeUser(userName)) return false;
  const active = await cutter.keyActive(place, userName, accessKey).catch(() => undefined);
  return active !== undefined;
}

/** Runs the playbook, and says in the workflow's words how it ended. */
async function cut(
  incident: Incident,
  { userName, accessKey }: { readonly userName: string; readonly accessKey: string },
  cutter: Cutter,
): Promise<Pick<Cut, "outcome" | "reason" | "incident" | "before">> {
  const known =
    incident.finding.exposed !== true || (await cutter.isExposed(accessKey).catch(() => false));
  let answered: Answer;
  try {
    answered = await cutter.answer(incident);
  } catch (error) {
    if (!(error instanceof PartialContainment) || cutter.delivery < cutter.lastDelivery)
      throw error;
    return { outcome: "contained-in-part", reason: error.message };
  }
  const { outcome, ...rest } = answered;
  switch (outcome) {
    case "contained":
    case "refused":
      return { outcome, ...rest };
    case "logged":
      return { outcome: "nothing-new", ...rest };
    case "duplicate":
      // A finding of another detector may have contained the user: that the key is public, and what
      // it did, is news all the same. And a second try cannot tell its first try's work from others'.
      return known && cutter.delivery === 1
        ? { outcome: "nothing-new", ...rest }
        : { outcome: "contained", before: true, ...rest };
    case "target-missing":
      return { outcome: "key-gone", ...rest };
    case "notified":
    case "awaiting-approval":
    case "dry-run": {
      const active = await cutter
        .keyActive(incident.place, userName, accessKey)
        // Nobody may take a key for dead that could not be read.
        .catch(() => true);
      return { outcome: active === true ? "not-contained" : "key-gone", ...rest };
    }
    default:
      throw new Error(`No way on from ${outcome satisfies never}`);
  }
}

/** Tells people of what nothing here may cut; what the key did is looked up all the same. */
async function told(
  detected: Extract<ExposureDetected, { kind: "unanswered" }>,
  about: About,
  notifier: Notifier,
): Promise<Cut> {
  const { outcome, reason } = await notify(detected, notifier);
  const { accessKey } = detected;
  if (outcome === "refused") return { outcome, reason };
  return {
    outcome: outcome === "notified" && accessKey !== undefined ? "not-contained" : "nothing-new",
    reason,
    ...about,
    ...(accessKey !== undefined && { accessKey }),
  };
}

function ownerless(finding: Finding, place: Place, accessKey: string, userName?: string) {
  return {
    kind: "unanswered",
    finding,
    place,
    resource: `access key ${accessKey}`,
    accessKey,
    advice: {
      why:
        userName === undefined
          ? `IAM knows no user of account ${place.account} with access key ${accessKey}: it was deleted, is root's or a session's, or the account has no role of Cordon's`
          : `What should be the name of the user with access key ${accessKey} is no name of IAM's`,
      manualSteps: findOwner(accessKey),
      urgent: true,
    },
  } as const satisfies ExposureDetected;
}

/**
 * Names a run by what it is about, so that the same report starts one run only: Step Functions
 * refuses the name of a run for 90 days. It takes 80 characters, and a key's id may have more.
 */
export function runName(cause: string, account: string, accessKey: string, report: string): string {
  const hash = createHash("sha256").update(`${accessKey}\n${report}`).digest("hex").slice(0, 12);
  return `${cause}-${account}-${accessKey.slice(0, 32)}-${hash}`;
}

/** Names a dry run apart: what it announced must still be carried out after the mode is changed. */
export function inMode(mode: "dry-run" | "enforce", name: string): string {
  return mode === "dry-run" ? `dry-run-${name}` : name;
}
