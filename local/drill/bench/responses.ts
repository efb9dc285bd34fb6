/** Lets the deployed program answer findings, one after the other in warm functions, and measures. */
import { bundleOf } from "../../../components/blocks/inline-function";
import type { PlaybookId } from "../../../functions/catalogue/playbooks";
import { homeRegion, members } from "../../gateway/accounts";
import { openLocalOrganization } from "../../organization";
import { accessKeyFinding } from "../../samples/credentials";
import { instanceFinding } from "../../samples/guardduty";
import { seedFederatedRole, seedUser, signIn } from "../../seeds/identities";
import {
  type InstanceShape,
  seedInstance,
  seedVpc,
  seedWorkloadRole,
  type Vpc,
} from "../../seeds/networks";
import { removeService, seedService } from "../../seeds/services";
import type { EventBridgeEvent } from "../../services/eventbridge/events";
import { DrillSession } from "../session";
import { type Measured, measure } from "../timeline";
import { type FilesByClient, filesByClient } from "./loads";

export const latencyMs = 40;
export const rounds = 5;
/** Node compiles what runs often, and goes on doing so for the first dozen responses. */
const warmUps = 8;
const shapes = {
  small: { interfaces: [["web", "app"]], volumes: 2 },
  large: { interfaces: [["web", "app"], ["admin"], ["web"], ["app"]], volumes: 8 },
} as const satisfies Record<string, InstanceShape>;
/** Where an instance is: of its own, because what a response leaves would slow the next one. */
interface Ground {
  readonly vpc: Vpc;
  readonly profile: string;
}
type Size = keyof typeof shapes;

export type ContainmentFigures = Omit<Measured, "timeline">;
/** Of credentials: when the last of them was cut, and when all was done, verified and announced. */
export interface CutFigures {
  /** Every key is disabled and the user denied; the role is denied. */
  readonly cutMs: number | null;
  readonly cutChain: number;
  readonly cutPathMs: number;
  readonly containedMs: number | null;
  readonly containedChain: number;
  readonly containedPathMs: number;
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

/** Measures the median round of each kind; the first ones warm the functions and are left out. */
export async function measureResponses(): Promise<Responses> {
  const organization = await openLocalOrganization({ concurrency: 1 });
  try {
    const session = new DrillSession(organization);
    const { gateway } = organization;
    const site = { account: members[0]?.id ?? "", region: homeRegion };
    const grounds: Ground[] = [];
    for (let number = 0; number < 2 * (warmUps + rounds); number++) {
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
      if (measured.containedMs === null) throw new Error(`${label} was not contained`);
      return measured;
    };
    const instance = async (size: Size, round: number): Promise<Measured> => {
      const { vpc, profile } = grounds.pop() as Ground;
      const shape = { ...shapes[size], profile };
      const target = await seedInstance(gateway, vpc, shape);
      const service = `${size}-${round}`;
      await seedService(gateway, vpc, target, service);
      const event = instanceFinding({ ...target, instance: target.id });
      const measured = await respond(
        "containInstance",
        `${size} ${round}`,
        event,
        target.interfaces,
      );
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

    const found: Record<"small" | "large" | "user" | "role", Measured[]> = {
      small: [],
      large: [],
      user: [],
      role: [],
    };
    for (let round = 1; round <= warmUps + rounds; round++) {
      const measured = {
        small: await instance("small", round),
        large: await instance("large", round),
        user: await user(round),
        role: await role(round),
      };
      if (round <= warmUps) continue;
      for (const kind of ["small", "large", "user", "role"] as const) {
        found[kind].push(measured[kind]);
      }
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

function median(found: readonly Measured[]): ContainmentFigures {
  const sorted = [...found].sort((a, b) => (a.containedMs ?? 0) - (b.containedMs ?? 0));
  const { timeline: _timeline, ...figures } = sorted[Math.floor(sorted.length / 2)] as Measured;
  return figures;
}

function cut(figures: ContainmentFigures): CutFigures {
  const { isolatedMs, isolatedChain, isolatedPathMs, ...rest } = figures;
  if (isolatedMs === null) throw new Error("Contained, but nothing was cut");
  const { containedMs, containedChain, containedPathMs, calls } = rest;
  const cut = { cutMs: isolatedMs, cutChain: isolatedChain, cutPathMs: isolatedPathMs };
  return { ...cut, containedMs, containedChain, containedPathMs, calls };
}
