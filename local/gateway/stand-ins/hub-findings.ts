/**
 * Stands in for Security Hub's findings, of which the emulator filters none and updates none: those that
 * GuardDuty sent, as the administrator reads and updates them. They come late, as GuardDuty's do. Strict:
 * another account, filter or field is refused by name.
 */
import { security } from "../accounts";
import {
  type Answer,
  type ApiCall,
  ApiError,
  json,
  list,
  text,
  UnknownOperationError,
} from "../wire/protocol";

interface Note {
  readonly Text: string;
  readonly UpdatedBy: string;
  readonly UpdatedAt: string;
}

/** What Security Hub has of a finding, as far as it is kept here. */
export interface HubFinding {
  readonly Id: string;
  readonly ProductArn: string;
  readonly Workflow: { readonly Status: string };
  readonly Note?: Note;
}

export interface HubFindingsStandIn {
  /** Keeps what GuardDuty is going to send to Security Hub of a region. */
  sent(region: string, detail: unknown): void;
  /** Has everything arrive that was sent. On AWS that takes up to five minutes. */
  arrive(): void;
  /** Reads a finding by the id that GuardDuty gave it. */
  find(region: string, id: string): HubFinding | undefined;
  /** Sets the status of a finding, and its note, as a person does in the console. */
  set(region: string, id: string, status: string, note?: string): void;
}

const statuses = ["NEW", "NOTIFIED", "RESOLVED", "SUPPRESSED"];
/** Requests that the service takes at once in a region, and in each second (API reference, "Welcome"). */
const burst = 30;
const perSecond = 10;

export class HubFindings implements HubFindingsStandIn {
  readonly #sent: [region: string, finding: HubFinding][] = [];
  /** By region, product and id. */
  readonly #found = new Map<string, HubFinding>();
  readonly #updates = new Map<string, { left: number; at: number }>();

  constructor(private readonly now: () => number = Date.now) {}

  sent(region: string, detail: unknown): void {
    const { arn } = (detail ?? {}) as { readonly arn?: unknown };
    if (typeof arn !== "string") return;
    const ProductArn = `arn:aws:securityhub:${region}::product/aws/guardduty`;
    this.#sent.push([region, { Id: arn, ProductArn, Workflow: { Status: "NEW" } }]);
  }

  arrive(): void {
    for (const [region, finding] of this.#sent.splice(0)) {
      const key = keyOf(region, finding);
      // An update of the product's keeps what customers wrote.
      if (!this.#found.has(key)) this.#found.set(key, finding);
    }
  }

  find(region: string, id: string): HubFinding | undefined {
    const all = [...this.#found].filter(([key]) => key.startsWith(`${region} `));
    return all.map(([, finding]) => finding).find(({ Id }) => Id.endsWith(`/finding/${id}`));
  }

  set(region: string, id: string, status: string, note?: string): void {
    const finding = this.find(region, id);
    if (finding === undefined) throw new Error(`Security Hub has no finding ${id} in ${region}`);
    this.#write(region, finding, status, note && { Text: note, UpdatedBy: "ana" });
  }

  /**
   * Answers GetFindings and BatchUpdateFindings; undefined for any other call.
   *
   * @param isOn whether Security Hub is on in the caller's account and region
   */
  async answer(
    call: ApiCall,
    account: string,
    isOn: () => Promise<boolean>,
  ): Promise<Answer | undefined> {
    const { service, operation } = call;
    if (service !== "securityhub") return undefined;
    if (operation !== "GetFindings" && operation !== "BatchUpdateFindings") return undefined;
    if (account !== security.id) {
      throw new UnknownOperationError(`securityhub:${operation} of account ${account}`);
    }
    if (!(await isOn())) {
      throw new ApiError(
        "InvalidAccessException",
        `Account ${account} is not subscribed to AWS Security Hub`,
        401,
      );
    }
    return operation === "GetFindings" ? this.#get(call) : this.#update(call);
  }

  #get({ parameters, region }: ApiCall): Answer {
    const { Filters, MaxResults, ...others } = parameters as {
      readonly Filters?: Readonly<Record<string, unknown>>;
      readonly MaxResults?: unknown;
    };
    const { Id, ...filters } = Filters ?? {};
    const names = [...Object.keys(others), ...Object.keys(filters)];
    const values = list<{ readonly Value?: string; readonly Comparison?: string }>(Id);
    const isExact = values.length > 0 && values.every(({ Comparison }) => Comparison === "EQUALS");
    if (names.length > 0 || !isExact) {
      throw new UnknownOperationError(
        `securityhub:GetFindings but by equal ids${names.length > 0 ? `: ${names.join(", ")}` : ""}`,
      );
    }
    if (values.length > 20) throw invalid("Filters.Id must have at most 20 values");
    if (MaxResults !== undefined && !(Number(MaxResults) >= 1 && Number(MaxResults) <= 100)) {
      throw invalid("MaxResults must be from 1 to 100");
    }
    const ids = new Set(values.map(({ Value }) => Value));
    const Findings = [...this.#found]
      .filter(([key, finding]) => key.startsWith(`${region} `) && ids.has(finding.Id))
      .map(([, finding]) => finding);
    return json({ Findings });
  }

  #update({ parameters, region }: ApiCall): Answer {
    this.#take(region);
    const { FindingIdentifiers, Workflow, Note, ...others } = parameters as {
      readonly FindingIdentifiers?: unknown;
      readonly Workflow?: { readonly Status?: string };
      readonly Note?: { readonly Text?: string; readonly UpdatedBy?: string };
    };
    if (Object.keys(others).length > 0) {
      throw new UnknownOperationError(
        `securityhub:BatchUpdateFindings of ${Object.keys(others).join(", ")}`,
      );
    }
    const named = list<{ readonly Id?: string; readonly ProductArn?: string }>(FindingIdentifiers);
    if (named.length === 0 || named.length > 100) {
      throw invalid(`FindingIdentifiers must have 1 to 100 entries, but has ${named.length}`);
    }
    if (Workflow !== undefined && !statuses.includes(Workflow.Status ?? "")) {
      throw invalid(`Workflow.Status must be one of ${statuses.join(", ")}`);
    }
    if (Note !== undefined && !isNote(Note)) {
      throw invalid("Note needs Text of 1 to 512 characters, and UpdatedBy");
    }
    const ProcessedFindings: object[] = [];
    const UnprocessedFindings: object[] = [];
    const seen = new Set<string>();
    for (const { Id = "", ProductArn = "" } of named) {
      const FindingIdentifier = { Id, ProductArn };
      const key = keyOf(region, FindingIdentifier);
      const finding = this.#found.get(key);
      const ErrorCode = seen.has(key)
        ? "DuplicatedFindingIdentifier"
        : finding === undefined
          ? "FindingNotFound"
          : undefined;
      seen.add(key);
      if (finding === undefined || ErrorCode !== undefined) {
        UnprocessedFindings.push({ FindingIdentifier, ErrorCode, ErrorMessage: `${ErrorCode}` });
        continue;
      }
      this.#write(region, finding, Workflow?.Status, Note);
      ProcessedFindings.push(FindingIdentifier);
    }
    return json({ ProcessedFindings, UnprocessedFindings });
  }

  #write(
    region: string,
    finding: HubFinding,
    status: string | undefined,
    note: { readonly Text?: string; readonly UpdatedBy?: string } | "" | undefined,
  ): void {
    this.#found.set(keyOf(region, finding), {
      ...finding,
      ...(status !== undefined && { Workflow: { Status: status } }),
      ...(note && {
        Note: {
          Text: text(note.Text) ?? "",
          UpdatedBy: text(note.UpdatedBy) ?? "",
          UpdatedAt: new Date(this.now()).toISOString(),
        },
      }),
    });
  }

  /** Counts a request against the region's rate. */
  #take(region: string): void {
    const at = this.now();
    const known = this.#updates.get(region) ?? { left: burst, at };
    const left = Math.min(burst, known.left + ((at - known.at) / 1_000) * perSecond) - 1;
    if (left < 0) throw new ApiError("LimitExceededException", "Rate exceeded", 429);
    this.#updates.set(region, { left, at });
  }
}

function isNote({ Text, UpdatedBy }: { readonly Text?: string; readonly UpdatedBy?: string }) {
  return [Text, UpdatedBy].every((each) => /\S/.test(each ?? "")) && (Text ?? "").length <= 512;
}

function keyOf(region: string, { Id, ProductArn }: Pick<HubFinding, "Id" | "ProductArn">): string {
  return `${region} ${ProductArn} ${Id}`;
}

function invalid(message: string): ApiError {
  return new ApiError("InvalidInputException", message);
}
