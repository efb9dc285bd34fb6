/**
 * Stands in for GuardDuty's findings, of which the emulator has none: what was sent as events, as the
 * administrator reads it. Strict: of another account, or in an order, it is refused by name.
 */
import { security } from "../accounts";
import { type Answer, type ApiCall, ApiError, json, UnknownOperationError } from "../wire/protocol";

/** A finding in GuardDuty's form, which events and the API share. */
type Found = Readonly<Record<string, unknown>>;

export interface FindingsStandIn {
  /** Keeps what an event of a detector in this region says, in place of what was known before. */
  sent(region: string, detail: unknown): void;
  archive(region: string, id: string): void;
  /** Says whether a finding is archived, and how useful its administrator called it. */
  stateOf(region: string, id: string): { readonly archived: boolean; readonly feedback?: string };
}

export class Findings implements FindingsStandIn {
  /** By region and id. */
  readonly #found = new Map<string, Found>();
  readonly #feedback = new Map<string, string>();

  sent(region: string, detail: unknown): void {
    const { id } = (detail ?? {}) as Found;
    if (typeof id === "string") this.#found.set(`${region}/${id}`, detail as Found);
  }

  archive(region: string, id: string): void {
    const found = this.#found.get(`${region}/${id}`);
    if (!found) throw new Error(`GuardDuty sent no finding ${id} in ${region}`);
    const service = { ...(found.service as object), archived: true };
    this.#found.set(`${region}/${id}`, { ...found, service });
  }

  stateOf(region: string, id: string): { readonly archived: boolean; readonly feedback?: string } {
    const { archived } = (this.#found.get(`${region}/${id}`)?.service ?? {}) as {
      readonly archived?: boolean;
    };
    const feedback = this.#feedback.get(`${region}/${id}`);
    return { archived: archived === true, ...(feedback !== undefined && { feedback }) };
  }

  /**
   * Answers GetFindings, ArchiveFindings and UpdateFindingsFeedback; undefined for any other call.
   *
   * @param owns whether the caller's account has this detector in the region
   */
  async answer(
    { service, operation, parameters, region }: ApiCall,
    account: string,
    owns: (detector: string) => Promise<boolean>,
  ): Promise<Answer | undefined> {
    if (service !== "guardduty" || !operations.includes(operation)) return undefined;
    const { DetectorId, findingIds, ...others } = parameters;
    const { feedback, ...unknown } = others;
    const isFeedback = operation === "UpdateFindingsFeedback";
    const known = isFeedback ? unknown : others;
    const what = `guardduty:${operation} ${account === security.id ? "" : `of account ${account}`}`;
    if (account !== security.id || Object.keys(known).length > 0 || !isTexts(findingIds)) {
      throw new UnknownOperationError(`${what.trim()} with ${Object.keys(parameters).join(", ")}`);
    }
    if (!(await owns(String(DetectorId)))) {
      throw badRequest("the input detectorId is not owned by the current account.");
    }
    // FindingIds of the service model.
    if (findingIds.length > 50) throw badRequest("the input findingIds has more than 50 entries.");
    if (operation === "GetFindings") {
      return json({
        findings: findingIds.flatMap((id) => this.#found.get(`${region}/${id}`) ?? []),
      });
    }
    if (isFeedback && feedback !== "USEFUL" && feedback !== "NOT_USEFUL") {
      throw badRequest("the parameter feedback has an invalid value.");
    }
    const missing = findingIds.find((id) => !this.#found.has(`${region}/${id}`));
    // What GuardDuty answers there is not documented.
    if (missing !== undefined) {
      throw new UnknownOperationError(`${what.trim()} with the unknown finding ${missing}`);
    }
    for (const id of findingIds) {
      if (isFeedback) this.#feedback.set(`${region}/${id}`, String(feedback));
      else this.archive(region, id);
    }
    return json({});
  }
}

const operations = ["GetFindings", "ArchiveFindings", "UpdateFindingsFeedback"];

function badRequest(why: string): ApiError {
  return new ApiError("BadRequestException", `The request is rejected because ${why}`);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
