/** Writes the last notice of an exposed key's workflow: what was contained, and what the key did. */

import { command, lookUpEvents } from "../../model/command";
import type { Finding } from "../../model/finding";
import { plain } from "../../model/plain-text";
import type { Place } from "../../model/resource";
import { incidentNews } from "../../notify/incident-news";
import { type Section, section } from "../../notify/message";
import { about, type Notice, notice, originOf } from "../../notify/notice";
import { type Outcome, urgencyOf } from "../../notify/urgency";
import type { Activity, Count, Followed } from "./activity";
import type { Cut } from "./cut";

/** A state's failure, as Step Functions passes it to the next state. */
export interface Failure {
  readonly Error?: string;
  readonly Cause?: string;
}

/** The workflow's results when it notifies the responders. */
export interface Exposure {
  /** Absent when the first state failed for good. */
  readonly cut?: Cut;
  readonly failure?: Failure;
  /** Absent when the look-up failed, or was not tried. */
  readonly activity?: Activity;
  readonly activityFailure?: Failure;
}

/** The event's own content, for when the first state ended before it recorded any. */
export interface Named {
  readonly place: Place;
  readonly finding: Finding;
  readonly userName?: string;
  readonly accessKey?: string;
}

const headings = {
  contained: { text: "Exposed key contained: activity report", outcome: "contained" },
  "contained-in-part": {
    text: "Exposed key partly contained: activity report",
    outcome: "contained-in-part",
  },
  "key-gone": { text: "Exposed key already inactive: activity report", outcome: "target-missing" },
  "not-contained": { text: "Exposed key NOT contained: activity report", outcome: "not-contained" },
  failed: { text: "Exposed key NOT contained: the response failed", outcome: "not-contained" },
} as const satisfies Readonly<Record<string, { text: string; outcome: Outcome }>>;

/** Reports what an exposed key did, and the state of the key. */
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
  const { text, outcome } = headings[state];
  const heading = `${text}: ${userName ?? key} (${place.account})`;
  const parts = [
    ...about(subject, cut?.incident),
    section("State of the key", stateOf(state, cut, failure)),
    section(
      "Do this",
      state === "contained" || state === "key-gone" || accessKey === undefined
        ? []
        : // For keys of root and of unknown owners, the first state's notice says what to do.
          cut !== undefined && userName === undefined
          ? ["Follow the previous notice about this key."]
          : byHand(accessKey, userName),
    ),
    ...(activity === undefined ? [] : summary(activity)),
    section("What is not known", [
      ...(unknown
        ? [`The activity of the key could not be looked up${reasonOf(activityFailure ?? failure)}.`]
        : []),
      ...(activity?.unread ?? []).map(
        ({ region, why }) => `Activity in ${region}: CloudTrail could not be read (${why}).`,
      ),
      ...(activity?.incomplete ?? []).map(
        (region) => `Older activity in ${region}: there are more events than were read.`,
      ),
      ...(activity !== undefined && activity.malformed > 0
        ? [`${activity.malformed} events whose CloudTrail record is malformed.`]
        : []),
      "Calls of the last minutes: CloudTrail shows calls about 5 minutes late, some after 15. Cordon looks again after 20 minutes and after 24 hours, and notifies of what is new.",
      "Data events, such as reads and writes of S3 objects: the event history holds management events only.",
      "Calls of what the created principals created in turn: one step is followed.",
      "Activity in regions that Cordon does not govern.",
    ]),
    section("Next", [
      ...(accessKey === undefined ? [] : [`Look again: ${lookUpEvents("AccessKeyId", accessKey)}`]),
      "Review everything that outlives the key. Remove what your organization did not create.",
      "AWS may have attached an AWSCompromisedKeyQuarantine policy to the user and opened a support case. Answer the case, and keep the policy until the key is deleted.",
      "Remove the key from where it is public, then delete it. A deleted key cannot be restored.",
    ]),
  ];
  const report = notice(urgencyOf(outcome), heading, parts, originOf(subject, cut?.incident));
  // The first state publishes every other outcome itself.
  return state === "failed"
    ? { ...report, incident: incidentNews(subject, "failed", stateOf(state, cut, failure)) }
    : report;
}

function headingOf(cut: Cut | undefined): keyof typeof headings {
  if (cut === undefined) return "failed";
  return cut.outcome === "refused" || cut.outcome === "nothing-new" ? "not-contained" : cut.outcome;
}

function stateOf(state: keyof typeof headings, cut?: Cut, failure?: Failure): readonly string[] {
  switch (state) {
    case "contained":
      return [
        "The key is disabled and its user is denied everything. The previous notice has the details.",
      ];
    case "contained-in-part":
      return [`Containment is incomplete and is not retried: ${plain(cut?.reason ?? "", 600)}`];
    case "key-gone":
      return [`Nothing was changed: ${plain(cut?.reason ?? "", 600)}`];
    case "not-contained":
      return [`Nothing was changed. The key may still work: ${plain(cut?.reason ?? "", 600)}`];
    case "failed":
      return [
        `The response failed after several tries${reasonOf(failure)}. The key may still work. The journal records which steps took effect.`,
      ];
  }
}

function byHand(accessKey: string, name = ""): readonly string[] {
  // A command takes a validated IAM name only; the event's own was not validated.
  const userName = /^[\w+=,.@-]{1,64}$/.test(name) ? name : "USER";
  return [
    ...(userName === "USER"
      ? [command`aws iam get-access-key-last-used --access-key-id=${accessKey}`]
      : []),
    command`aws iam update-access-key --user-name=${userName} --access-key-id=${accessKey} --status Inactive`,
    command`aws iam attach-user-policy --user-name=${userName} --policy-arn arn:aws:iam::aws:policy/AWSDenyAll`,
  ];
}

function summary(activity: Activity): readonly Section[] {
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
      ...(traces.length === 0 && events > 0 ? ["Nothing found in these events."] : []),
    ]),
    section("What its principals did", activity.followed.map(didOf)),
    counts("Calls", activity.calls),
    counts("Resources", activity.resources),
    counts("From", activity.addresses),
    counts("With", activity.agents),
    counts("Regions", activity.regions),
  ];
}

/** Says in one line what a principal did that the key created. */
function didOf({ by, value, call, events, failed, calls, traces, unread }: Followed): string {
  const who = `${by === "Username" ? "user" : "access key"} ${value}, by ${call}`;
  const what = calls.map(({ name, count }) => `${count} x ${name}`).join(", ");
  const left = traces.map((trace) => `${trace.call} ${trace.name}`.trim()).join(", ");
  return [
    `${who}: ${events} events, ${failed} of them failed`,
    ...(what === "" ? [] : [what]),
    ...(left === "" ? [] : [`created or changed: ${left}`]),
    ...(unread === undefined ? [] : [`not all could be read (${unread})`]),
  ].join("; ");
}

/** A later look: what earlier notices told, and what was found now. */
export interface LaterLook {
  readonly cut: Cut | undefined;
  /** Undefined when no look before this one succeeded. */
  readonly told: Activity | undefined;
  readonly found: Activity | undefined;
  readonly failure: Failure | undefined;
}

/** Reports what a later look found; undefined when responders know all of it. */
export function newsNotice(
  { cut, told, found, failure }: LaterLook,
  named: Named,
): Notice | undefined {
  const { place, finding, userName: name, accessKey } = { ...named, ...cut };
  const who = name === undefined ? (accessKey ?? "not named") : plain(name, 64);
  const subject = {
    finding,
    place,
    accountName: cut?.accountName ?? place.account,
    resource: `access key ${accessKey ?? "not named"}`,
  };
  const write = (outcome: Outcome, heading: string, sections: readonly Section[]) =>
    notice(
      urgencyOf(outcome, finding),
      `Exposed key: ${heading}: ${who} (${place.account})`,
      [...about(subject, cut?.incident), ...sections],
      originOf(subject, cut?.incident),
    );
  if (found === undefined) {
    return write("activity-report", "a later look at its activity failed", [
      section("What is not known", [
        `The activity of the key could not be looked up${reasonOf(failure)}.`,
      ]),
      section("Next", [`Look again: ${lookUpEvents("AccessKeyId", accessKey ?? "KEY")}`]),
    ]);
  }
  const fresh = newIn(told, found);
  if (fresh.length === 0) return undefined;
  return write("new-activity", "new activity found", [
    section("What is new", fresh),
    ...summary(found),
  ]);
}

/** Lists what a look found that the look before it did not. */
function newIn(told: Activity | undefined, found: Activity): readonly string[] {
  if (told === undefined) return ["This is the first look that succeeded."];
  const known = new Set(told.traces.map(keyOf));
  const traces = found.traces.filter((trace) => !known.has(keyOf(trace)));
  const followed = found.followed.filter((each) => {
    const before = told.followed.find(({ value }) => value === each.value);
    return each.events > (before?.events ?? 0);
  });
  return [
    ...(found.events > told.events
      ? [`${found.events - told.events} more events of the key.`]
      : []),
    ...traces.map(({ what, call, name, at }) => `${what}: ${call} ${name}, ${at}`),
    ...followed.map(didOf),
  ];
}

function keyOf({ call, name, region, at }: Activity["traces"][number]): string {
  return JSON.stringify([call, name, region, at]);
}

function counts(title: string, list: readonly Count[]): Section {
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
