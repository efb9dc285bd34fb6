/** The result of parsing an event, and the helpers that all detectors share. */
import { createHash } from "node:crypto";
import * as z from "zod/mini";
import en from "zod/v4/locales/en.js";
import type { Unanswered } from "../catalogue/finding-types/group";
import { type Described, type PlaybookId, playbookFor } from "../catalogue/playbooks";
import { isWorkloadName } from "../catalogue/session-names";
import type { Finding } from "../model/finding";
import type { Incident } from "../model/incident";
import { plain } from "../model/plain-text";
import { instanceOfSession, type Place, type Resource } from "../model/resource";
import type { CountedAs } from "../record/digest";

// zod/mini has no locale by default: every reason would read "Invalid input".
z.config(en());

export type Detected =
  /** A playbook covers it. */
  | { readonly kind: "incident"; readonly incident: Incident }
  /** A finding that no playbook covers: Cordon notifies. */
  | {
      readonly kind: "unanswered";
      readonly finding: Finding;
      readonly place: Place;
      /** Names what it is about, or its type where it bears no name. */
      readonly resource: string;
      readonly advice?: Advice;
      /** What the catalogue says of GuardDuty's type. @default by severity */
      readonly assigned?: Unanswered;
      /** The AWS Config rule that it violates: notified once a day for each account and rule. */
      readonly breach?: string;
      /** What outsiders cause at will: notified once a day for each account and this name. */
      readonly daily?: string;
      /** Under what the digest counts it. @default by itself */
      readonly countedAs?: CountedAs;
      /** Why Cordon does not notify; the reason is logged. */
      readonly suppressedBecause?: string;
    }
  /** Archived in GuardDuty, or suppressed by a filter. */
  | {
      readonly kind: "archived";
      readonly finding: Finding;
      readonly place: Place;
      /** Under what the digest counts it. @default by itself */
      readonly countedAs?: CountedAs;
    }
  | { readonly kind: "refused"; readonly reason: string };

/** The explanation and manual steps for a finding that no playbook may contain. */
export interface Advice {
  readonly why: string;
  readonly manualSteps: readonly string[];
  /** Notified whatever the severity, and marked as urgent. */
  readonly urgent?: true;
}

export const accountId = z.string().check(z.regex(/^\d{12}$/, "must be a 12-digit account id"));
export const regionName = z.string().check(z.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be a region"));
/** A time as AWS writes them (RFC 3339): `Date.parse` alone takes "2026 (and any remark)" for one. */
const timeShape = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/;
export const timestamp = z
  .string()
  .check(
    z.refine((text) => timeShape.test(text) && !Number.isNaN(Date.parse(text)), "must be a time"),
  );

/** Text, where JSON null means the same as absence: old events have it. */
export const textOrNone = z.pipe(
  z.nullish(z.string()),
  z.transform((text) => text ?? undefined),
);

/** Makes the incident of a finding whose resource is known, if a playbook covers it. */
export function incidentOf(
  described: Described,
  found: { readonly place: Place; readonly resource: Resource; readonly finding: Finding },
): Extract<Detected, { readonly kind: "incident" | "unanswered" }> {
  const { place, resource, finding } = found;
  const playbook = playbookFor(described);
  if (playbook === undefined) {
    return { kind: "unanswered", finding, place, resource: typeName(described.resourceType) };
  }
  const key = incidentKey(place, resource, playbook);
  return { kind: "incident", incident: { key, playbook, place, resource, finding } };
}

/** Names an incident by what it is about, so that every re-emission meets the same record. */
export function incidentKey(place: Place, resource: Resource, playbook: PlaybookId): string {
  return createHash("sha256")
    .update([place.account, ...identityOf(place, resource), playbook].join("\n"))
    .digest("hex")
    .slice(0, 16);
}

/** IAM is one for all regions: what is done to a user or role in one is done in all. */
function identityOf(place: Place, resource: Resource): readonly string[] {
  switch (resource.kind) {
    case "instance":
      return [place.region, resource.id];
    case "user":
      // The same user under whatever name; a user may be named like an id.
      return [
        "iam",
        resource.uniqueId === undefined ? `user/${resource.id}` : `user-id/${resource.uniqueId}`,
      ];
    case "address":
      return [place.region, ["address", resource.id, resource.attacked ?? ""].join("/")];
    case "posture":
      return [place.region, `${resource.control}/${resource.id}`];
    case "sequence":
      return [place.region, `sequence/${resource.id}`];
    case "resource":
      return [place.region, `${resource.type}/${resource.id}`];
    case "role": {
      // What has a deny of its own is an incident of its own.
      const { id, session } = resource;
      const isOwn = instanceOfSession(session) !== undefined || isWorkloadName(session);
      return ["iam", `role/${id}${isOwn ? `/${session}` : ""}`];
    }
  }
}

/** Characters that a finding's title may have; Security Hub takes as many. */
export const titleLimit = 256;

/** Names a resource by its type, for a notice. */
export function typeName(resourceType: string): string {
  return plain(resourceType, 60);
}

/** Makes a finding's id fit for tags and notices, whatever its source. */
export function idOf(text = ""): string {
  return text.replace(/[^\w.:-]/g, "").slice(0, 64) || "unnamed";
}

/** Refuses an event of CloudTrail whose detail is of another account than the envelope, which EventBridge writes. */
export function ofAnother(
  account: string,
  { recipientAccountId = account }: { readonly recipientAccountId?: string | undefined },
): Extract<Detected, { readonly kind: "refused" }> | undefined {
  if (recipientAccountId === account) return undefined;
  return refusal(`The event of ${account} is about ${recipientAccountId}`);
}

/** Characters of a reason, which may quote the event. */
const reasonLimit = 600;

/** Refuses an event, in one line of a bounded length: whatever it quotes, a stranger may have written. */
export function refusal(reason: string): Detected & { kind: "refused" } {
  return { kind: "refused", reason: plain(reason, reasonLimit) };
}

/** Says what was expected, and where the event differs from it. */
export function refused(what: string, error: z.core.$ZodError): Detected & { kind: "refused" } {
  const issues = error.issues.slice(0, 3).map((issue) => {
    const path = issue.path.join(".") || "the event";
    return `${path}: ${issue.message}`;
  });
  return refusal(`Not ${what}: ${issues.join("; ")}`);
}
