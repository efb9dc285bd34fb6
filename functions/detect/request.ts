/**
 * Parses what a responder requests by command: the containment of a target that no finding need have
 * named.
 */
import * as z from "zod/mini";
import { containmentIds, containmentOf } from "../catalogue/containments";
import type { PlaybookId } from "../catalogue/playbooks";
import type { Finding } from "../model/finding";
import type { Incident } from "../model/incident";
import { addressOf } from "../model/internet-address";
import { oneLine, plain } from "../model/plain-text";
import type { Place, Resource } from "../model/resource";
import { accountId, incidentKey, refusal, refused, regionName } from "./detected";
import { resourceOf } from "./resource";

/** What a responder named, in whatever account. */
export interface Target {
  readonly playbook: PlaybookId;
  readonly resource: Resource;
}

/** What a person asked to contain. */
export interface ContainmentRequest {
  readonly contain: string;
  readonly account: string;
  readonly region: string;
  /** One line of 1 to 1,000 characters. */
  readonly reason: string;
  /** ARN of the person, proven. */
  readonly by: string;
  /** Make the plan, and stop there. @default false */
  readonly dryRun?: boolean;
}

/** IAM's own pattern for the characters of names of users, roles and role sessions. */
const name = "[\\w+=,.@-]";
/** Where a resource is, until the request says it. */
const anywhere: Place = { account: "*", region: "*" };
const forms: readonly [
  RegExp,
  (parts: readonly string[]) => Target | { readonly problem: string },
][] = [
  [
    /^(i-(?:[0-9a-f]{8}|[0-9a-f]{17}))$/,
    ([id = ""]) => ({ playbook: "contain-instance", resource: { kind: "instance", id } }),
  ],
  [
    new RegExp(`^user/(${name}{1,64})$`),
    ([id = ""]) => ({ playbook: "contain-access-key", resource: { kind: "user", id } }),
  ],
  [
    new RegExp(`^session/(${name}{1,64})/(${name}{2,64})$`),
    ([id = "", session = ""]) => ({
      playbook: "revoke-sessions",
      // No access key is known: the playbook finds the sessions by the role and their name.
      resource: { kind: "role", id, session, accessKey: "" },
    }),
  ],
  [
    /^address\/(\S{1,60})$/,
    ([text = ""]) => {
      const id = addressOf(text);
      if (id === undefined) return { problem: `"${plain(text, 60)}" is no single address` };
      return { playbook: "block-address", resource: { kind: "address", id } };
    },
  ],
  ...containmentIds.map((type): (typeof forms)[number] => [
    new RegExp(`^${type}/(${containmentOf(type).idForm})$`),
    ([id = ""]) => ({ playbook: "contain-resource", resource: resourceOf(type, id, anywhere) }),
  ]),
];

/** Reads a target; the problem says in one sentence why the text is none. */
export function readTarget(text: string): Target | { readonly problem: string } {
  for (const [form, make] of forms) {
    const match = form.exec(text);
    if (match !== null) return make(match.slice(1));
  }
  return {
    problem: `"${plain(text, 60)}" is nothing that Cordon contains: give an instance as i-0123456789abcdef0, a user as user/NAME, a role's session as session/ROLE/SESSION, an address to block as address/ADDRESS, or as KIND/NAME one of these: ${containmentIds.join(", ")}`,
  };
}

/** Who requests a containment, and why. */
export interface Requester {
  readonly by: string;
  readonly reason: string;
  readonly at: Date;
  readonly dryRun?: true;
}

/** Makes the incident. It has the key of the incident that a finding about the target would have. */
export function requestedIncident(
  { playbook, resource: named }: Target,
  place: Place,
  { by, reason, at, dryRun }: Requester,
): Incident {
  const resource = named.kind === "resource" ? resourceOf(named.type, named.id, place) : named;
  const requestedAt = at.toISOString();
  const finding: Finding = {
    id: `request-${requestedAt.replace(/\D/g, "").slice(0, 14)}`,
    type: "Cordon:Request/Contain",
    severity: 8,
    title: oneLine(`${plain(by, 200)} requested it: ${reason}`).slice(0, 256),
    begunBy: { who: "resource", why: "a responder says so" },
    sample: false,
    lastSeen: requestedAt,
    requestedAt,
    // The ARN of a user may hold a path of 512 characters, and the name is at its end.
    requestedBy: plain(by, 700),
    link: linkTo(place, resource),
    ...(dryRun && { dryRun }),
  };
  return { key: incidentKey(place, resource, playbook), playbook, place, resource, finding };
}

/** Links to the target in a console: there is no finding to link to. */
function linkTo({ region }: Place, resource: Resource): string {
  const { kind, id } = resource;
  if (kind === "address") {
    return `https://console.aws.amazon.com/wafv2/homev2/ip-sets?region=${region}`;
  }
  if ("arn" in resource) {
    return `https://console.aws.amazon.com/go/view?arn=${encodeURIComponent(resource.arn)}`;
  }
  return kind === "instance"
    ? `https://${region}.console.aws.amazon.com/ec2/home?region=${region}#InstanceDetails:instanceId=${id}`
    : `https://console.aws.amazon.com/iam/home#/${kind}s/details/${encodeURIComponent(id)}`;
}

const request = z.object({
  contain: z.string(),
  account: accountId,
  region: regionName,
  reason: z.string().check(z.minLength(1), z.maxLength(1_000)),
  by: z.string(),
  dryRun: z.optional(z.boolean()),
});

/** Parses a request as the incident that it is about. */
export function detectRequest(
  input: unknown,
  at: Date,
):
  | { readonly kind: "incident"; readonly incident: Incident }
  | { readonly kind: "refused"; readonly reason: string } {
  const parsed = request.safeParse(input);
  if (!parsed.success) return refused("a request to contain", parsed.error);
  const { contain, account, region, reason, by, dryRun } = parsed.data;
  const target = readTarget(contain);
  if ("problem" in target) return refusal(target.problem);
  const requester = { by, reason, at, ...(dryRun === true && { dryRun }) };
  return { kind: "incident", incident: requestedIncident(target, { account, region }, requester) };
}
