/**
 * `npm run bench -- throttling`: forty instances of one Auto Scaling group are found at once, while the
 * gateway throttles at AWS's published rates; and the same without throttling, which shows what this
 * machine takes.
 */
import { homeRegion, members } from "../../gateway/accounts";
import { TokenBuckets } from "../../gateway/buckets";
import { openLocalOrganization } from "../../organization";
import { instanceFinding } from "../../samples/guardduty";
import { seedInstance, seedVpc, seedWorkloadRole } from "../../seeds/networks";
import { seedService } from "../../seeds/services";
import { DrillSession } from "../session";
import { measure } from "../timeline";
import { latencyMs } from "./responses";

const instances = 40;

export interface ThrottlingFigures {
  readonly contained: number;
  /** Deliveries until the last was contained; 1 where none was left to the queue. */
  readonly deliveries: number;
  readonly calls: number;
  readonly throttled: number;
  /** Seconds from the first delivery until every instance was isolated, and contained. */
  readonly isolatedSeconds: number;
  readonly containedSeconds: number;
  /** The bucket that needs the most time for what was taken from it. */
  readonly tightest: ReturnType<TokenBuckets["tightest"]>;
}

/** Measures forty responses at once without throttling, then with it. */
export async function measureThrottling(): Promise<
  Record<"free" | "throttled", ThrottlingFigures>
> {
  const organization = await openLocalOrganization({ concurrency: 20 });
  try {
    const session = new DrillSession(organization);
    const { gateway } = organization;
    const site = { account: members[0]?.id ?? "", region: homeRegion };
    // Without SSM endpoints: with them, a role's inline policies have room for fifteen denies.
    const vpc = await seedVpc(gateway, site, { groups: ["web", "app"], ssmEndpoints: false });
    await organization.up();
    await organization.sweep();

    const found = async (name: string, buckets?: TokenBuckets): Promise<ThrottlingFigures> => {
      // A role of its own, which the denies of an earlier run do not fill.
      await seedWorkloadRole(gateway, site, name);
      const fleet = [];
      for (let number = 0; number < instances; number++) {
        fleet.push(
          await seedInstance(gateway, vpc, {
            interfaces: [["web", "app"]],
            volumes: 2,
            profile: name,
          }),
        );
      }
      await seedService(gateway, vpc, fleet, name);
      gateway.latencyMs = latencyMs;
      gateway.buckets = buckets;
      for (const target of fleet) {
        const event = instanceFinding({ ...target, instance: target.id });
        await organization.emit(homeRegion, event);
      }
      const { results, invocations, calls } = await session.settle(name);
      gateway.latencyMs = 0;
      gateway.buckets = undefined;
      const startMs = Math.min(...invocations.map(({ startedMs }) => startedMs));
      const measured = fleet.map(({ interfaces }) => measure(calls, startMs, interfaces));
      return {
        contained: results.filter(({ outcome }) => outcome === "contained").length,
        deliveries: Math.ceil(invocations.length / instances),
        calls: calls.length,
        throttled: calls.filter(({ fault }) => fault === "throttle").length,
        isolatedSeconds: latest(measured.map(({ isolatedMs }) => isolatedMs)),
        containedSeconds: latest(measured.map(({ containedMs }) => containedMs)),
        tightest: (buckets ?? new TokenBuckets()).tightest(),
      };
    };
    await found("warm-up");
    return { free: await found("free"), throttled: await found("throttled", new TokenBuckets()) };
  } finally {
    await organization.close();
  }
}

function latest(moments: readonly (number | null)[]): number {
  if (moments.includes(null)) throw new Error("An instance was never isolated");
  return Math.round(Math.max(...(moments as number[])) / 100) / 10;
}
