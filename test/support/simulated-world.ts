/**
 * Runs responses as processes that can die. Death is a promise that never settles, not an error: a
 * dead process handles nothing, so neither `catch` nor `allSettled` may see it.
 */
import { createHmac } from "node:crypto";
import { isFinal, isRefusal } from "../../functions/aws/errors";
import type { PlaybookId } from "../../functions/catalogue/playbooks";
import type { Currency, ResponsePolicy } from "../../functions/decide/circumstances";
import type { Requested } from "../../functions/detect/security-hub";
import { type ReleaseAnswer, releaseRequested } from "../../functions/flows/release/by-finding";
import { releaseExpired } from "../../functions/flows/release/expired";
import {
  type ReleaseOptions,
  type ReleaseReport,
  type Releaser,
  releaseIncident,
} from "../../functions/flows/release/release";
import {
  type AdoptionReport,
  type AdoptionRequest,
  adopt,
} from "../../functions/flows/respond/adopt";
import { carryOutApproved } from "../../functions/flows/respond/approved";
import { askAboutHost } from "../../functions/flows/respond/host";
import { answerRequest } from "../../functions/flows/respond/request";
import { answer } from "../../functions/flows/respond/respond";
import type { Answer, Responder } from "../../functions/flows/respond/responder";
import type { ApprovedTask } from "../../functions/flows/respond/tasks";
import { lookAgain } from "../../functions/flows/respond/watch";
import type { Incident } from "../../functions/model/incident";
import type { Place } from "../../functions/model/resource";
import type { Statement } from "../../functions/model/statement";
import type { Notice } from "../../functions/notify/notice";
import type { FindingNotice } from "../../functions/notify/notification-log";
import type { Approval } from "../../functions/record/approvals";
import type { BrokenEntry, Exception } from "../../functions/record/exceptions";
import { leaseSeconds } from "../../functions/record/journal";
import type { Wanted } from "../../functions/record/requests";
import { certificateText, digestOf, distrust, sealingKey } from "../../functions/record/seal";
import * as builders from "./builders";
import {
  type AccountState,
  AwsError,
  type Gate,
  type LoggedCall,
  MemoryAccount,
} from "./memory-account";
import { type BrakeItems, MemoryBrakes } from "./memory-brakes";
import { type Item, MemoryJournal } from "./memory-journal";
import { MemoryNotificationLog } from "./memory-notification-log";
import { MemoryRequests } from "./memory-requests";

/** How one run goes wrong; calls of every kind are counted together, from 1. */
export interface Faults {
  /** The process dies at this call, before or after the call takes effect. */
  readonly death?: { readonly at: number; readonly when: "before" | "after" } | undefined;
  /** Calls for which this gives an error fail with it, without effect unless `lost`. */
  readonly fault?: (call: LoggedCall, number: number) => Error | undefined;
  /** The call takes effect and only its reply is lost. */
  readonly lost?: boolean;
  /** Calls of this kind take longer than any stage's limit. */
  readonly slow?: (call: LoggedCall) => boolean;
  /** Every call takes one turn, and a wait outlasts them all: the turns of a run are its calls in a row. */
  readonly inTurns?: boolean;
  /** Reads answer as the account was so many calls of the run ago. */
  readonly lag?: number;
  readonly delivery?: number;
  /** Seconds until Lambda ends the run. @default two minutes */
  readonly secondsLeft?: number;
  readonly policy?: Partial<ResponsePolicy>;
  readonly reactivateKeys?: boolean;
  readonly close?: boolean;
  /** Why a person may not release an incident. @default any may */
  readonly objection?: ReleaseOptions["objection"];
  /** The reason of a release. @default "a false positive" */
  readonly reason?: string;
  /** What GuardDuty says of the finding. @default "current" */
  readonly currency?: Currency;
  /** How Organizations answers. @default by the account's name */
  readonly account?: () => { readonly id: string; readonly name: string } | undefined;
}

export type RunResult<T> = { readonly calls: readonly LoggedCall[]; readonly turns: number } & (
  | { readonly kind: "answered"; readonly value: T }
  | { readonly kind: "failed"; readonly error: Error }
  | { readonly kind: "died" }
);

export const lastDelivery = 5;
const requester = "arn:aws:sts::444455556666:assumed-role/responders/ana";

function isForeign({ account }: Faults): boolean {
  try {
    return account !== undefined && account() === undefined;
  } catch {
    return false;
  }
}

/** An account, a journal and a topic that outlive the processes working on them. */
export class SimulatedWorld {
  /** Calls that reached the account. */
  readonly log: LoggedCall[] = [];
  /** The journal's items by incident id. */
  readonly items: Record<string, Item> = {};
  /** Entries of the register of exceptions. */
  readonly exceptions: (Exception | BrokenEntry)[] = [];
  /** Units above the account, the nearest first. */
  readonly units: string[] = [];
  /** Access keys the journal knows to be public. */
  readonly exposed = new Set<string>();
  /** What the brakes hold. */
  readonly brakes: BrakeItems = { counts: {}, tripped: {}, waiting: {}, remembered: {} };
  readonly notices: Notice[] = [];
  readonly findings = new MemoryNotificationLog<FindingNotice>();
  /** When each incident is to be looked at again. */
  readonly looks: { readonly key: string; readonly seconds: number }[] = [];
  /** Follow-ups that were asked for. */
  readonly followUps: { readonly key: string; readonly seconds: number }[] = [];
  /** Incidents of credentials about whose instance people are to be asked. */
  readonly hosts: string[] = [];
  /** What ends the waits that a stage's limit began. */
  readonly limits: AbortSignal[] = [];
  /** What every session was narrowed to. */
  readonly sessions: {
    readonly duty: "contain" | "release";
    readonly family: string;
    readonly place: Place;
    readonly statements: readonly Statement[];
    /** The session's source identity. */
    readonly approver?: string;
  }[] = [];
  /** Makes addresses of the approval page. @default there is none */
  pageAddress?: NonNullable<Responder["pageAddress"]>;
  /** Plans that people were asked about. */
  readonly asked: {
    readonly incident: string;
    readonly digest: string;
    readonly quiet: boolean;
  }[] = [];
  /** What the journal's table has of approvals. */
  readonly approvals: Approval[] = [];
  /** What the journal's table has of requests by command. */
  readonly requests = new MemoryRequests();
  private readonly sealing = sealingKey();
  private clock = Date.parse("2026-11-20T10:05:00.000Z");
  private runs = 0;

  constructor(readonly state: AccountState) {}

  /** Calls that changed the account, or tried to. */
  get changes(): readonly LoggedCall[] {
    return this.log.filter((call) => call.mutating);
  }

  now(): Date {
    return new Date(this.clock);
  }

  /** Makes a world that goes on from here by itself; only the log of calls stays behind. */
  copy(): SimulatedWorld {
    const copy = new SimulatedWorld(structuredClone(this.state));
    Object.assign(copy.items, structuredClone(this.items));
    Object.assign(copy.brakes, structuredClone(this.brakes));
    for (const key of this.exposed) copy.exposed.add(key);
    for (const [key, item] of this.findings.items) copy.findings.items.set(key, { ...item });
    copy.asked.push(...this.asked);
    copy.approvals.push(...structuredClone(this.approvals));
    copy.requests.items.push(...structuredClone(this.requests.items));
    copy.exceptions.push(...structuredClone(this.exceptions));
    copy.units.push(...this.units);
    copy.notices.push(...this.notices);
    copy.clock = this.clock;
    copy.runs = this.runs;
    return copy;
  }

  /** Sets the clock forward. */
  pass(ms: number): void {
    this.clock += ms;
  }

  /** Lets every lease run out. */
  outlastLease(): void {
    this.pass(leaseSeconds * 1_000 + 1);
  }

  answer(incident: Incident, faults: Faults = {}): Promise<RunResult<Answer>> {
    return this.respond(faults, (responder) => answer(incident, responder));
  }

  /** Carries out what people approved, as the approval's workflow has it. */
  approved(task: Omit<ApprovedTask, "task">, faults: Faults = {}): Promise<RunResult<Answer>> {
    return this.respond(faults, (responder) =>
      carryOutApproved({ task: "approved", ...task }, responder),
    );
  }

  /** Looks whether an incident's target is contained, as a delayed message and the schedule have it. */
  watch(key: string, faults: Faults = {}): Promise<RunResult<Answer>> {
    return this.respond(faults, (responder) =>
      lookAgain({ task: "look-again", incident: key }, responder),
    );
  }

  /** Asks about the instance of stolen credentials. */
  askAboutHost(key: string, faults: Faults = {}): Promise<RunResult<Answer>> {
    return this.respond(faults, (responder) =>
      askAboutHost({ task: "ask-about-host", incident: key }, responder),
    );
  }

  /** Answers what a person asked for by command, and proved. */
  async askFor(
    wanted: Wanted,
    playbook: PlaybookId = "contain-instance",
    faults: Faults = {},
  ): Promise<RunResult<Answer>> {
    const id = String(this.requests.items.length).padStart(32, "0");
    const at = this.now().toISOString();
    await this.requests.ask({ id, playbook, wanted, by: requester, at });
    return this.requested(id, playbook, faults);
  }

  /** Answers a task that names a request. */
  requested(
    request: string,
    playbook: PlaybookId = "contain-instance",
    faults: Faults = {},
  ): Promise<RunResult<Answer>> {
    return this.respond(faults, (responder) =>
      answerRequest({ task: "requested", request }, playbook, responder),
    );
  }

  /** Has a responder adopt what a person contained by hand. */
  adopt(
    request: AdoptionRequest,
    playbook: PlaybookId,
    faults: Faults = {},
  ): Promise<RunResult<AdoptionReport>> {
    return this.respond({ delivery: lastDelivery, ...faults }, (responder) =>
      adopt(request, playbook, responder),
    );
  }

  private respond<T>(
    faults: Faults,
    work: (responder: Responder) => Promise<T>,
  ): Promise<RunResult<T>> {
    return this.runOnce(faults, ({ account, gate, ...shared }) =>
      work({
        ...shared,
        findings: this.findings,
        policy: builders.policy(faults.policy),
        brakes: new MemoryBrakes(this.brakes, () => this.now(), gate),
        account: (id) =>
          gate({ method: "organization.account", args: [id], mutating: false }, () =>
            faults.account === undefined ? { id, name: "Web shop" } : faults.account(),
          ),
        exceptions: {
          entries: () =>
            gate({ method: "register.entries", args: [], mutating: false }, () =>
              structuredClone(this.exceptions),
            ),
        },
        unitsOf: (id) =>
          gate({ method: "organization.unitsOf", args: [id], mutating: false }, () => [
            ...this.units,
          ]),
        currency: ({ id }) =>
          gate(
            { method: "guardduty.currency", args: [id], mutating: false },
            () => faults.currency ?? "current",
          ),
        reader: async () => {
          // IAM opens sessions in the organization's own accounts alone.
          if (isForeign(faults)) throw new AwsError("AccessDenied", "sts:AssumeRole is denied");
          return account;
        },
        assume: (family, place, statements, _incident, approver) =>
          this.assume(account, gate, { duty: "contain", family, place, statements, approver }),
        isRefusal,
        ...(this.pageAddress && { pageAddress: this.pageAddress }),
        askApproval: (record, quiet) =>
          gate({ method: "workflow.askApproval", args: [record.id], mutating: true }, () => {
            const digest = digestOf(record);
            const known = this.asked.some((each) => each.digest === digest);
            if (!known) this.asked.push({ incident: record.id, digest, quiet });
          }),
        approval: (incident, digest) =>
          gate({ method: "approvals.find", args: [incident, digest], mutating: false }, () =>
            structuredClone(this.approvals.find((each) => each.digest === digest)),
          ),
        requests: {
          find: (id) =>
            gate({ method: "requests.find", args: [id], mutating: false }, () =>
              structuredClone(this.requests.items.find((each) => each.id === id)),
            ),
          answer: (id, answer) =>
            gate({ method: "requests.answer", args: [id, answer], mutating: true }, () => {
              void this.requests.answer(id, answer);
            }),
        },
        lookAgain: (key, seconds) =>
          gate({ method: "queue.lookAgain", args: [key, seconds], mutating: true }, () => {
            this.looks.push(...seconds.map((each) => ({ key, seconds: each })));
          }),
        followUp: (key, seconds) =>
          gate({ method: "queue.followUp", args: [key, seconds], mutating: true }, () => {
            this.followUps.push({ key, seconds });
          }),
        askAboutHost: (key) =>
          gate({ method: "queue.askAboutHost", args: [key], mutating: true }, () => {
            this.hosts.push(key);
          }),
        delivery: faults.delivery ?? 1,
        lastDelivery,
        suffix: () => "5eed0001",
      }),
    );
  }

  release(incident: string, faults: Faults = {}): Promise<RunResult<ReleaseReport>> {
    return this.runOnce(faults, ({ account, gate, ...shared }) =>
      releaseIncident(
        incident,
        {
          ...shared,
          assume: (family, place, statements) =>
            this.assume(account, gate, { duty: "release", family, place, statements }),
        },
        {
          by: requester,
          reason: faults.reason ?? "a false positive",
          reactivateKeys: faults.reactivateKeys === true,
          close: faults.close === true,
          ...(faults.objection && { objection: faults.objection }),
        },
      ),
    );
  }

  /** What the release function does with a finding that a person sent. */
  request(requested: Requested, faults: Faults = {}): Promise<RunResult<ReleaseAnswer>> {
    return this.runOnce(faults, ({ account, gate, ...shared }) =>
      releaseRequested(requested, {
        ...shared,
        assume: (family, place, statements) =>
          this.assume(account, gate, { duty: "release", family, place, statements }),
        delivery: faults.delivery ?? 1,
        lastDelivery,
      }),
    );
  }

  /** What the release function does with what the watch finds to be over. */
  end(incident: string, faults: Faults = {}): Promise<RunResult<ReleaseAnswer>> {
    return this.runOnce(faults, ({ account, gate, ...shared }) =>
      releaseExpired(incident, {
        ...shared,
        assume: (family, place, statements) =>
          this.assume(account, gate, { duty: "release", family, place, statements }),
      }),
    );
  }

  private assume(account: MemoryAccount, gate: Gate, { approver, ...session }: Opened) {
    return gate({ method: "sts.assume", args: [], mutating: false }, () => {
      this.sessions.push({ ...session, ...(approver !== undefined && { approver }) });
      return account;
    });
  }

  private async runOnce<T>(
    faults: Faults,
    work: (process: Process) => Promise<T>,
  ): Promise<RunResult<T>> {
    const calls: LoggedCall[] = [];
    const view = faults.lag === undefined ? undefined : new LaggingView(this.state, faults.lag);
    let dead = false;
    let die = () => {};
    const death = new Promise<"died">((done) => {
      die = () => {
        dead = true;
        done("died");
      };
    });
    const gate: Gate = async (call, effect) => {
      if (dead) return never();
      calls.push(call);
      const number = calls.length;
      const due = faults.death?.at === number ? faults.death.when : undefined;
      if (due === "before") {
        die();
        return never();
      }
      const fault = faults.fault?.(call, number);
      if (fault !== undefined && !faults.lost) throw fault;
      if (faults.inTurns) await tick();
      if (faults.slow?.(call)) await tick().then(tick).then(tick);
      // The effect exists before anything else of the process can run.
      const reply = outcome(() => (view ? view.see(call, number, effect) : effect()));
      if (due === "after") {
        die();
        return never();
      }
      if (fault !== undefined) throw fault;
      if ("error" in reply) throw reply.error;
      return reply.value;
    };
    this.runs += 1;
    const process: Process = {
      gate,
      // Every process has its own view: what a dead one still does must not reach the account.
      account: new MemoryAccount(this.state, this.log, gate),
      journal: new MemoryJournal(this.items, () => this.now(), gate, this.exposed, this.brakes),
      runner: `run-${this.runs}`,
      now: () => this.now(),
      // Calls settle in microtasks, so this fires once nothing else can go on: a wait that no call
      // can outlast unless it is slow, and that costs no time.
      isFinal,
      mayOpen: (seconds) =>
        (faults.secondsLeft ?? 120) > seconds && (faults.delivery ?? 1) < lastDelivery,
      seal: async (record) => ({
        publicKey: this.sealing.publicKey,
        mac: fakeMac(certificateText(this.sealing.publicKey)),
        signature: this.sealing.sign(record),
      }),
      distrust: (record) => distrust(record, async (text, mac) => mac === fakeMac(text)),
      sleep: (_ms, signal) => {
        if (signal) this.limits.push(signal);
        if (faults.inTurns) return never();
        return tick();
      },
      publish: (notice: Notice) =>
        gate({ method: "topic.publish", args: [notice], mutating: true }, () => {
          this.notices.push(notice);
        }),
    };
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    if (faults.inTurns) setImmediate(turn);
    const ended = await Promise.race([
      work(process).then(
        (value) => ({ kind: "answered", value }) as const,
        (error: Error) => ({ kind: "failed", error }) as const,
      ),
      death,
    ]);
    isOver = true;
    return ended === "died" ? { kind: "died", calls, turns } : { ...ended, calls, turns };
  }
}

type Opened = Pick<
  SimulatedWorld["sessions"][number],
  "duty" | "family" | "place" | "statements"
> & {
  readonly approver?: string | undefined;
};

/** What a process sees of an account that shows changes late; what it changes is changed at once. */
class LaggingView {
  readonly #seen: { readonly since: number; readonly state: AccountState }[];

  constructor(
    private readonly state: AccountState,
    private readonly lag: number,
  ) {
    this.#seen = [{ since: 0, state: structuredClone(state) }];
  }

  see<T>({ mutating }: LoggedCall, number: number, effect: () => T): T {
    if (mutating) {
      const reply = effect();
      this.#seen.push({ since: number, state: structuredClone(this.state) });
      return reply;
    }
    const shown = this.#seen.findLast(({ since }) => since === 0 || since <= number - this.lag);
    const now = { ...this.state };
    Object.assign(this.state, structuredClone(shown?.state));
    try {
      return effect();
    } finally {
      Object.assign(this.state, now);
    }
  }
}

interface Process
  extends Pick<
      Responder,
      "isFinal" | "mayOpen" | "journal" | "runner" | "now" | "sleep" | "publish" | "seal"
    >,
    Pick<Releaser, "distrust"> {
  readonly gate: Gate;
  readonly account: MemoryAccount;
}

/** The answer of a run that must not have failed. */
export function answered<T>(ending: RunResult<T>): T {
  if (ending.kind === "answered") return ending.value;
  throw new Error(`The run ${ending.kind}`, {
    cause: ending.kind === "failed" ? ending.error : undefined,
  });
}

/** Every way to die in a run that went through these calls: a read dies the same before and after. */
export function deaths(calls: readonly LoggedCall[]) {
  return calls.flatMap((call, index) =>
    (call.mutating ? (["before", "after"] as const) : (["before"] as const)).map((when) => ({
      at: index + 1,
      when,
    })),
  );
}

/** Every way to die that leaves a state of its own: at a read nothing changes. */
export function deathsThatMatter(calls: readonly LoggedCall[]) {
  return deaths(calls).filter(({ at }) => calls[at - 1]?.mutating);
}

/** Stands in for the code that KMS computes with a key of its own. */
function fakeMac(text: string): string {
  return createHmac("sha256", "the key of the simulated world").update(text).digest("base64");
}

function outcome<T>(effect: () => T): { value: T } | { error: unknown } {
  try {
    return { value: effect() };
  } catch (error) {
    return { error };
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}

function tick(): Promise<void> {
  return new Promise((done) => void setImmediate(done));
}
