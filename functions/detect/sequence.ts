/**
 * Reads what an attack sequence of GuardDuty is about: the principals that acted, the instances that are
 * compromised, and what else it names. Members as in GuardDuty's service model, shape Sequence; what is of
 * another shape is left out, and hides nothing else.
 */
import * as z from "zod/mini";
import { command } from "../model/command";
import type { BegunBy } from "../model/finding";
import { plain } from "../model/plain-text";
import type { Aside, Part } from "../model/resource";
import { type Place, type Resource, resourceName } from "../model/resource";
import { containableAs, containCommand } from "./contain-command";
import { credentialOf, type Principal } from "./credentials";
import { accountId, incidentKey, regionName } from "./detected";

/**
 * Resources that one sequence has contained. Their plans share one item of the journal, of 400 KB, and one
 * notice, of 256 KB; GuardDuty names up to 400 actors and as many resources.
 */
export const mostParts = 20;
/** Of what a sequence names besides. */
const mostAsides = 20;
const nameLimit = 200;

const text = z.string();
const optional = z.catch(z.nullish(text), undefined);
const texts = z.catch(z.nullish(z.array(text)), undefined);

const actor = z.object({
  id: text,
  user: z.nullish(
    z.object({
      name: text,
      // OCSF's names: the principal id, and the id of the access key.
      uid: optional,
      type: optional,
      credentialUid: optional,
      account: z.catch(z.nullish(z.object({ uid: accountId })), undefined),
    }),
  ),
  session: z.catch(z.nullish(z.object({ issuer: optional })), undefined),
  process: z.catch(z.nullish(z.looseObject({})), undefined),
});
type Actor = z.infer<typeof actor>;

const resource = z.object({
  uid: text,
  name: optional,
  accountId: z.catch(z.optional(accountId), undefined),
  resourceType: text,
  region: z.catch(z.optional(regionName), undefined),
  data: z.catch(z.nullish(z.record(text, z.unknown())), undefined),
});
type Named = z.infer<typeof resource>;

const signal = z.object({ actorIds: texts, resourceUids: texts });

const shape = z.object({
  detection: z.object({
    sequence: z.object({
      actors: z.nullish(z.array(z.unknown())),
      resources: z.nullish(z.array(z.unknown())),
      signals: z.nullish(z.array(z.unknown())),
    }),
  }),
});

/**
 * What groups of instances list the compromised ones, by the member of `data`. Of the members eksCluster
 * and ecsCluster the same list has every node.
 */
const groups = [
  "autoscalingAutoScalingGroup",
  "cloudformationStack",
  "ec2Image",
  "ec2LaunchTemplate",
  "ec2Vpc",
  "iamInstanceProfile",
] as const;
const group = z.object({ ec2InstanceUids: z.array(text) });
const key = z.object({ principalId: optional, userName: optional, userType: optional });

interface Found {
  readonly parts: readonly Part[];
  readonly asides: readonly Aside[];
  /** The account's root user acted. */
  readonly urgent?: true;
}

/**
 * Reads the parts and asides of a sequence.
 *
 * @param service the finding's `service`
 * @param place the finding's account and region
 */
export function sequenceOf(type: string, service: unknown, place: Place): Found {
  const parsed = shape.safeParse(service);
  const { actors, resources, signals } = parsed.data?.detection.sequence ?? {};
  const all = {
    actors: each(actor, actors),
    resources: each(resource, resources),
    signals: each(signal, signals),
  };
  const principals = all.actors.flatMap((one) =>
    one.user ? principalOf(one, one.user, all.resources, place) : [],
  );
  const instances = instancesOf(type, all, place);
  const found = [...principals, ...instances];
  const parts = inTurns(distinctParts(found.flatMap(({ part }) => part ?? [])));
  const kept = parts.slice(0, mostParts);
  const asides = [
    ...tooMany(parts.slice(mostParts)),
    ...found.flatMap(({ aside }) => aside ?? []),
    ...all.resources.flatMap((one) => othersOf(one, all.actors, place)),
  ];
  const named = [...new Map(asides.map((aside) => [aside.what, aside])).values()];
  // What is still open is said before what was only acted on, of which an intruder can touch any number.
  const distinct = [...named.filter(({ isOpen }) => isOpen), ...named.filter((one) => !one.isOpen)];
  return {
    parts: kept,
    asides: distinct.slice(0, mostAsides),
    ...(found.some(({ urgent }) => urgent) && { urgent: true }),
  };
}

/** Leaves out what is named twice. Two users may have had one name: their unique ids tell them apart. */
function distinctParts(parts: readonly Part[]): readonly Part[] {
  const identityOf = ({ key, resource }: Part) =>
    resource.kind === "instance"
      ? resource.id
      : [key, resource.kind === "role" ? resource.session : ""].join("\n");
  const distinct = [...new Map(parts.map((part) => [identityOf(part), part])).values()];
  return distinct.map((part) => {
    const isAlone = distinct.every((other) => other === part || other.name !== part.name);
    const uniqueId = "uniqueId" in part.resource ? part.resource.uniqueId : undefined;
    return isAlone || uniqueId === undefined
      ? part
      : { ...part, name: `${part.name}, ${uniqueId}` };
  });
}

/** Puts the first part of each target first: of one role an intruder can open sessions of any number. */
function inTurns(parts: readonly Part[]): readonly Part[] {
  const turnOf = (part: Part) =>
    parts.slice(0, parts.indexOf(part)).filter(({ key: before }) => before === part.key).length;
  return parts
    .map((part) => ({ part, turn: turnOf(part) }))
    .sort((one, other) => one.turn - other.turn)
    .map(({ part }) => part);
}

/** Names a sequence by its parts. */
function nameOfParts([first, ...others]: readonly Pick<Part, "resource">[]): string {
  if (first === undefined) return "no resource that Cordon contains";
  const name = resourceName(first.resource);
  return others.length === 0 ? name : `${name} and ${others.length} more`;
}

interface One {
  readonly part?: Part;
  readonly aside?: Aside;
  readonly urgent?: true;
}

type All = {
  readonly actors: readonly Actor[];
  readonly resources: readonly Named[];
  readonly signals: readonly z.infer<typeof signal>[];
};

/** Names the principal of an actor, as a finding about its credentials would. */
function principalOf(
  { session }: Actor,
  user: NonNullable<Actor["user"]>,
  resources: readonly Named[],
  place: Place,
): One {
  const accessKey = resources.find(({ uid }) => uid === user.credentialUid);
  const details = key.safeParse(accessKey?.data?.accessKey).data;
  const issuer = /^arn:aws:iam::(\d{12}):role\/(?:[^/]+\/)*([^/]+)$/.exec(session?.issuer ?? "");
  const owner = user.account?.uid ?? issuer?.[1] ?? accessKey?.accountId ?? place.account;
  const known = [user.uid, details?.principalId].map((id) => id ?? undefined);
  const principal: Principal = {
    userType: user.type ?? undefined,
    userName: issuer?.[2] ?? user.name,
    // Of a role's session only the id with the session's name says which.
    principalId: known.find((id) => id?.includes(":")) ?? known.find((id) => id !== undefined),
    accessKeyId: user.credentialUid ?? undefined,
  };
  const credential = credentialOf(principal, place.region);
  const what = plain(`${user.type ?? "actor"} ${user.name}`, nameLimit);
  if (owner !== place.account) {
    return { aside: { what, isOpen: true, ...elsewhere(owner, place) } };
  }
  if (credential.kind === "advice") {
    const { why, manualSteps, urgent } = credential.advice;
    return { aside: { what, why, manualSteps, isOpen: true }, ...(urgent && { urgent }) };
  }
  return { part: partOf(place, credential.resource) };
}

/** Lists the instances that a sequence shows as compromised, and those that it only names. */
function instancesOf(
  type: string,
  { actors, resources, signals }: All,
  place: Place,
): readonly One[] {
  const isGroup = type === "AttackSequence:EC2/CompromisedInstanceGroup";
  const isCluster = /^AttackSequence:E[CK]S\//.test(type);
  const processes = new Set(actors.flatMap(({ id, process }) => (process ? [id] : [])));
  const acting = new Set(
    signals.flatMap(({ actorIds, resourceUids }) =>
      actorIds?.some((id) => processes.has(id)) ? (resourceUids ?? []) : [],
    ),
  );
  const own: readonly Named[] = resources.filter(
    ({ resourceType }) => resourceType === "EC2_INSTANCE",
  );
  const listed = !isGroup
    ? []
    : resources.flatMap(({ data, region, accountId: account }) =>
        groups.flatMap((member) =>
          (group.safeParse(data?.[member]).data?.ec2InstanceUids ?? []).map(
            (uid): Named => ({ uid, resourceType: "EC2_INSTANCE", region, accountId: account }),
          ),
        ),
      );
  return [...own, ...listed].flatMap((one): readonly One[] => {
    const [
      ,
      region = one.region ?? place.region,
      account = one.accountId ?? place.account,
      id = one.uid,
    ] = /^arn:aws:ec2:([a-z0-9-]+):(\d{12}):instance\/(.+)$/.exec(one.uid) ?? [];
    if (!/^i-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) return [];
    const what = `instance ${id}`;
    if (account !== place.account)
      return [{ aside: { what, isOpen: true, ...elsewhere(account, place) } }];
    const site = { account, region };
    const begunBy = begunByOf(isGroup, isCluster, acting.has(one.uid));
    const part = partOf(site, { kind: "instance", id });
    if (begunBy !== undefined) return [{ part: { ...part, begunBy } }];
    return [
      {
        aside: {
          what,
          why: "the sequence names it as a resource that was acted on, and not as one that is compromised",
          manualSteps: [commandFor(part)],
        },
      },
    ];
  });
}

function begunByOf(isGroup: boolean, isCluster: boolean, acts: boolean): BegunBy | undefined {
  if (isCluster) {
    return {
      who: "unclear",
      why: "GuardDuty names it as a node of the compromised cluster, where pods or tasks of others run, too",
    };
  }
  if (isGroup)
    return { who: "resource", why: "GuardDuty lists it among the compromised instances" };
  return acts ? { who: "resource", why: "a process of the actor's runs on it" } : undefined;
}

/** What people do about each kind of resource that no playbook contains. Others only describe the rest. */
const advice: Readonly<Record<string, (name: string, place: Place) => Omit<Aside, "what">>> = {
  S3_BUCKET: (name, place) => ({
    why: "a bucket is contained by itself, after an approval",
    manualSteps: [
      `If it must be contained: ${containCommand(`bucket/${name}`, place)}`,
      `Find in CloudTrail's data events what was read from bucket ${name}, or changed in it. If it is public and must not be: ${command`aws s3api put-public-access-block --bucket=${name}`} --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true`,
    ],
  }),
  EKS_CLUSTER: (name, { region }) => ({
    why: "no playbook contains a cluster",
    manualSteps: [
      `Find and stop the workload in cluster ${name}: ${command`aws eks update-kubeconfig --name=${name} --region=${region}`}, then kubectl scale --replicas 0, or kubectl delete pod.`,
    ],
  }),
  ECS_CLUSTER: (name, { region }) => ({
    why: "no playbook contains a cluster",
    manualSteps: [
      `Find the task in cluster ${name}, and stop it: ${command`aws ecs stop-task --cluster=${name} --region=${region}`} --task TASK`,
    ],
  }),
};

const kinds: Readonly<Record<string, string>> = {
  S3_BUCKET: "bucket",
  EKS_CLUSTER: "EKS cluster",
  ECS_CLUSTER: "ECS cluster",
};

function othersOf(one: Named, actors: readonly Actor[], place: Place): readonly Aside[] {
  const name = plain(one.name || (one.uid.split(/[:/]/).at(-1) ?? one.uid), nameLimit);
  const isActors = actors.some(({ user }) => user?.credentialUid === one.uid);
  if (one.resourceType === "ACCESS_KEY" && !isActors) {
    const details = key.safeParse(one.data?.accessKey).data;
    const of = details?.userName ? ` of ${details.userName}` : "";
    return [
      {
        what: plain(`access key ${one.uid}${of}`, nameLimit),
        why: "the sequence names it as a resource that was acted on, and not as an actor's",
        manualSteps: [
          "Find who has this key, and who made it. If it is in wrong hands, contain its user.",
        ],
      },
    ];
  }
  const known = advice[one.resourceType]?.(name, {
    ...place,
    region: one.region ?? place.region,
  });
  return known === undefined ? [] : [{ what: `${kinds[one.resourceType]} ${name}`, ...known }];
}

function elsewhere(account: string, place: Place): Omit<Aside, "what"> {
  return {
    why: `it is of account ${account}, and the finding of ${place.account}`,
    manualSteps: [
      `If account ${account} is yours, look for a finding of its own there, or contain it by command.`,
    ],
  };
}

function tooMany(parts: readonly Part[]): readonly Aside[] {
  return parts.length === 0
    ? []
    : [
        {
          what: `${parts.length} further resources`,
          why: `Cordon contains at most ${mostParts} resources of one sequence`,
          manualSteps: parts.slice(0, mostParts).map(commandFor),
          isOpen: true,
        },
      ];
}

const playbooks = {
  instance: "contain-instance",
  role: "revoke-sessions",
  user: "contain-access-key",
} as const;

function partOf(place: Place, target: Part["resource"]): Part {
  const playbook = playbooks[target.kind];
  const name = resourceName(target) + (target.kind === "role" ? `, session ${target.session}` : "");
  return { name, key: incidentKey(place, target, playbook), playbook, place, resource: target };
}

/** Writes the command that contains a part by itself. */
export function commandFor({ resource, place }: Pick<Part, "resource" | "place">): string {
  return containCommand(containableAs(resource), place);
}

function each<T>(of: z.ZodMiniType<T>, list: readonly unknown[] | null | undefined): readonly T[] {
  return (list ?? []).flatMap((one) => {
    const parsed = of.safeParse(one);
    return parsed.success ? [parsed.data] : [];
  });
}

/** Makes the resource of an incident about a sequence. */
export function sequenceResource(
  id: string,
  { parts, asides }: Found,
): Extract<Resource, { kind: "sequence" }> {
  return { kind: "sequence", id, name: nameOfParts(parts), parts, asides };
}
