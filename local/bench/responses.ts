/** Lets the deployed program answer findings, one after the other in warm functions, and measures. */
import { bundleOf } from "../../components/inline-function";
import type { PlaybookId } from "../../functions/catalogue";
import { accessKeyFinding } from "../credential-findings";
import { DrillSession } from "../drill-session";
import {
  type InstanceShape,
  removeService,
  seedInstance,
  seedService,
  seedVpc,
  seedWorkloadRole,
} from "../estate";
import { seedFederatedRole, seedUser, signIn } from "../estate-identity";
import type { EventBridgeEvent } from "../events";
import { instanceFinding } from "../findings";
import { openLocalOrganization } from "../local-organization";
import { type Measured, measure } from "../measure";
import { homeRegion, members } from "../organization";
import { type FilesByClient, filesByClient } from "./loads";

export const latencyMs = 40;
export const rounds = Number(process.env.ROUNDS ?? 5);
const warmUps = Number(process.env.WARM ?? 1);
const shapes = {
  small: { interfaces: [["web", "app"]], volumes: 2 },
  large: { interfaces: [["web", "app"], ["admin"], ["web"], ["app"]], volumes: 8 },
} as const satisfies Record<string, InstanceShape>;
interface Ground { readonly vpc: Awaited<ReturnType<typeof seedVpc>>; readonly profile: string }
type Size = keyof typeof shapes;

export type ContainmentFigures = Omit<Measured, "timeline">;
/** Of credentials: when the last of them was cut, and when all was done, verified and announced. */
export interface CutFigures {
  /** Every key is disabled and the user denied; the role is denied. */
  readonly cutMs: number | null;
  readonly cutChain: number;
  readonly containedMs: number | null;
  readonly containedChain: number;
  readonly calls: number;
}

const playbooks = {
  containInstance: "contain-instance",
  containAccessKey: "contain-access-key",
  revokeSessions: "revoke-sessions",
} as const satisfies Record<string, PlaybookId>;
export type PlaybookKey = keyof typeof playbooks;

export interface Responses {
  readonly containInstance: Record<Size, ContainmentFigures>;
  readonly containAccessKey: CutFigures;
  readonly revokeSessions: CutFigures;
  /** The files of the deployed bundle that hold each SDK client and that the responses loaded. */
  readonly loaded: Record<PlaybookKey, FilesByClient>;
}

/** Measures the median round of each kind; a first response warms each function and is left out. */
export async function measureResponses(): Promise<Responses> {
  const organization = await openLocalOrganization({ concurrency: 1 });
  try {
    const session = new DrillSession(organization);
    const { gateway } = organization;
    const site = { account: members[0]?.id ?? "", region: homeRegion };
    const grounds: Ground[] = [];
    const instances = 2 * rounds + 2 * warmUps;
    for (let number = 0; number < instances; number++) {
      const vpc = await seedVpc(gateway, site, {
        groups: ["web", "app", "admin"],
        ssmEndpoints: true,
      });
      const profile = `bench-${number}`;
      await seedWorkloadRole(gateway, site, profile);
      grounds.push({ vpc, profile });
    }
    await organization.up();
    await organization.sweep();

    const respond = async (
      playbook: PlaybookKey,
      label: string,
      event: EventBridgeEvent,
      interfaces: readonly string[],
    ): Promise<Measured> => {
      gateway.latencyMs = latencyMs;
      const { invocations, calls } = await session.inject(event, `bench ${label}`);
      gateway.latencyMs = 0;
      const responder = invocations.find(({ functionName }) =>
        functionName.includes(playbooks[playbook]),
      );
      const { startedMs = 0, endedMs = 0 } = responder ?? {};
      const own = calls.filter((call) => call.ms >= startedMs && call.ms <= endedMs);
      const measured = measure(own, startedMs, interfaces);
      if (process.env.TRACE && label === process.env.TRACE)
        for (const c of own) console.log(`${(c.ms - startedMs).toFixed(1).padStart(7)} ${(c.endMs - startedMs).toFixed(1).padStart(7)} ${(c.endMs - c.ms).toFixed(1).padStart(6)} ${c.action} ${c.principal.split(":").pop()?.slice(0,60)}`);
      if (measured.containedMs === null) throw new Error(`${label} was not contained`);
      return measured;
    };
    const instance = async (size: Size, round: number): Promise<Measured> => {
      const { vpc, profile } = grounds.pop() as Ground;
      const shape = { ...shapes[size], profile };
      const target = await seedInstance(gateway, vpc, shape);
      const service = `${size}-${round < 0 ? `w${-round}` : round}`;
      await seedService(gateway, vpc, target, service);
      const event = instanceFinding({ ...target, instance: target.id });
      const measured = await respond("containInstance", `${size} ${round}`, event, target.interfaces);
      await removeService(gateway, vpc, service);
      return measured;
    };
    const user = async (round: number): Promise<Measured> => {
      const target = await seedUser(gateway, site, { name: `bench-user-${round}`, keys: 2 });
      const event = accessKeyFinding({
        ...site,
        userName: target.name,
        userType: "IAMUser",
        accessKeyId: target.keys[0]?.accessKeyId ?? "",
        principalId: target.id,
        severity,
      });
      return respond("containAccessKey", `user ${round}`, event, []);
    };
    const role = async (round: number): Promise<Measured> => {
      const target = await seedFederatedRole(gateway, site, { name: `bench-role-${round}` });
      const { accessKeyId } = await signIn(gateway, target, "alex");
      const event = accessKeyFinding({
        ...site,
        userName: target.name,
        userType: "AssumedRole",
        accessKeyId,
        principalId: `${target.id}:alex`,
        severity,
      });
      return respond("revokeSessions", `role ${round}`, event, []);
    };

    for (let round = 1; round <= warmUps; round++) {
      await instance("small", -round);
      await instance("large", -round);
      await user(-round);
      await role(-round);
    }
    const found = { small: [], large: [], user: [], role: [] } as Record<string, Measured[]>;
    for (let round = 1; round <= rounds; round++) {
      found.small?.push(await instance("small", round));
      found.large?.push(await instance("large", round));
      found.user?.push(await user(round));
      found.role?.push(await role(round));
    }
    const clients = filesByClient(bundleOf("functions/handlers/respond.ts").outputs);
    const loadedBy = async (playbook: PlaybookKey) => {
      const files = await organization.lambda.loadedFiles(`cordon-respond-${playbooks[playbook]}`);
      if (!files.has("index.mjs")) throw new Error(`No responder of ${playbook} can be looked at`);
      const held = Object.entries(clients).map(
        ([client, holding]) => [client, holding.filter((file) => files.has(file))] as const,
      );
      return Object.fromEntries(held.filter(([, holding]) => holding.length > 0));
    };
    return {
      containInstance: { small: median(found.small), large: median(found.large) },
      containAccessKey: cut(median(found.user)),
      revokeSessions: cut(median(found.role)),
      loaded: {
        containInstance: await loadedBy("containInstance"),
        containAccessKey: await loadedBy("containAccessKey"),
        revokeSessions: await loadedBy("revokeSessions"),
      },
    };
  } finally {
    await organization.close();
  }
}

// High: answered without asking.
const severity = 8;

function median(found: readonly Measured[] = []): ContainmentFigures {
  const sorted = [...found].sort((a, b) => (a.containedMs ?? 0) - (b.containedMs ?? 0));
  const { timeline: _timeline, ...figures } = sorted[Math.floor(sorted.length / 2)] as Measured;
  return figures;
}

function cut(figures: ContainmentFigures): CutFigures {
  const { isolatedMs, isolatedChain, containedMs, containedChain, calls } = figures;
  if (isolatedMs === null) throw new Error("Contained, but nothing was cut");
  return { cutMs: isolatedMs, cutChain: isolatedChain, containedMs, containedChain, calls };
}
