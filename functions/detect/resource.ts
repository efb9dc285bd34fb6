/** Names the resource that a finding is about, where settings of it contain it, and who acted on it. */
import * as z from "zod/mini";
import { type ContainmentId, containmentOf } from "../catalogue/containments";
import { filled, hasForm } from "../catalogue/controls/control";
import { command } from "../model/command";
import type { BegunBy } from "../model/finding";
import type { Place, Resource } from "../model/resource";
import { containableAs, containCommand } from "./contain-command";
import { credentialOf, nameShape, type Principal } from "./credentials";

type Contained = Extract<Resource, { readonly kind: "resource" }>;

/** Makes the resource of an incident, from an id that such a resource can have. */
export function resourceOf(type: ContainmentId, id: string, place: Place): Contained {
  const { arn, names } = containmentOf(type);
  return {
    kind: "resource",
    type,
    id,
    arn: filled(arn, { id, ...place }),
    name: filled(names, { id }),
  };
}

const text = z.string();

/** How `detail.resource` of a finding names each kind. Members as in GuardDuty's service model. */
const ids: { readonly [C in ContainmentId]: (details: unknown) => readonly string[] } = {
  bucket: of(
    z.object({ s3BucketDetails: z.array(z.object({ name: text })) }),
    ({ s3BucketDetails }) => s3BucketDetails.map(({ name }) => name),
  ),
  service: of(
    z.object({
      ecsClusterDetails: z.object({
        name: text,
        taskDetails: z.object({ group: text, startedBy: z.catch(z.optional(text), undefined) }),
      }),
    }),
    ({ ecsClusterDetails: { name, taskDetails } }) => {
      // Whoever starts a task by itself gives it any group; a service's tasks are started by its deployment.
      const [kind, service] = taskDetails.group.split(":");
      const isServices = kind === "service" && /^ecs-svc\/\d+$/.test(taskDetails.startedBy ?? "");
      return isServices ? [`${name}/${service}`] : [];
    },
  ),
  snapshot: of(
    z.object({ ebsSnapshotDetails: z.object({ snapshotArn: text }) }),
    ({ ebsSnapshotDetails }) => idOf(ebsSnapshotDetails.snapshotArn, "snapshot"),
  ),
  image: of(z.object({ ec2ImageDetails: z.object({ imageArn: text }) }), ({ ec2ImageDetails }) =>
    idOf(ec2ImageDetails.imageArn, "image"),
  ),
  // GuardDuty finds nothing about secrets.
  secret: () => [],
  function: of(z.object({ lambdaDetails: z.object({ functionName: text }) }), (found) => [
    found.lambdaDetails.functionName,
  ]),
};

/** Reads an id of EC2, whose ARNs of these types have no account. */
function idOf(arn: string, type: string): readonly string[] {
  const [, id] =
    new RegExp(`^arn:aws:ec2:[a-z0-9-]+:\\d*:${type}/([a-z]+-[0-9a-f]+)$`).exec(arn) ?? [];
  return id === undefined ? [] : [id];
}

function of<S extends z.ZodMiniType>(shape: S, read: (found: z.infer<S>) => readonly string[]) {
  return (details: unknown): readonly string[] => {
    const parsed = shape.safeParse(details);
    return parsed.success ? read(parsed.data) : [];
  };
}

/** Of many resources, as many commands at most. */
const mostNamed = 10;

const loneTask = z.object({
  ecsClusterDetails: z.object({ name: text, taskDetails: z.object({ arn: text }) }),
});

/**
 * Finds the one resource of a kind that a finding names.
 *
 * @param details the finding's `resource`
 * @returns why there is none
 */
export function namedIn(
  type: ContainmentId,
  details: unknown,
  place: Place,
): { readonly resource: Contained } | { readonly why: string; readonly steps?: readonly string[] } {
  const { kind } = containmentOf(type);
  const [id, ...others] = new Set(ids[type](details));
  const task =
    id === undefined && type === "service" ? loneTask.safeParse(details).data : undefined;
  if (task !== undefined) {
    const { name, taskDetails } = task.ecsClusterDetails;
    return {
      why: "No service runs the task, and a task that is stopped cannot be started again as it was",
      steps: [
        `Once nobody needs what it has in memory and on its disk, stop it: ${command`aws ecs stop-task --cluster=${name} --task=${taskDetails.arn} --region=${place.region}`}`,
      ],
    };
  }
  if (id === undefined) return { why: `The finding names no ${kind} that Cordon contains` };
  if (others.length > 0) {
    const all = [id, ...others].filter((each) => hasForm(containmentOf(type), each, place.account));
    return {
      why: `The finding names ${others.length + 1} resources, and Cordon answers for one`,
      steps: all.slice(0, mostNamed).map((each) => containCommand(`${type}/${each}`, place)),
    };
  }
  return hasForm(containmentOf(type), id, place.account)
    ? { resource: resourceOf(type, id, place) }
    : { why: `The finding gives the ${kind} a name that no ${kind} has` };
}

const roleOfFunction = z.object({
  lambdaDetails: z.object({ functionName: text, role: text }),
});

/** Says how people contain who did it, or whose credentials the resource has. */
export function actorSteps(
  type: ContainmentId,
  details: unknown,
  principal: Principal,
  place: Place,
): readonly string[] {
  if (type === "function") {
    const found = roleOfFunction.safeParse(details);
    const role = found.data?.lambdaDetails.role.split("/").at(-1) ?? "";
    if (!nameShape.test(role)) return [];
    const session = `session/${role}/${found.data?.lambdaDetails.functionName}`;
    return [
      `End the sessions of the function's role, which code in it may have: ${containCommand(session, place)}`,
    ];
  }
  return principalSteps(principal, place);
}

/** Says how people contain the principal whose credentials a finding names. */
export function principalSteps(principal: Principal, place: Place): readonly string[] {
  if (principal.userType === undefined) return [];
  const credential = credentialOf(principal, place.region);
  if (credential.kind === "advice") {
    const { why, manualSteps } = credential.advice;
    return [`Contain who did it. ${why}`, ...manualSteps];
  }
  const { id, kind } = credential.resource;
  return [
    `Contain who did it, ${kind} ${id}: ${containCommand(containableAs(credential.resource), place)}`,
  ];
}

/** Who did something to a resource: principals of its account, or whoever can reach it. */
export function begunTo({ userType }: Principal): BegunBy {
  // A public bucket can be reached by anybody, who could have it closed.
  const isOwn = ["AssumedRole", "IAMUser", "Role", "Root", "FederatedUser"].includes(
    userType ?? "",
  );
  return isOwn
    ? { who: "resource", why: "it was done with credentials of AWS" }
    : {
        who: "unclear",
        why: "the finding names no credentials: whoever can reach it may have done it",
      };
}
