/** Defines a scenario of the drill, and helpers that all of them use. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { signProof } from "../../../functions/aws/caller-proof";
import type { ReleaseReport } from "../../../functions/handlers/release";
import { type Release, requestBinding } from "../../../functions/record/requests";
import { homeRegion, security } from "../../gateway/accounts";
import { trustedConfig } from "../../gateway/client";
import type { LocalOrganizationOptions } from "../../organization";
import type { DrillSession, Injected } from "../session";

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** Settings of its own, with which the organization is deployed for it alone. */
  readonly config?: Readonly<Record<string, string>>;
  /** A team's program, which is deployed in place of Cordon's own. */
  readonly team?: LocalOrganizationOptions["team"];
  /** Seeded before the deployment, so that the program finds it. */
  seed?(session: DrillSession): Promise<unknown>;
  run(session: DrillSession, seeded: unknown): Promise<void>;
}

export function isDryRun(session: DrillSession): boolean {
  return session.organization.contract.mode === "dry-run";
}

/** Releases an incident as the command line does: by invoking the deployed function. */
export async function release(
  session: DrillSession,
  incident: string,
  options: Partial<Omit<Release, "release">> = {},
): Promise<ReleaseReport> {
  const { gateway, contract, lambda } = session.organization;
  const wanted: Release = { release: incident, reason: "a drill", ...options };
  const credentials = gateway.callers.trusted(security.id, "analyst", "seed");
  const proof = await signProof(homeRegion, requestBinding(wanted, security.id), {
    credentials,
    // The functions' clock runs ahead.
    at: lambda.now(),
  });
  const client = new LambdaClient(trustedConfig(gateway, security.id, "analyst"));
  const { Payload, FunctionError } = await client.send(
    new InvokeCommand({
      FunctionName: contract.releaseFunctionName,
      Payload: JSON.stringify({ wanted, proof }),
    }),
  );
  const text = Buffer.from(Payload ?? []).toString();
  if (FunctionError !== undefined) throw new Error(`The release function failed: ${text}`);
  await session.refresh(incident);
  return JSON.parse(text) as ReleaseReport;
}

/** Lists the source identities of the sessions that contain. */
export function identitiesOf({ calls }: Pick<Injected, "calls">): readonly (string | undefined)[] {
  return (
    calls
      .filter(({ action }) => action === "sts:AssumeRole")
      .map(({ request }) => request as { RoleSessionName?: string; SourceIdentity?: string })
      // Facts are read in a session of their own.
      .filter(({ RoleSessionName }) => RoleSessionName !== "cordon-facts")
      .map(({ SourceIdentity }) => SourceIdentity)
  );
}

/** Says whether an action could change a member's resource; Cordon's own tables do not count. */
export function touchesTarget(action: string): boolean {
  return !/^(dynamodb|sns|sqs|states|sts|logs|lambda):/.test(action);
}

export function sameState(one: unknown, other: unknown): boolean {
  const sorted = (value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => a.localeCompare(b))
            .map(([key, each]) => [key, sorted(each)]),
        )
      : value;
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

/** Returns the state of a target without the tags that a release sets. */
export function restored<S extends { readonly tags: Readonly<Record<string, string>> }>(
  state: S,
): S {
  const { SecurityStatus: _status, RestoredAt: _at, ...tags } = state.tags;
  return { ...state, tags };
}
