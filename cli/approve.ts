/**
 * `npx cordon approve` and `reject`: answers an approval, and proves to Cordon who answers. `page`: gets a
 * link to answer on the page with, by the same proof.
 */
import colors from "picocolors";
import { signProof } from "../functions/aws/caller-proof";
import { homeRegion } from "../functions/catalogue/names";
import { functionRoleNames } from "../functions/catalogue/own-roles";
import type { AnswerReport } from "../functions/handlers/approve";
import { command } from "../functions/model/command";
import {
  type AnswerRequest,
  type Approval,
  bindingOf,
  type Decision,
  type SignedRequest,
} from "../functions/record/approvals";
import { reasonProblem } from "../functions/record/release-order";
import { callerArn, readIncidentId, UserError, withCredentials } from "./caller";
import { invoke } from "./invoke";

const { approve: approveFunction } = functionRoleNames;

export interface AnswerOptions {
  readonly reason?: string;
  /** The revision of the plan that was read. */
  readonly plan?: string;
  /** Numbers of steps, by commas. */
  readonly only?: string;
  readonly json: boolean;
}

/** @returns the exit code */
export async function answer(
  decision: Decision,
  incident: string,
  { reason = "", plan, only, json }: AnswerOptions,
): Promise<0 | 1> {
  const nothing = `Nothing was ${decision === "approve" ? "approved" : "rejected"}.`;
  readIncidentId(incident, nothing);
  const problem = reasonProblem(reason, `to ${decision}`);
  if (problem !== undefined) throw new UserError(`${problem}: pass --reason "...". ${nothing}`);
  const steps = only === undefined ? undefined : readSteps(only, nothing);
  const report = await withCredentials(async () => {
    const approval = await waitingApproval(incident, plan, nothing);
    const request: AnswerRequest = {
      incident,
      digest: approval.digest,
      decision,
      reason,
      ...(steps !== undefined && { only: steps }),
    };
    return invoke<AnswerReport>(approveFunction, { ...request, proof: await proofOf(request) });
  }, nothing);
  if (json) console.log(JSON.stringify(report, undefined, 2));
  else print(report, nothing);
  return report.outcome === "approved" || report.outcome === "rejected" ? 0 : 1;
}

/** @returns the exit code */
export async function openPage(
  incident: string,
  { plan, json }: Pick<AnswerOptions, "plan" | "json">,
): Promise<0 | 1> {
  const nothing = "There is no link.";
  readIncidentId(incident, nothing);
  const report = await withCredentials(async () => {
    const { digest } = await waitingApproval(incident, plan, nothing);
    const proof = await proofOf({ incident, digest, decision: "open" });
    return invoke<AnswerReport>(approveFunction, { open: incident, digest, proof });
  }, nothing);
  if (json) console.log(JSON.stringify(report, undefined, 2));
  else if (report.outcome === "opened") {
    console.log(`Answer as ${report.by} until ${report.until}. Give the link to nobody.`);
    console.log(report.url);
  } else print(report, nothing);
  return report.outcome === "opened" ? 0 : 1;
}

/** Proves who runs the command. The function is the one of the caller's own account. */
async function proofOf(request: SignedRequest) {
  const account = (await callerArn()).split(":")[4] ?? "";
  return signProof(homeRegion, bindingOf(request, account));
}

function readSteps(only: string, nothing: string): readonly number[] {
  if (!/^\d{1,3}(,\d{1,3})*$/.test(only)) {
    throw new UserError(
      `--only must be numbers of steps by commas, as npx cordon show prints them, but "${only}" was provided. ${nothing}`,
    );
  }
  return only.split(",").map(Number);
}

/** Finds what waits: the newest that nobody answered. Whether it still waits, the function decides. */
async function waitingApproval(
  incident: string,
  plan: string | undefined,
  nothing: string,
): Promise<Approval> {
  const shown = await invoke<AnswerReport>(approveFunction, { show: incident });
  if (shown.outcome === "refused") throw new UserError(`${shown.reason}. ${nothing}`);
  const approvals = shown.outcome === "shown" ? shown.approvals : [];
  const approval = approvals.at(-1);
  if (approval === undefined) {
    throw new UserError(`No approval of incident ${incident} waits. ${nothing}`);
  }
  if (plan !== undefined && plan !== approval.revision) {
    throw new UserError(
      `The plan of incident ${incident} is ${approval.revision} now, not ${plan}: look at it with ${command`npx cordon show ${incident}`}. ${nothing}`,
    );
  }
  return approval;
}

function print(report: AnswerReport, nothing: string): void {
  switch (report.outcome) {
    case "approved":
      console.log(colors.green(`Incident ${report.incident} is approved by ${report.by}.`));
      console.log(
        "Cordon reads everything again, then contains and notifies, or notifies why not.",
      );
      return;
    case "rejected":
      console.log(colors.green(`Incident ${report.incident} is rejected by ${report.by}.`));
      return;
    case "refused":
      console.log(`${colors.yellow(nothing)} ${report.reason}.`);
      return;
    case "unfinished":
      console.log(`${colors.red("Not finished.")} ${report.reason}.`);
      return;
    default:
      throw new UserError(`Unexpected answer: ${report.outcome}`);
  }
}
