/** Reads which resources an event names, for a drill that creates them first. */
import { isRoot } from "../../functions/detect/exposed-key";
import type { EventBridgeEvent } from "../gateway/wire/event";

export interface NamedInstance {
  readonly kind: "instance";
  readonly id: string;
  readonly interfaces: readonly NamedInterface[];
  readonly volumes: number;
  /** Path and name of its instance profile. */
  readonly profile?: string;
  readonly vpc?: string;
  readonly subnet?: string;
}

interface NamedInterface {
  readonly id?: string;
  /** Ids of its security groups. */
  readonly groups: readonly string[];
}

export interface NamedUser {
  readonly kind: "user";
  /** Absent where the event names the key alone. */
  readonly name?: string;
  /** AIDA…; absent where the event does not say. */
  readonly uniqueId?: string;
  /** Ids of access keys, and of temporary ones that GetSessionToken gave: AKIA…, ASIA…. */
  readonly keys: readonly string[];
}

export interface NamedRole {
  readonly kind: "role";
  readonly name: string;
  readonly sessions: readonly {
    readonly name: string;
    /** AROA…:NAME. */
    readonly principalId: string;
    readonly accessKeyId: string;
  }[];
}

export type Named = NamedInstance | NamedUser | NamedRole;

/**
 * Returns what the event names, each once; placeholders and malformed ids name nothing. Throws a
 * sentence where it names what a drill cannot create.
 */
export function namedResources(event: EventBridgeEvent): readonly Named[] {
  const found = new Map<string, Named>();
  for (const [index, each] of namedBy(event).entries()) {
    const id = each.kind === "instance" ? each.id : (each.name ?? index);
    const key = `${each.kind} ${id}`;
    const known = found.get(key);
    if (known?.kind === "user" && each.kind === "user") {
      found.set(key, { ...known, ...each, keys: [...new Set([...known.keys, ...each.keys])] });
    } else if (known?.kind === "role" && each.kind === "role") {
      found.set(key, { ...known, sessions: [...known.sessions, ...each.sessions] });
    } else if (known === undefined) found.set(key, each);
  }
  return [...found.values()];
}

function namedBy(event: EventBridgeEvent): readonly Named[] {
  const detail = object(event.detail);
  switch (event.source) {
    case "aws.guardduty":
      return ofGuardDuty(object(detail.resource));
    case "aws.securityhub":
      return list(detail.findings)
        .flatMap((finding) => list(finding.Resources))
        .flatMap(ofSecurityHub);
    case "aws.trustedadvisor":
      return ofTrustedAdvisor(detail);
    case "aws.health":
      return ofHealth(detail);
    default:
      return cannot(`what events of ${event.source} name`);
  }
}

function ofGuardDuty(resource: Json): readonly Named[] {
  const type = text(resource.resourceType);
  if (type !== undefined && !["Instance", "AccessKey"].includes(type)) cannot(type);
  const { userType, userName, principalId, accessKeyId } = object(resource.accessKeyDetails);
  return [
    ...ofInstanceDetails(resource),
    ...ofCredentials({ userType, userName, principalId, accessKeyId }),
  ];
}

function ofInstanceDetails(resource: Json): readonly NamedInstance[] {
  const details = object(resource.instanceDetails);
  const id = matching(details.instanceId, instanceId);
  if (id === undefined) return [];
  const interfaces = list(details.networkInterfaces);
  const volumes = list(object(resource.ebsVolumeDetails).scannedVolumeDetails);
  const profile = profileOf(object(details.iamInstanceProfile).arn);
  const vpc = matching(interfaces[0]?.vpcId, /^vpc-[0-9a-f]+$/);
  const subnet = matching(interfaces[0]?.subnetId, /^subnet-[0-9a-f]+$/);
  return [
    {
      kind: "instance",
      id,
      interfaces: interfaces.map((each) => {
        const eni = matching(each.networkInterfaceId, /^eni-[0-9a-f]+$/);
        const groups = list(each.securityGroups).flatMap(
          ({ groupId }) => matching(groupId, /^sg-[0-9a-f]+$/) ?? [],
        );
        return { ...(eni && { id: eni }), groups };
      }),
      volumes: Math.max(1, volumes.length),
      ...(profile && { profile }),
      ...(vpc && { vpc }),
      ...(subnet && { subnet }),
    },
  ];
}

/** Security Hub's findings name neither interfaces nor volumes. */
function ofSecurityHub({ Type, Id, Details }: Json): readonly Named[] {
  const [id, type] = [text(Id) ?? "", text(Type) ?? ""];
  const details = object(object(Details)[type]);
  const name = id.split("/").at(-1) ?? "";
  switch (type) {
    case "AwsAccount":
      return [];
    case "AwsEc2Instance": {
      if (!instanceId.test(name)) return [];
      const profile = profileOf(details.IamInstanceProfileArn);
      return [
        { kind: "instance", id: name, interfaces: [], volumes: 1, ...(profile && { profile }) },
      ];
    }
    case "AwsIamAccessKey":
      return ofCredentials({
        // Older findings have UserName alone: of an IAM user.
        userType: details.PrincipalType ?? (details.UserName ? "IAMUser" : undefined),
        userName: details.PrincipalName ?? details.UserName,
        principalId: details.PrincipalId,
        accessKeyId: details.AccessKeyId ?? id.split(":").at(-1),
      });
    case "AwsIamUser":
      return principalName.test(name) ? [{ kind: "user", name, keys: [] }] : [];
    case "AwsIamRole":
      return principalName.test(name) ? [roleOf(name)] : [];
    default:
      return cannot(`${type} ${id}`);
  }
}

function ofTrustedAdvisor(detail: Json): readonly Named[] {
  const item = object(detail["check-item-detail"]);
  const check = text(detail["check-name"]);
  if (check !== "Exposed Access Keys") cannot(`the resource of Trusted Advisor's check ${check}`);
  const owner = text(item["User Name (IAM or Root)"]) ?? "";
  const userType = isRoot(owner) ? "Root" : "IAMUser";
  return ofCredentials({ userType, userName: owner, accessKeyId: item["Access Key ID"] });
}

/** AWS Health names the user beside the keys, or not at all. */
function ofHealth(detail: Json): readonly Named[] {
  const owner = text(object(detail.eventMetadata).userName);
  if (owner !== undefined && isRoot(owner)) return [];
  const keys = list(detail.affectedEntities).map(({ entityValue }) => {
    const value = text(entityValue) ?? "";
    return longTerm.test(value) || (owner !== undefined && temporary.test(value))
      ? value
      : cannot(temporary.test(value) ? `the owner of temporary key ${value}` : value);
  });
  if (owner === undefined) return keys.map((key) => ({ kind: "user", keys: [key] }));
  return principalName.test(owner) ? [{ kind: "user", name: owner, keys }] : [];
}

function ofCredentials(principal: {
  readonly userType: unknown;
  readonly userName: unknown;
  readonly principalId?: unknown;
  readonly accessKeyId: unknown;
}): readonly Named[] {
  const name = matching(principal.userName, principalName);
  if (name === undefined || name.startsWith("GeneratedFinding")) return [];
  const accessKeyId = matching(principal.accessKeyId, /^A(KIA|SIA)[A-Z0-9]{12,124}$/);
  switch (principal.userType) {
    case "IAMUser": {
      const uniqueId = matching(principal.principalId, /^AIDA[A-Z0-9]{12,124}$/);
      const keys = accessKeyId === undefined ? [] : [accessKeyId];
      return [{ kind: "user", name, keys, ...(uniqueId !== undefined && { uniqueId }) }];
    }
    case "AssumedRole":
    case "Role": {
      const principalId = matching(principal.principalId, /^AROA[A-Z0-9]+:[\w+=,.@-]{2,64}$/);
      if (principalId === undefined || accessKeyId === undefined) return [roleOf(name)];
      const session = principalId.slice(principalId.indexOf(":") + 1);
      return [{ ...roleOf(name), sessions: [{ name: session, principalId, accessKeyId }] }];
    }
    case "Root":
    case undefined:
      return [];
    default:
      return cannot(`credentials of type ${principal.userType}`);
  }
}

function profileOf(arn: unknown): string | undefined {
  return text(arn)?.split(":instance-profile/")[1];
}

function roleOf(name: string): NamedRole {
  if (name.startsWith("AWSServiceRoleFor")) cannot(`the service-linked role ${name}`);
  return { kind: "role", name, sessions: [] };
}

function cannot(what: string): never {
  throw new Error(
    `--look-alike cannot create ${what}: it creates instances, users and roles with their credentials; without it, the event is injected as it is`,
  );
}

export const instanceId = /^i-([0-9a-f]{8}|[0-9a-f]{17})$/;
export const temporary = /^ASIA[A-Z0-9]{12,124}$/;
const longTerm = /^AKIA[A-Z0-9]{12,124}$/;
const principalName = /^[\w+=,.@-]{1,64}$/;

type Json = Readonly<Record<string, unknown>>;

function object(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Json)
    : {};
}

function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(object) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function matching(value: unknown, shape: RegExp): string | undefined {
  return typeof value === "string" && shape.test(value) ? value : undefined;
}
