/** Writes what people read at the end of an exposed key's workflow: what was cut, what the key had done. */

import type { Finding } from "../../model/finding";
import { plain } from "../../model/plain-text";
import type { Place } from "../../model/resource";
import { incidentNews } from "../../notify/incident-news";
import { about, type Notice, notice, section } from "../../notify/notice";
import type { Activity, Count } from "./activity";
import type { Cut } from "./cut";

/** How a state failed, as Step Functions hands it to the next. */
export interface Failure {
  readonly Error?: string;
  readonly Cause?: string;
}

/** What the workflow knows when it tells people. */
export interface Exposure {
  /** Absent when the first state failed for good. */
  readonly cut?: Cut;
  readonly failure?: Failure;
  /** Absent when the look-up failed, or was not tried. */
  readonly activity?: Activity;
  readonly activityFailure?: Failure;
}

/** What the event alone says, for when the first state did not come so far. */
export interface Named {
  readonly place: Place;
  readonly finding: Finding;
  readonly userName?: string;
  readonly accessKey?: string;
}

const headings = {
  contained: "Exposed key: what it did before it was cut",
  "contained-in-part": "Exposed key cut in part: what it did",
  "key-gone": "Exposed key was dead already: what it did",
  "not-contained": "Exposed key NOT cut: what it did",
  failed: "URGENT Exposed key NOT cut: the response failed",
} as const;

/** Tells what an exposed key did, and how it stands with the key. */
export function exposureNotice(
  { cut, failure, activity, activityFailure }: Exposure,
  named: Named,
): Notice {
  const { place, finding, userName: name, accessKey } = { ...named, ...cut };
  const userName = name === undefined ? undefined : plain(name, 64);
  const state = headingOf(cut);
  const key = accessKey ?? "not named";
  const resource =
    userName === undefined ? `access key ${key}` : `user ${userName}, access key ${key}`;
  const unknown = activity === undefined;
  const subject = { finding, place, accountName: cut?.accountName ?? place.account, resource };
  const told = notice(`[Cordon] ${headings[state]}: ${userName ?? key} (${place.account})`, [
    ...about(subject, cut?.incident),
    section("How it stands", standing(state, cut, failure)),
    section(
      "Do this",
      state === "contained" || state === "key-gone" || accessKey === undefined
        ? []
        : // Of root's keys, and those nobody is known to own, the first state has told all there is to do.
          cut !== undefined && userName === undefined
          ? ["What the notice before this one says."]
          : byHand(accessKey, userName),
    ),
    ...(activity === undefined ? [] : summary(activity)),
    section("What is not known", [
      ...(unknown
        ? [`What the key did could not be looked up${reasonOf(activityFailure ?? failure)}.`]
        : []),
      ...(activity?.unread ?? []).map(
        ({ region, why }) => `What it did in ${region}: it could not be read (${why}).`,
      ),
      ...(activity?.incomplete ?? []).map(
        (region) => `All it did in ${region}: there are older events than were read.`,
      ),
      ...(activity !== undefined && activity.malformed > 0
        ? [`${activity.malformed} events of which CloudTrail's record is damaged.`]
        : []),
      "What it did in the last minutes: CloudTrail shows calls about 5 minutes late, some 15. Look again.",
      "Reads and writes of data, such as objects in S3: the event history holds management events only.",
      "What its sessions did: their calls bear keys of their own.",
      "What happened in regions that Cordon does not govern.",
    ]),
    section("Next", [
      ...(accessKey === undefined
        ? []
        : [
            `Look again: aws cloudtrail lookup-events --lookup-attributes AttributeKey=AccessKeyId,AttributeValue=${accessKey}`,
          ]),
      "Go through what outlives the key, and end what nobody here made.",
      "AWS may have attached AWSCompromisedKeyQuarantine policies to the user and opened a support case: answer it, and leave the policies until the key is deleted.",
      "Take the key out of where it is public, and delete it. A deleted key cannot be restored.",
    ]),
  ]);
  // Whatever else became of the key, the first state has published it.
  return state === "failed"
    ? { ...told, incident: incidentNews(subject, "failed", standing(state, cut, failure)) }
    : told;
}

function headingOf(cut: Cut | undefined): keyof typeof headings {
  if (cut === undefined) return "failed";
  return cut.outcome === "refused" || cut.outcome === "nothing-new" ? "not-contained" : cut.outcome;
}

function standing(state: keyof typeof headings, cut?: Cut, failure?: Failure): readonly string[] {
  switch (state) {
    case "contained":
      return [
        "The key is disabled and its user denied everything; the notice before this one says how.",
      ];
    case "contained-in-part":
      return [`Not all was done, and it is not tried again: ${plain(cut?.reason ?? "", 600)}`];
    case "key-gone":
      return [`Nothing was changed: ${plain(cut?.reason ?? "", 600)}`];
    case "not-contained":
      return [`Nothing was changed, the key may work: ${plain(cut?.reason ?? "", 600)}`];
    case "failed":
      return [
        `The response failed after several tries${reasonOf(failure)}. The key may work; what stands in part the journal knows.`,
      ];
  }
}

function byHand(accessKey: string, name = ""): readonly string[] {
  // What goes into a command must be a name of IAM's: the event's own word for it was not checked.
  const userName = /^[\w+=,.@-]{1,64}$/.test(name) ? name : "<user>";
  return [
    ...(userName === "<user>"
      ? [`aws iam get-access-key-last-used --access-key-id ${accessKey}`]
      : []),
    `aws iam update-access-key --user-name ${userName} --access-key-id ${accessKey} --status Inactive`,
    `aws iam attach-user-policy --user-name ${userName} --policy-arn arn:aws:iam::aws:policy/AWSDenyAll`,
  ];
}

function summary(activity: Activity): readonly string[] {
  const { events, failed, denied, traces, moreTraces } = activity;
  const period = `between ${activity.from} and ${activity.to}`;
  return [
    section("What the key did", [
      events === 0
        ? `No management events ${period}.`
        : `${events} events ${period}, ${failed} of them failed, ${denied} of these denied.`,
      ...(activity.first === undefined ? [] : [`First ${activity.first}, last ${activity.last}`]),
    ]),
    section("What outlives it", [
      ...traces.map(
        ({ what, call, name, region, at }) =>
          `${what}: ${call}${name === "" ? "" : ` ${name}`}, ${region}, ${at}`,
      ),
      ...(moreTraces > 0 ? [`and ${moreTraces} more`] : []),
      ...(traces.length === 0 && events > 0 ? ["Nothing that these events show."] : []),
    ]),
    counts("Calls", activity.calls),
    counts("Resources", activity.resources),
    counts("From", activity.addresses),
    counts("With", activity.agents),
    counts("Regions", activity.regions),
  ];
}

function counts(title: string, list: readonly Count[]): string {
  return section(
    title,
    list.map(({ name, count }) => `${count} x ${name}`),
  );
}

/** Step Functions gives a cause as text, Lambda's as JSON with the message in it. */
function reasonOf(failure: Failure | undefined): string {
  if (failure === undefined) return "";
  const { Error: name = "", Cause: cause = "" } = failure;
  return ` (${plain(`${name}: ${messageOf(cause)}`, 600)})`;
}

function messageOf(cause: string): string {
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown };
    return typeof errorMessage === "string" ? errorMessage : cause;
  } catch {
    return cause;
  }
}
