/** The resources that playbooks contain, their accounts and regions, and their ARNs. */
import type { ContainmentId } from "../catalogue/containments";
import type { ControlId } from "../catalogue/controls";
import type { BegunBy } from "./finding";
import { blockingSetOf } from "./internet-address";

/** A target's account and region. IAM is global: its resources have the finding's region. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

/** A resource that a playbook can contain. A new kind needs a facts reader in remediate/facts. */
export type Resource =
  | { readonly kind: "instance"; readonly id: string }
  /** An IAM user whose credentials were used. */
  | {
      readonly kind: "user";
      /** The name that the finding gives: the user may have another one by now. */
      readonly id: string;
      /** IAM's id of the user (AIDA…), which nobody can choose; not every finding has it. */
      readonly uniqueId?: string;
      /** Absent where the user signed in to the console. */
      readonly accessKey?: string;
    }
  /** An IAM role, by name, of which a session was used. */
  | {
      readonly kind: "role";
      readonly id: string;
      /** IAM's id of the role (AROA…): another role of the name has another. Not every finding has it. */
      readonly uniqueId?: string;
      readonly accessKey: string;
      /** Name of the session: whoever opens one chooses it. EC2 takes the instance's id. */
      readonly session: string;
    }
  /** A setting that a posture control is about, by the id of the resource that has it. */
  | {
      readonly kind: "posture";
      readonly control: ControlId;
      readonly id: string;
      /** ARN of that resource; of an account, as Security Hub names it. */
      readonly arn: string;
      /** The resource in words, such as "bucket reports". */
      readonly name: string;
    }
  /** What an attack sequence is about: several resources, which are contained together. */
  | {
      readonly kind: "sequence";
      /** Id of the finding, which updates of it keep. */
      readonly id: string;
      /** Its parts in words, such as "user deploy and 4 more". */
      readonly name: string;
      readonly parts: readonly Part[];
      /** What it names besides, and no part is about. */
      readonly asides: readonly Aside[];
    }
  /** An address of the internet that is kept from web applications of one account and region. */
  | {
      readonly kind: "address";
      /** As Node.js writes it: without leading zeros, IPv6 in its short form. */
      readonly id: string;
      /** The instance that it attacked; absent where a person asked. An incident each. */
      readonly attacked?: string;
    }
  /** A resource that its settings contain: a bucket, a function. */
  | {
      readonly kind: "resource";
      readonly type: ContainmentId;
      readonly id: string;
      readonly arn: string;
      /** The resource in words, such as "bucket reports". */
      readonly name: string;
    };
export type ResourceKind = Resource["kind"];

/** A resource of an attack sequence: it is contained as the target of an incident of its own would be. */
export interface Part {
  /** Names the part in the plan: "instance i-0123456789abcdef0", "user deploy", "role analyst, session ana". */
  readonly name: string;
  /** Of the incident that a finding about the part alone would have. */
  readonly key: string;
  readonly playbook: "contain-access-key" | "contain-instance" | "revoke-sessions";
  readonly place: Place;
  readonly resource: Extract<Resource, { readonly kind: "instance" | "role" | "user" }>;
  /** Of an instance. */
  readonly begunBy?: BegunBy;
}

/** What a sequence names and Cordon does not contain. */
export interface Aside {
  readonly what: string;
  /** One sentence without its stop. */
  readonly why: string;
  readonly manualSteps: readonly string[];
  /** The attacker may go on by it: of what was only acted on, this is not so. */
  readonly isOpen?: true;
}

/** Names a resource in one word of an ARN. Of IAM resources it lacks the path, which only IAM knows. */
export function resourceArn(place: Place, resource: Resource): string {
  switch (resource.kind) {
    case "instance":
      return `arn:aws:ec2:${place.region}:${place.account}:instance/${resource.id}`;
    case "posture":
    case "resource":
      return resource.arn;
    case "sequence":
      return `arn:aws:guardduty:${place.region}:${place.account}:sequence/${resource.id}`;
    case "address":
      return `arn:aws:wafv2:${place.region}:${place.account}:regional/ipset/${blockingSetOf(resource.id)}/${resource.id}`;
    case "user":
    case "role":
      return `arn:aws:iam::${place.account}:${resource.kind}/${resource.id}`;
  }
}

/** Names a resource in words: "instance i-0123456789abcdef0", "user deploy", "bucket reports". */
export function resourceName(resource: Resource): string {
  if (resource.kind === "sequence") return `attack sequence of ${resource.name}`;
  if ("name" in resource) return resource.name;
  const { attacked = undefined } = resource.kind === "address" ? resource : {};
  return `${resource.kind} ${resource.id}${attacked === undefined ? "" : `, which attacked ${attacked}`}`;
}

/** Checks whether a resource belongs to one region; the others are global, or have parts that are judged. */
export function isRegional(resource: Resource): boolean {
  return !["role", "sequence", "user"].includes(resource.kind);
}

/** Finds the instance that a role's session was issued to, by the session's name; else undefined. */
export function instanceOfSession(session: string): string | undefined {
  return /^i-([0-9a-f]{8}|[0-9a-f]{17})$/.test(session) ? session : undefined;
}
