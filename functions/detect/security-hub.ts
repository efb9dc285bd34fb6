/** Parses a finding that a responder sends by a custom action in Security Hub, or refuses it. */
import * as z from "zod/mini";
import { namesVictim } from "../catalogue/finding-types/assignment";
import {
  type CustomAction,
  customActions,
  isActionArn,
  playbookActions,
} from "../catalogue/security-hub-actions";
import type { Finding } from "../model/finding";
import { plain } from "../model/plain-text";
import type { Place, Resource } from "../model/resource";
import { asffFinding, guardDutyType, placeOf, readAsff } from "./asff";
import { answeredType, kindsOf, targetOf } from "./asff-target";
import {
  accountId,
  type Detected,
  incidentOf,
  refusal,
  refused,
  timestamp,
  typeName,
} from "./detected";

const event = z.object({
  source: z.literal("aws.securityhub"),
  "detail-type": z.literal("Security Hub Findings - Custom Action"),
  account: accountId,
  time: timestamp,
  resources: z.array(z.string()),
  // Security Hub sends each finding that was selected in an event of its own.
  detail: z.object({ findings: z.tuple([asffFinding]) }),
});

/** What the whole of a finding says, whatever it is about. */
interface Sent {
  readonly finding: Finding;
  readonly place: Place;
}

/** A finding that a responder sends is never archived: GuardDuty's suppression does not apply. */
export type Requested = Exclude<Detected, { readonly kind: "archived" }>;

/**
 * Parses one event.
 *
 * @param securityAccount must be the account of the envelope: responders choose the action there, and
 *   only there are all members' findings visible.
 * @param actions that the caller handles
 */
export function detectSecurityHub(
  input: unknown,
  securityAccount: string,
  actions: readonly CustomAction[] = playbookActions,
): Requested {
  if (input === undefined) return refusal("The message is not JSON");
  const parsed = event.safeParse(input);
  if (!parsed.success) return refused("a finding sent by custom action", parsed.error);
  const { account, resources, time, detail } = parsed.data;
  if (account !== securityAccount) {
    return refusal(
      `The event comes from account ${account}; actions are accepted only from the security account ${securityAccount}`,
    );
  }
  const [arn, ...others] = resources;
  const action = actions.find((each) => others.length === 0 && isActionArn(arn, each));
  if (action === undefined) {
    return refusal(
      `The custom action is ${resources.join(", ") || "not named"}; expected ${actions.join(" or ")}, alone`,
    );
  }
  const [found] = detail.findings;
  // A finding may list what the credentials were used on beside the credentials, in any order.
  const type = answeredType(guardDutyType(found.Types?.[0] ?? ""), found.Resources);
  const about = found.Resources.filter(({ Type }) => Type === type);
  const resource = about[0] ?? found.Resources[0];
  if (resource === undefined) throw new Error("A parsed finding has a resource");
  const partition = resource.Partition ?? "aws";
  if (partition !== "aws") {
    return refusal(`Partition ${partition} is not supported, only aws`);
  }
  const placed = placeOf(found, resource);
  const dryRun = action === customActions.dryRun;
  const sent: Sent = {
    finding: { ...readAsff(found, placed.place), requestedAt: time, ...(dryRun && { dryRun }) },
    place: placed.place,
  };
  if (namesVictim(sent.finding.type) && action !== customActions.release) {
    return {
      kind: "unanswered",
      ...sent,
      resource: plain(resource.Id, 120),
      advice: {
        why: "The finding names the application that somebody attacked, the victim: Cordon does not contain it for that",
        manualSteps: [
          "If an intruder has the credentials, contain them by name: npx cordon contain",
        ],
      },
    };
  }
  const target = targetOf(resource, placed);
  if (type === undefined || target === undefined) {
    return { kind: "unanswered", ...sent, resource: typeName(resource.Type) };
  }
  if (about.length > 1) {
    const things = kindsOf(type);
    return {
      kind: "unanswered",
      ...sent,
      resource: type === "AwsIamAccessKey" ? "credentials" : things,
      advice: {
        why: `The finding names ${about.length} ${things}, and Cordon answers for one`,
        manualSteps: ["Contain each with a finding that names it alone, or manually."],
      },
    };
  }
  if (target.kind === "refused") return target;
  if (target.kind === "advice") return { ...target, kind: "unanswered", ...sent };
  return incidentOf(
    {
      source: "security-hub",
      resourceType: resource.Type,
      userType: userTypes[target.resource.kind],
      type: sent.finding.type,
    },
    { ...target, finding: sent.finding },
  );
}

const userTypes: Readonly<Partial<Record<Resource["kind"], string>>> = {
  user: "IAMUser",
  role: "AssumedRole",
};
