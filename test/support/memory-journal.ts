/**
 * The journal held in memory: a stand-in for functions/aws/journal-table.ts with the same
 * conditions on every write, and a clock that the test sets. Both pass journal-contract.ts.
 */

import type { SecurityHubName } from "../../functions/model/finding";
import type { Brake } from "../../functions/record/brakes";
import type { Epoch, FindingUpdates, LastUpdate } from "../../functions/record/finding-updates";
import {
  type Braked,
  type Decided,
  type IncidentRecord,
  isOpen,
  type Journal,
  type JournalReader,
  LeaseHeld,
  leaseSeconds,
  type Marks,
  type Proposal,
  revisionOf,
} from "../../functions/record/journal";
import type { ReleaseOrder } from "../../functions/record/release-order";
import { type Gate, through } from "./memory-account";
import { type BrakeItems, count, noBrakes } from "./memory-brakes";

/** One record with its lease; JSON, as a table would hold it. */
export interface Item {
  record: Omit<
    IncidentRecord,
    | "marks"
    | "status"
    | "releasedAt"
    | "release"
    | "containedAt"
    | "noticedAt"
    | "alsoFound"
    | "changedAt"
    | "updates"
  >;
  status: IncidentRecord["status"];
  runner: string;
  leaseUntil: number;
  marks: Marks;
  finishedAt?: string;
  release?: ReleaseOrder;
  containedAt?: string;
  noticedAt?: Record<string, string>;
  alsoFound?: readonly SecurityHubName[];
  outdated?: boolean;
  changedAt?: string;
  updates?: Readonly<Record<string, LastUpdate>>;
}

/** The journal as one process sees it: processes share the items, which are kept by incident id. */
export class MemoryJournal implements Journal, JournalReader, FindingUpdates {
  constructor(
    private readonly items: Record<string, Item>,
    private readonly now: () => Date,
    private readonly gate: Gate = through,
    /** Access keys that are known to be public. */
    private readonly exposed: Set<string> = new Set(),
    /** What brakes count. */
    private readonly brakes: BrakeItems = noBrakes(),
  ) {}

  noteExposed(accessKey: string): Promise<void> {
    return this.call("noteExposed", true, [accessKey], () => void this.exposed.add(accessKey));
  }

  isExposed(accessKey: string): Promise<boolean> {
    return this.call("isExposed", false, [accessKey], () => this.exposed.has(accessKey));
  }

  find(key: string): Promise<IncidentRecord | undefined> {
    return this.call("find", false, [key], () => this.newest(key));
  }

  openIncidents(): Promise<readonly IncidentRecord[]> {
    return this.call("openIncidents", false, [], () =>
      Object.values(this.items)
        .filter(isOpen)
        .flatMap(({ record }) => this.newest(record.incident.key) ?? []),
    );
  }

  waitingPlans(): Promise<readonly IncidentRecord[]> {
    return this.call("waitingPlans", false, [], () =>
      Object.values(this.items)
        .filter(({ status }) => status === "planned")
        .flatMap(({ record }) => this.newest(record.incident.key) ?? []),
    );
  }

  decidedSince(since: string): Promise<readonly Decided[]> {
    return this.call("decidedSince", false, [since], () =>
      Object.values(this.items)
        .filter(({ record }) => record.plannedAt >= since)
        .map(({ record: { id, incident, plannedAt, objectedBy, dryRun }, status }) => ({
          id,
          incident,
          plannedAt,
          status,
          ...(objectedBy !== undefined && { objectedBy }),
          ...(dryRun !== undefined && { dryRun }),
        })),
    );
  }

  epoch(key: string, epoch: number): Promise<IncidentRecord | undefined> {
    return this.call("epoch", false, [key, epoch], () =>
      this.items[`${key}-${epoch}`] === undefined ? undefined : this.newest(key, epoch),
    );
  }

  private newest(key: string, last = Number.POSITIVE_INFINITY): IncidentRecord | undefined {
    const epochs = Object.values(this.items)
      .filter(({ record }) => record.incident.key === key && record.epoch <= last)
      .sort((a, b) => b.record.epoch - a.record.epoch);
    if (epochs[0] === undefined) return undefined;
    const { record, status, marks, release, containedAt, noticedAt } = copy(epochs[0]);
    const { alsoFound = [], changedAt } = copy(epochs[0]);
    const updates = copy({ ...epochs[1]?.updates, ...epochs[0].updates });
    const releasedAt = epochs.find((item) => item.status === "released")?.finishedAt;
    return {
      ...record,
      status,
      marks,
      ...(releasedAt !== undefined && { releasedAt }),
      ...(release && { release }),
      ...(containedAt !== undefined && { containedAt }),
      ...(noticedAt !== undefined && { noticedAt }),
      ...(alsoFound.length > 0 && { alsoFound }),
      ...(changedAt !== undefined && { changedAt }),
      ...(Object.keys(updates).length > 0 && { updates }),
    };
  }

  outdated(most: number): Promise<readonly Epoch[]> {
    return this.call("outdated", false, [most], () =>
      Object.values(this.items)
        .filter(({ outdated }) => outdated)
        .map(({ record }) => ({ incident: { key: record.incident.key }, epoch: record.epoch }))
        .slice(0, most),
    );
  }

  updateAgain({ incident: { key }, epoch }: Epoch): Promise<void> {
    return this.call("updateAgain", true, [key, epoch], () => {
      const item = this.items[`${key}-${epoch}`];
      if (item !== undefined) this.changed(item);
    });
  }

  noteUpdates(
    { incident: { key }, epoch }: Epoch,
    updates: Readonly<Record<string, LastUpdate>>,
  ): Promise<void> {
    return this.call("noteUpdates", true, [key, epoch], () => {
      const item = this.items[`${key}-${epoch}`];
      if (item !== undefined) item.updates = copy(updates);
    });
  }

  settle({
    incident: { key },
    epoch,
    changedAt,
  }: Epoch & { readonly changedAt?: string }): Promise<void> {
    return this.call("settle", true, [key, epoch], () => {
      const item = this.items[`${key}-${epoch}`];
      if (item !== undefined && item.changedAt === changedAt) item.outdated = false;
    });
  }

  noteFinding(record: IncidentRecord, finding: SecurityHubName): Promise<void> {
    return this.call("noteFinding", true, [record.id, finding.id], () => {
      const item = this.items[record.id];
      const { alsoFound = [] } = item ?? {};
      if (item === undefined || alsoFound.length >= 20) return;
      item.alsoFound = [...alsoFound, copy(finding)];
      this.changed(item);
    });
  }

  private changed(item: Item): void {
    item.outdated = true;
    item.changedAt = this.now().toISOString();
  }

  propose(proposal: Proposal): Promise<IncidentRecord> {
    return this.write("propose", proposal, "planned", "no runner", 0);
  }

  begin(proposal: Proposal, runner: string): Promise<IncidentRecord> {
    return this.write("begin", proposal, "containing", runner, this.leaseEnd());
  }

  beginCounted(
    proposal: Proposal,
    runner: string,
    brakes: readonly Brake[],
  ): Promise<IncidentRecord | Braked> {
    return this.call("begin", true, [proposal.id, runner], () => {
      this.checkFree(proposal, runner);
      const refusedBy = count(this.brakes, brakes, proposal.id, this.now());
      return refusedBy.length > 0
        ? { refusedBy }
        : this.written(proposal, "containing", runner, this.leaseEnd());
    });
  }

  take(
    record: IncidentRecord,
    runner: string,
    move: "containing" | "releasing",
    more?: Parameters<Journal["take"]>[3],
  ): Promise<void> {
    return this.call("take", true, [record.id, runner, move], () => {
      const item = this.items[record.id];
      const free =
        item !== undefined &&
        ["containing", "contained", "releasing"].includes(item.status) &&
        (move === "releasing" || item.status === record.status) &&
        item.record.revision === record.revision &&
        (item.leaseUntil < this.now().getTime() || item.runner === runner);
      if (!free) throw held(record.id);
      Object.assign(item, { status: move, runner, leaseUntil: this.leaseEnd() });
      if (more && "order" in more) item.release = { ...more.order };
      if (more && "plan" in more) {
        item.record = { ...item.record, ...copy(more), revision: revisionOf(more.plan) };
      }
    });
  }

  notice(record: IncidentRecord, what: string): Promise<void> {
    return this.call("notice", true, [record.id, what], () => {
      const item = this.items[record.id];
      if (item === undefined) throw held(record.id);
      item.noticedAt = { ...item.noticedAt, [what]: this.now().toISOString() };
    });
  }

  handBack(record: IncidentRecord, runner: string, marks: Marks): Promise<void> {
    return this.close("handBack", record, runner, marks);
  }

  finish(
    record: IncidentRecord,
    runner: string,
    status: "contained" | "released",
    marks: Marks,
  ): Promise<void> {
    return this.close("finish", record, runner, marks, status);
  }

  private write(
    method: string,
    proposal: Proposal,
    status: IncidentRecord["status"],
    runner: string,
    leaseUntil: number,
  ): Promise<IncidentRecord> {
    return this.call(method, true, [proposal.id, runner], () => {
      this.checkFree(proposal, runner);
      return this.written(proposal, status, runner, leaseUntil);
    });
  }

  private checkFree({ id }: Proposal, runner: string): void {
    const item = this.items[id];
    if (item !== undefined && item.status !== "planned" && item.runner !== runner) throw held(id);
  }

  private written(
    proposal: Proposal,
    status: IncidentRecord["status"],
    runner: string,
    leaseUntil: number,
  ): IncidentRecord {
    const { alsoFound = [], ...planned } = proposal;
    const record = {
      ...planned,
      revision: revisionOf(proposal.plan),
    };
    const size = JSON.stringify(record).length;
    if (size > 300_000) {
      throw new Error(
        `The plan of ${proposal.id} has ${size} characters; the journal takes 300000`,
      );
    }
    const written: Item = copy({
      record,
      status,
      runner,
      leaseUntil,
      marks: {},
      noticedAt: {},
      alsoFound,
    });
    if (status !== "planned" || proposal.dryRun === undefined) this.changed(written);
    this.items[proposal.id] = written;
    // The very plan that was given, not its copy: as the table's writer does.
    return { ...record, status, marks: {}, ...(alsoFound.length > 0 && { alsoFound }) };
  }

  private close(
    method: string,
    record: IncidentRecord,
    runner: string,
    marks: Marks,
    status?: "contained" | "released",
  ): Promise<void> {
    return this.call(method, true, [record.id, runner], () => {
      const item = this.items[record.id];
      if (item === undefined || item.runner !== runner) throw held(record.id);
      item.marks = copy(marks);
      item.leaseUntil = 0;
      if (status !== undefined) {
        item.status = status;
        item.finishedAt = this.now().toISOString();
        if (status === "contained") item.containedAt = item.finishedAt;
        this.changed(item);
      }
    });
  }

  private call<T>(method: string, mutating: boolean, args: readonly unknown[], effect: () => T) {
    return this.gate({ method: `journal.${method}`, args, mutating }, effect);
  }

  private leaseEnd(): number {
    return this.now().getTime() + leaseSeconds * 1_000;
  }
}

function held(id: string): LeaseHeld {
  return new LeaseHeld(`Incident ${id} is in the hands of another run`);
}

/** What a table would give back: JSON has no undefined, and no shared objects. */
function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
