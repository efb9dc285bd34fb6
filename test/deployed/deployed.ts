/** The program, deployed once for all tests of a process that need it run. */
import { after } from "mocha";
import { type Scenario, scenarios } from "../../local/drill/scenarios";
import { DrillSession } from "../../local/drill/session";
import type { RecordedCall } from "../../local/gateway/record";
import { type LocalOrganization, openLocalOrganization } from "../../local/organization";
import type { Deployment } from "../../local/organization/engine";

export interface Bare {
  readonly organization: LocalOrganization;
  readonly session: DrillSession;
}

export interface Deployed extends Bare {
  readonly first: Deployment;
  readonly second: Deployment;
  /** Every call until the second deployment ended. */
  readonly deploymentCalls: readonly RecordedCall[];
  /** What each scenario seeded before the deployment. */
  readonly seeds: ReadonlyMap<Scenario, unknown>;
}

let full: Promise<Deployed> | undefined;
let bare: Promise<Bare> | undefined;

/** Deploys twice an organization in which every scenario has seeded what it is about. */
export async function deployed(): Promise<Deployed> {
  full ??= open(async (organization, session) => {
    const seeds = new Map<Scenario, unknown>();
    for (const scenario of scenarios) seeds.set(scenario, await scenario.seed?.(session));
    const first = await organization.up();
    // Every list in pages of two: a provider that reads the first page alone would change something.
    organization.gateway.pageSize = 2;
    const second = await organization.up();
    organization.gateway.pageSize = undefined;
    const deploymentCalls = [...organization.gateway.record.entries];
    return { organization, session, first, second, deploymentCalls, seeds };
  });
  return ready(await full);
}

/** Deploys once an organization that has nothing else in it: every read of it is quick. */
export async function deployedBare(): Promise<Bare> {
  bare ??= open(async (organization, session) => {
    await organization.up();
    return { organization, session };
  });
  return ready(await bare);
}

function ready<D extends Bare>(here: D): D {
  // What earlier tests left to be looked at later is not the next one's.
  here.organization.gateway.delayedMessages.due(Number.POSITIVE_INFINITY);
  return here;
}

async function open<D>(
  make: (organization: LocalOrganization, session: DrillSession) => Promise<D>,
): Promise<D> {
  const organization = await openLocalOrganization({ concurrency: 16, waitFactor: 0.01 });
  try {
    const made = await make(organization, new DrillSession(organization));
    await organization.sweep();
    return made;
  } catch (error) {
    await organization.close();
    throw error;
  }
}

after(async () => {
  for (const opened of [full, bare]) await (await opened)?.organization.close();
});
