/** Derives who began what a GuardDuty finding reports of an instance. */
import * as z from "zod/mini";
import { type Beginner, instanceTypes } from "../catalogue/finding-types/instances";
import type { BegunBy } from "../model/finding";

/** The parts of a finding that say it. Its resource role does not: GuardDuty sets that type by type. */
interface Evidence {
  readonly type: string;
  readonly action?: unknown;
  readonly featureName?: unknown;
}

type Sign = BegunBy & { readonly who: "resource" | "outsider" };

const action = z.object({
  actionType: z.string(),
  networkConnectionAction: z.optional(z.unknown()),
});
const connection = z.object({ connectionDirection: z.string() });

const opened: Sign = { who: "resource", why: "it opened the connection" };
const answered: Sign = { who: "outsider", why: "a remote host opened the connection" };
const queried: Sign = { who: "resource", why: "it sent the DNS query" };
const probed: Sign = { who: "outsider", why: "a remote host probed its ports" };
const unsaid = "the finding does not say which side opened the connection";

/** What a feature of GuardDuty reports was seen on the host itself. */
const features: ReadonlyMap<unknown, Sign> = new Map([
  ["RuntimeMonitoring", { who: "resource", why: "GuardDuty's agent on it saw the activity" }],
  ["EbsVolumeScan", { who: "resource", why: "GuardDuty found the file on its volume" }],
]);

/** The answer by what the type reports, and by the sign: of the instance, of an outsider, of neither. */
const answers: Readonly<
  Record<Beginner | "unlisted", Readonly<Record<Sign["who"] | "none", BegunBy["who"]>>>
> = {
  resource: { resource: "resource", outsider: "unclear", none: "resource" },
  outsider: { resource: "unclear", outsider: "outsider", none: "outsider" },
  either: { resource: "resource", outsider: "outsider", none: "unclear" },
  contact: { resource: "resource", outsider: "unclear", none: "unclear" },
  unlisted: { resource: "unclear", outsider: "outsider", none: "unclear" },
};

/** Tells who began it, and on what the answer rests. */
export function begunBy({ type, action, featureName }: Evidence): BegunBy {
  const onHost = features.get(featureName);
  const acted = signOf(action);
  if (onHost !== undefined && acted?.who === "outsider") {
    return { who: "unclear", why: `${onHost.why}, but ${acted.why}` };
  }
  const sign = acted ?? onHost;
  const beginner = Object.hasOwn(instanceTypes, type) ? instanceTypes[type]?.[0] : undefined;
  const who = answers[beginner ?? "unlisted"][sign?.who ?? "none"];
  if (sign?.who === who) return sign;
  const said = {
    resource: `${type} reports what an instance does itself`,
    outsider: `${type} reports what others do to an instance`,
    either: unsaid,
    contact: sign === undefined ? unsaid : "a backdoor may have answered",
    unlisted: `Cordon's catalogue does not list ${type}`,
  }[beginner ?? "unlisted"];
  return { who, why: sign === undefined ? said : `${sign.why}, but ${said}` };
}

/** Reads the action. A call of an API is a principal's, and says nothing of the instance. */
function signOf(given: unknown): Sign | undefined {
  const { data } = action.safeParse(given);
  switch (data?.actionType) {
    case "DNS_REQUEST":
      return queried;
    case "PORT_PROBE":
      return probed;
    case "NETWORK_CONNECTION": {
      const direction = connection.safeParse(data.networkConnectionAction).data
        ?.connectionDirection;
      if (direction === "OUTBOUND") return opened;
      return direction === "INBOUND" ? answered : undefined;
    }
    default:
      return undefined;
  }
}
