/** The program, deployed once for all tests that need it run. */
import { after } from "mocha";
import { type Scenario, scenarios } from "../../local/drill/scenarios";
import { DrillSession } from "../../local/drill/session";
import type { RecordedCall } from "../../local/gateway/record";
import { type LocalOrganization, openLocalOrganization } from "../../local/organization";
import type { Deployment } from "../../local/organization/engine";

export interface Deployed {
  readonly organization: LocalOrganization;
  readonly session: DrillSession;
  readonly first: Deployment;
  readonly second: Deployment;
  /** Every call until the second deployment ended. */
  readonly deploymentCalls: readonly RecordedCall[];
  /** What each scenario seeded before the deployment. */
  readonly seeds: ReadonlyMap<Scenario, unknown>;
}

let opened: Promise<Deployed> | undefined;

export async function deployed(): Promise<Deployed> {
  opened ??= open();
  const here = await opened;
  // What earlier tests left to be looked at later is not the next one's.
  here.organization.gateway.delayedMessages.due(Number.POSITIVE_INFINITY);
  return here;
}

async function open(): Promise<Deployed> {
  const organization = await openLocalOrganization({ concurrency: 16, waitFactor: 0.01 });
  try {
    const session = new DrillSession(organization);
    const seeds = new Map<Scenario, unknown>();
    for (const scenario of scenarios) seeds.set(scenario, await scenario.seed?.(session));
    const first = await organization.up();
    // Every list in pages of two: a provider that reads the first page alone would change something.
    organization.gateway.pageSize = 2;
    const second = await organization.up();
    organization.gateway.pageSize = undefined;
    const deploymentCalls = [...organization.gateway.record.entries];
    await organization.sweep();
    return { organization, session, first, second, deploymentCalls, seeds };
  } catch (error) {
    await organization.close();
    throw error;
  }
}

after(async () => {
  if (opened !== undefined) await (await opened).organization.close();
});
