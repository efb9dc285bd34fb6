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
}

export class Findings implements FindingsStandIn {
  /** By region and id. */
  readonly #found = new Map<string, Found>();

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

  /**
   * Answers GetFindings; undefined for any other call.
   *
   * @param owns whether the caller's account has this detector in the region
   */
  async answer(
    { service, operation, parameters, region }: ApiCall,
    account: string,
    owns: (detector: string) => Promise<boolean>,
  ): Promise<Answer | undefined> {
    if (service !== "guardduty" || operation !== "GetFindings") return undefined;
    const { DetectorId, findingIds, ...others } = parameters;
    const what = `guardduty:GetFindings ${account === security.id ? "" : `of account ${account}`}`;
    if (account !== security.id || Object.keys(others).length > 0 || !isTexts(findingIds)) {
      throw new UnknownOperationError(`${what.trim()} with ${Object.keys(parameters).join(", ")}`);
    }
    if (!(await owns(String(DetectorId)))) {
      throw new ApiError(
        "BadRequestException",
        "The request is rejected because the input detectorId is not owned by the current account.",
      );
    }
    return json({
      findings: findingIds.flatMap((id) => this.#found.get(`${region}/${id}`) ?? []),
    });
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
