/** Asks Cordon for something as whoever runs the command, and proves it; waits for a responder's answer. */
import { setTimeout as wait } from "node:timers/promises";
import { signProof } from "../functions/aws/caller-proof";
import { homeRegion } from "../functions/catalogue/names";
import { functionRoleNames } from "../functions/catalogue/own-roles";
import type { RequestReport } from "../functions/handlers/approve";
import {
  type BrakeReset,
  type Redrive,
  type Release,
  type RequestAnswer,
  requestBinding,
  type Wanted,
} from "../functions/record/requests";
import { callerArn, UserError, withCredentials } from "./caller";
import { invoke } from "./invoke";

const { approve: approveFunction, release: releaseFunction } = functionRoleNames;

/** A responder works for two minutes at most, and a busy queue has others before it. */
const waitSeconds = 180;
const pauseMs = 1_500;

/**
 * Has the responder of the target answer a request.
 *
 * @param nothing what has not happened, as a sentence
 * @returns undefined where there is no answer within three minutes: the responder goes on
 * @throws UserError saying in one sentence why nothing is done
 */
export async function ask(wanted: Wanted, nothing: string): Promise<RequestAnswer | undefined> {
  const asked = await withCredentials(
    async () => invoke<RequestReport>(approveFunction, await signed(wanted)),
    nothing,
  );
  switch (asked.outcome) {
    case "asked":
      return awaitAnswer(() => invoke<RequestReport>(approveFunction, { request: asked.request }));
    case "refused":
      throw new UserError(`${asked.reason}. ${nothing}`);
    case "unfinished":
      throw new UserError(`Not finished. ${asked.reason}.`);
    case "shown":
      throw new UserError(`Unexpected answer: ${asked.outcome}`);
  }
}

/** Has cordon-release undo something. @param nothing what has not happened, as a sentence */
export function undo<Report>(wanted: Release | BrakeReset, nothing: string): Promise<Report> {
  return order<Report>(releaseFunction, wanted, nothing);
}

/** Has a function do something that it proves by itself. @param nothing what has not happened, as a sentence */
export function order<Report>(
  functionName: string,
  wanted: Release | BrakeReset | Redrive,
  nothing: string,
): Promise<Report> {
  return withCredentials(async () => invoke<Report>(functionName, await signed(wanted)), nothing);
}

/** Signs with the ambient credentials. The function is the one of the caller's own account. */
async function signed<W extends Parameters<typeof requestBinding>[0]>(wanted: W) {
  const account = (await callerArn()).split(":")[4] ?? "";
  return { wanted, proof: await signProof(homeRegion, requestBinding(wanted, account)) };
}

/** Reads until there is an answer. What cannot be read once may be read the next time. */
export async function awaitAnswer(
  show: () => Promise<RequestReport>,
  sleep: (ms: number) => Promise<unknown> = wait,
): Promise<RequestAnswer | undefined> {
  for (let waited = 0; waited < waitSeconds * 1_000; waited += pauseMs) {
    await sleep(pauseMs);
    const shown = await show().catch(() => undefined);
    if (shown?.outcome === "shown" && shown.answer !== undefined) return shown.answer;
  }
  return undefined;
}

/** Says what a person may do who got no answer. */
export const notAnswered = `Cordon has the request, but has not answered within ${waitSeconds} seconds. It goes on by itself and notifies: look with npx cordon list.`;
