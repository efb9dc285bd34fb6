/** Reads the addresses from which a GuardDuty finding says that an outsider reached an instance. */
import * as z from "zod/mini";
import { isShared } from "../catalogue/unblockable";
import type { Finding } from "../model/finding";
import type { Incident } from "../model/incident";
import { addressOf } from "../model/internet-address";
import { plain } from "../model/plain-text";
import { incidentKey } from "./detected";
import { detectGuardDuty } from "./guardduty";

/** An address, and why a person must be asked before it is blocked; nothing where none need be. */
export interface RemoteAddress {
  readonly address: string;
  readonly asks?: string;
}

/** Of a finding; GuardDuty lists up to a hundred probes. */
const most = 10;

const text = z.nullish(z.string());
const remote = z.object({
  ipAddressV4: text,
  ipAddressV6: text,
  organization: z.nullish(z.object({ asnOrg: text, isp: text, org: text })),
});
const action = z.union([
  z.object({
    actionType: z.literal("NETWORK_CONNECTION"),
    networkConnectionAction: z.object({
      connectionDirection: z.literal("INBOUND"),
      protocol: text,
      remoteIpDetails: remote,
    }),
  }),
  z.object({
    actionType: z.literal("PORT_PROBE"),
    portProbeAction: z.object({
      portProbeDetails: z.array(z.object({ remoteIpDetails: remote })),
    }),
  }),
]);

/** Lists the remote addresses of a finding's `service.action` that reached in; at most ten. */
function remoteAddresses(given: unknown): readonly RemoteAddress[] {
  const { data } = action.safeParse(given);
  if (data === undefined) return [];
  const found =
    data.actionType === "PORT_PROBE"
      ? data.portProbeAction.portProbeDetails.map(({ remoteIpDetails }) =>
          // One packet makes a probe, and who sends one packet can write any sender on it.
          judged(remoteIpDetails, "a probe shows no connection: its sender may be forged"),
        )
      : [
          judged(
            data.networkConnectionAction.remoteIpDetails,
            data.networkConnectionAction.protocol === "TCP"
              ? undefined
              : "only TCP shows that the sender is who it says",
          ),
        ];
  const byAddress = new Map(found.flatMap((each) => (each ? [[each.address, each]] : [])));
  return [...byAddress.values()].slice(0, most);
}

function judged(
  { ipAddressV4, ipAddressV6, organization }: z.infer<typeof remote>,
  unproven: string | undefined,
): RemoteAddress | undefined {
  const address = addressOf(ipAddressV4 || ipAddressV6 || "");
  if (address === undefined) return undefined;
  const { asnOrg, isp, org } = organization ?? {};
  const network = [...new Set([asnOrg, isp, org].filter(Boolean))].join(", ");
  const reason =
    unproven ??
    (network === ""
      ? "the finding does not say whose network it is"
      : isShared(network)
        ? `many share the addresses of its network, ${plain(network, 100)}`
        : undefined);
  return {
    address,
    ...(reason !== undefined && { asks: `It is unclear whom blocking ${address} hits: ${reason}` }),
  };
}

/**
 * Makes the incident of an address from a finding about the instance that it attacked. The finding was
 * answered by the instance's own playbook: this one is about its remote end alone.
 */
export function detectAddress(
  event: unknown,
  address: string,
  securityAccount: string,
): { readonly incident: Incident } | { readonly refused: string } {
  const detected = detectGuardDuty(event, securityAccount);
  if (detected.kind === "refused") return { refused: detected.reason };
  const found = attackersOf(detected.kind === "incident" ? detected.incident : undefined, event);
  const remote = found.find((each) => each.address === address);
  if (remote === undefined || detected.kind !== "incident") {
    return { refused: `The finding names no outsider at ${plain(address, 60)}` };
  }
  const { finding, place, resource } = detected.incident;
  const { mustAsk: _, inSecurityHub: __, ...rest } = finding;
  // In Security Hub the finding follows what becomes of the instance.
  const kept: Finding = { ...rest, ...(remote.asks !== undefined && { mustAsk: remote.asks }) };
  const about = { kind: "address", id: address, attacked: resource.id } as const;
  const playbook = "block-address";
  const key = incidentKey(place, about, playbook);
  return { incident: { key, playbook, place, resource: about, finding: kept } };
}

/** Lists the addresses of whoever attacked the instance of a finding; none unless an outsider began it. */
export function attackersOf(
  incident: Incident | undefined,
  event: unknown,
): readonly RemoteAddress[] {
  if (incident?.resource.kind !== "instance" || incident.finding.begunBy?.who !== "outsider") {
    return [];
  }
  const { detail } = event as { readonly detail?: { readonly service?: { action?: unknown } } };
  return remoteAddresses(detail?.service?.action);
}
