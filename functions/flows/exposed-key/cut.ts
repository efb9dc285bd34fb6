/** Contains an exposed access key: the workflow's first state. */
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
import type { AccessKey } from "../../model/member-account";
import type { Attempt } from "../../model/ports";
import type { Place } from "../../model/resource";
import { PartialContainment } from "../respond/finish";
import type { Answer } from "../respond/responder";
import { type Notifier, notify } from "../triage/triage";
import { exposureOf } from "./quarantined-user";

/**
 * How the workflow goes on. "key-gone": no such key, or inactive already. "not-contained": the
 * responders were notified why, and what to do. "nothing-new": nothing to notify of.
 */
export type CutOutcome =
  | "contained"
  | "contained-in-part"
  | "key-gone"
  | "not-contained"
  | "nothing-new"
  | "refused";

/** The result that the later states need. Plain JSON. */
export interface Cut {
  readonly outcome: CutOutcome;
  readonly reason: string;
  readonly incident?: string;
  readonly place?: Place;
  readonly accountName?: string;
  readonly userName?: string;
  /** Another run contained the user before; that the key is public is still news. */
  readonly before?: true;
  /** Absent where there is no key whose activity could be looked up. */
  readonly accessKey?: string;
  readonly finding?: Finding;
}

export interface Cutter extends Notifier, Attempt {
  readonly securityAccount: string;
  /** Names the user that a key belongs to; undefined when IAM finds none in that account. */
  owner(place: Place, accessKey: string): Promise<string | undefined>;
  /** IAM's unique id of a user, which findings of other detectors give. */
  uniqueId(place: Place, userName: string): Promise<string | undefined>;
  /** Reports whether a user's key is active; undefined when the user has no such key. */
  keyActive(place: Place, userName: string, accessKey: string): Promise<boolean | undefined>;
  /** Lists a user's long-term keys; undefined where there is no such user, or nobody may ask. */
  keys(place: Place, userName: string): Promise<readonly AccessKey[] | undefined>;
  /** Reports whether an earlier finding called the key exposed. */
  isExposed(accessKey: string): Promise<boolean>;
  answer(incident: Incident): Promise<Answer>;
  /** Starts a run of the workflow; a name that ran before is no error and runs nothing. */
  start(name: string, event: object): Promise<void>;
}

type About = Required<Pick<Cut, "place" | "accountName" | "finding">>;

/**
 * Contains the key that an event is about.
 *
 * @throws what `answer` throws, until the last try: the workflow retries by name. Partial
 *   containment after the last try is returned, so that the workflow goes on to the look-up.
 */
export async function cutExposedKey(event: unknown, cutter: Cutter): Promise<Cut> {
  const reported = detectExposedKey(event, cutter.securityAccount);
  if (reported.kind === "refused") return { outcome: "refused", reason: reported.reason };
  const { finding, place } = reported;
  if (reported.kind === "settled") {
    return { outcome: "nothing-new", reason: "AWS reports it as resolved", finding, place };
  }
  // The account is checked before any other call: nothing is read from a foreign one.
  const account = await cutter.account(place.account);
  if (account === undefined) {
    return { outcome: "refused", reason: `Account ${place.account} is not in the organization` };
  }
  const about = { place, accountName: account.name, finding };
  const detected =
    reported.kind === "quarantined" ? await exposureOf(reported, cutter.keys) : reported;
  if (detected.kind === "unanswered") return notifyUnanswered(detected, about, cutter);

  // Each further key of the event is a run of its own: no run waits for another's
  // look-up.
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

/**
 * Contains the one key, once its user is known. IAM's word comes before the event's: the user may have
 * been renamed since, and another user may have the name.
 */
async function cutNamed(
  detected: Extract<ExposureDetected, { kind: "exposure" }>,
  about: About,
  cutter: Cutter,
): Promise<Cut> {
  const { finding, place } = about;
  const { accessKey } = detected;
  const named = detected.userName ?? detected.rootOrUser;
  const [owner, idOfNamed] = await Promise.all([
    cutter.owner(place, accessKey),
    named === undefined || !mayBeUser(named) ? undefined : cutter.uniqueId(place, named),
  ]);
  const userName = owner ?? named;
  if (
    userName !== undefined &&
    isRoot(userName) &&
    !(await isKeyOfUser(place, userName, accessKey, cutter))
  ) {
    return notifyUnanswered(ofRoot(finding, place, accessKey), about, cutter);
  }
  const principalId =
    userName === named || userName === undefined || !mayBeUser(userName)
      ? idOfNamed
      : await cutter.uniqueId(place, userName);
  const principal = { userType: "IAMUser", userName, principalId, accessKeyId: accessKey };
  const credential = credentialOf(principal, place.region);
  if (credential.kind === "advice" || credential.resource.kind !== "user") {
    return notifyUnanswered(ownerless(finding, place, accessKey, userName), about, cutter);
  }
  const { resource } = credential;
  const incident: Incident = {
    // The same key as of GuardDuty's finding about this user: two findings, one incident.
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
 * Distinguishes a user who is named like root from root, whose keys IAM lists under no name. Where the
 * key cannot be read it counts as root's, which is notified at once.
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

/** Runs the playbook, and translates its outcome into the workflow's. */
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
  const { outcome, checked: _checked, ...rest } = answered;
  switch (outcome) {
    case "contained":
    case "contained-in-part":
    case "not-contained":
    case "refused":
      return { outcome, ...rest };
    case "logged":
      return { outcome: "nothing-new", ...rest };
    case "duplicate":
      // A finding of another detector may have contained the user. That the key is public, and what
      // it did, is still news. And a second try cannot distinguish the work of its first from others'.
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
        // A key that could not be read must not count as inactive.
        .catch(() => true);
      return { outcome: active === true ? "not-contained" : "key-gone", ...rest };
    }
    default:
      throw new Error(`Unexpected outcome ${outcome satisfies never}`);
  }
}

/** Notifies of a key that Cordon cannot contain; its activity is looked up all the same. */
async function notifyUnanswered(
  detected: Extract<ExposureDetected, { kind: "unanswered" }>,
  about: About,
  notifier: Notifier,
): Promise<Cut> {
  const { outcome, reason } = await notify(detected, notifier);
  const { accessKey } = detected;
  if (outcome === "refused") return { outcome, reason };
  // A state that is tried again has notified already, and may not have been looked up.
  const isHeard = outcome === "notified" || outcome === "duplicate";
  return {
    outcome: isHeard && accessKey !== undefined ? "not-contained" : "nothing-new",
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
          ? `IAM finds no user of account ${place.account} with access key ${accessKey}: the key was deleted, belongs to root or a session, or the account has no Cordon role`
          : `The event's user name for access key ${accessKey} is not a valid IAM name`,
      manualSteps: findOwner(accessKey),
      urgent: true,
    },
  } as const satisfies ExposureDetected;
}

/**
 * Names a run after its subject, so that the same report starts one run only: Step Functions
 * refuses the name of a run for 90 days. It takes 80 characters, and a key's id may have more.
 */
export function runName(cause: string, account: string, accessKey: string, report: string): string {
  const hash = createHash("sha256").update(`${accessKey}\n${report}`).digest("hex").slice(0, 12);
  return `${cause}-${account}-${accessKey.slice(0, 32)}-${hash}`;
}

/**
 * Names a run after the policy, too: once it has changed, the same report must start a run that may
 * contain.
 *
 * @param revision eight characters
 */
export function underPolicy(revision: string, name: string): string {
  return `${revision}-${name}`;
}
