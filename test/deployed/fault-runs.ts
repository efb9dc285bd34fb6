/**
 * Runs responses of the deployed program in parallel, each with its own fault; the next delivery
 * finishes each one, and each is released. The crash tests of all playbooks share this.
 */
import { expect } from "chai";
import type { Release } from "../../functions/record/requests";
import { release } from "../../local/drill/scenarios";
import { type Armed, eventuallyConsistent, type FaultKind } from "../../local/gateway/faults";
import type { Caller } from "../../local/gateway/iam/caller";
import { isMutating, type RecordedCall } from "../../local/gateway/record";
import type { EventBridgeEvent } from "../../local/services/eventbridge/events";
import { type Bare, deployedBare } from "./deployed";

/**
 * Every way at every call takes an hour. Without this each call breaks in one of the ways, by turns, so
 * that no call is left out.
 */
const everyWay = process.env.CORDON_FAULTS === "all";

/** The fault of one run. */
export interface FaultPlan {
  readonly label: string;
  /** The call that breaks, by its number among the calls of its action; without it none does. */
  readonly fault?: {
    readonly action: string;
    readonly at: number;
    readonly kind: FaultKind;
    readonly lasting: boolean;
  };
}

/** One resource's containment and release. */
export interface Run {
  readonly event: EventBridgeEvent;
  /** Text that the event holds, and no other run's. */
  readonly mark: string;
  /** The resource as the journal names it. */
  readonly resource: string;
  readonly release?: Partial<Omit<Release, "release">>;
  /** Throws where the incident is not contained as promised. */
  contained(incident: string): Promise<void>;
  /** Lets the contained target out again, as a thief or a pipeline does. */
  opened?(): Promise<void>;
  /** Throws where the release has not restored what it promises. */
  released(): Promise<void>;
  /** Removes what would slow every later read of the emulator. */
  cleanUp?(): Promise<void>;
}

/** What one playbook's crash test is about. */
export interface Story {
  /**
   * What a response changes, call by call, when nothing goes wrong; within an inner list, which is
   * sorted, in any order.
   */
  readonly order: readonly (string | readonly string[])[];
  /** Number of parallel runs. */
  readonly lanes: number;
  /** Whether its runs can be `opened`: a contained target is let out, and contained again. */
  readonly isRepaired?: boolean;
  /** Seeds what the runs of a lane share, before the first of them. */
  prepare?(here: Bare): Promise<void>;
  begin(here: Bare, plan: FaultPlan, lane: number): Promise<Run>;
}

/** Declares the tests that break a story's response at every one of its calls, in every way. */
export function breakAtEveryCall(story: Story): void {
  let here: Bare;
  /** The calls of an undisturbed response, by action. */
  let calls: readonly string[] = [];

  before("deploy, and count the calls of an undisturbed response", async () => {
    here = await deployedBare();
    await story.prepare?.(here);
    const warmUps = Array.from({ length: story.lanes }, (_, lane) => ({
      label: `warm-up-${lane}`,
    }));
    await runAll(here, story, warmUps);
    // On a busy machine a response may ask once more what AWS does not show yet: the shorter one counts.
    const undisturbed = [
      await runAll(here, story, [{ label: "undisturbed-1" }]),
      await runAll(here, story, [{ label: "undisturbed-2" }]),
    ];
    const count = ({ armed }: (typeof undisturbed)[number]) => armed[0]?.counted ?? 0;
    const [{ armed, recorded }] = undisturbed.sort((a, b) => count(a) - count(b)) as [
      (typeof undisturbed)[number],
    ];
    calls = armed[0]?.actions ?? [];
    const names = recorded
      .filter((call) => call.origin === "cordon" && call.mutating)
      .map((call) => call.action)
      .filter((action) => !action.startsWith("sqs:"));
    expect(staged(names, story.order)).to.deep.equal(story.order.map((stage) => [stage].flat()));
  });

  const ways = [
    ["the connection drops after the effect", "drop"],
    ["the process is killed after the effect", "kill"],
    ["the service throttles it once", "throttle"],
    ["no answer ever comes", "stall"],
  ] as const satisfies readonly (readonly [string, FaultKind])[];
  for (const [turn, [title, kind]] of ways.entries()) {
    it(`is finished by the next delivery, and released field by field: ${title}`, async () => {
      const faults = calls
        .map((action, index) => ({
          action,
          at: calls.slice(0, index + 1).filter((each) => each === action).length,
          kind,
          lasting: false,
        }))
        .filter((_, index) => isTurn(index, turn, ways.length));
      const broken = await fired(faults);
      expect(broken).to.deep.equal(faults);
      console.log(`        ${broken.length} of ${calls.length} calls broken (${kind})`);
    });
  }

  it("is finished at once, whichever write is read late", async () => {
    const writes = calls
      .map((action, index) => ({ action, index }))
      .filter(({ action }) => isWrite(action));
    const faults = writes
      .filter((_, index) => isTurn(index, 0, 3))
      .map(({ action, index }) => ({
        action,
        at: calls.slice(0, index + 1).filter((each) => each === action).length,
        kind: "lag" as const,
        lasting: false,
      }));
    const broken = await fired(faults);
    expect(broken).to.deep.equal(faults);
    console.log(`        ${broken.length} of ${writes.length} writes read late`);
  });

  it("is finished at once, where all writes are read late", async () => {
    const [first] = calls.filter(isWrite);
    const faults = [{ action: first ?? "", at: 1, kind: "lag" as const, lasting: true }];
    expect(await fired(faults)).to.deep.equal(faults);
  });

  it("is finished by the next delivery, whatever action is throttled until the run ends", async () => {
    // The SDK retries one throttled call; only lasting throttling ends the run.
    const faults = [...new Set(calls)]
      .filter((_, index) => isTurn(index, 0, 3))
      .map((action) => ({
        action,
        at: calls.filter((each) => each === action).length,
        kind: "throttle" as const,
        lasting: true,
      }));
    const broken = await fired(faults);
    expect(broken).to.deep.equal(faults);
    console.log(`        ${broken.length} actions throttled for the whole run`);
  });

  if (story.isRepaired) {
    it("is contained again, whichever call of the repair is the process's last", async () => {
      const { armed } = await runAll(here, story, [{ label: "repaired" }], "repair");
      const repair = armed[0]?.actions ?? [];
      expect(repair).to.include("dynamodb:UpdateItem");
      const faults = repair
        .map((action, index) => ({
          action,
          at: repair.slice(0, index + 1).filter((each) => each === action).length,
          kind: "kill" as const,
          lasting: false,
        }))
        .filter((_, index) => isTurn(index, 0, 3));
      const broken = await fired(faults, "repair");
      expect(broken).to.deep.equal(faults);
      console.log(`        ${broken.length} of ${repair.length} calls of the repair broken (kill)`);
    });
  }

  /**
   * Runs a response with each fault, some in parallel; returns the faults that took effect. On a busy
   * machine a response may run out of time before its call comes, and the next delivery, which nothing
   * breaks, finish it: such a fault is tried once more, alone.
   */
  async function fired<F extends NonNullable<FaultPlan["fault"]>>(
    faults: readonly F[],
    phase: Phase = "containment",
  ): Promise<F[]> {
    const broken = new Set<F>();
    const attempt = async (batch: readonly F[], number: number, isLast: boolean) => {
      const plans = batch.map((fault, index) => ({
        label: `${phase}-${fault.kind}${fault.lasting ? "-lasting" : ""}-${number + index + 1}`,
        fault,
      }));
      const { armed, redelivered } = await runAll(here, story, plans, phase);
      // The queue delivers again after minutes: what AWS shows late is waited for.
      const isLate = redelivered && batch.some(({ kind }) => kind === "lag");
      if (isLate && isLast) expect(redelivered, plans[0]?.label).to.equal(false);
      for (const [index, fault] of batch.entries()) {
        if (armed[index]?.fired && !isLate) broken.add(fault);
      }
    };
    for (let first = 0; first < faults.length; first += story.lanes) {
      await attempt(faults.slice(first, first + story.lanes), first, false);
    }
    for (const [index, fault] of faults.entries()) {
      if (!broken.has(fault)) await attempt([fault], 500 + index, true);
    }
    return faults.filter((fault) => broken.has(fault));
  }
}

/** What a fault breaks: the first containment, or the one after the target was let out. */
type Phase = "containment" | "repair";

/**
 * Contains resources in parallel, each with its own fault, lets the next delivery finish each and
 * releases it; throws if a check fails. Returns the faults' counts and the containments' calls.
 */
export async function runAll(
  here: Bare,
  story: Pick<Story, "begin">,
  plans: readonly FaultPlan[],
  phase: Phase = "containment",
): Promise<{
  readonly armed: readonly Armed[];
  readonly recorded: readonly RecordedCall[];
  /** Whether a message was delivered again. */
  readonly redelivered: boolean;
}> {
  const { organization, session } = here;
  const { gateway, lambda } = organization;
  const begun = await Promise.all(
    plans.map(async (plan, lane) => ({ ...plan, run: await story.begin(here, plan, lane) })),
  );
  const marks = begun.map(({ run }) => run.mark);
  const emitAll = async () => {
    for (const { run } of begun) await organization.emit(run.event.region ?? "", run.event);
  };
  if (phase === "repair") {
    gateway.delayedMessages.due(Number.POSITIVE_INFINITY);
    await emitAll();
    const { results } = await session.settle(`${plans[0]?.label}, contained`);
    for (const [index, { run }] of begun.entries()) {
      const { incident } =
        results.find(
          (each) => session.incidents.get(each.incident ?? "")?.resource === run.resource,
        ) ?? {};
      // The look at an incident has its key alone.
      marks[index] = incident?.split("-")[0] ?? expect.fail(`${run.resource} is not contained`);
      await run.opened?.();
    }
  }
  const armed = gateway.faults.arm(
    ...begun.map(({ fault }, index) => ({
      ...(fault ?? { at: 1_000_000, kind: "refuse" as const }),
      concerns: (caller: Caller) =>
        lambda.workOf(caller.accessKeyId)?.includes(marks[index] as string) === true,
      onKill: (caller: Caller) => lambda.kill(caller.accessKeyId),
    })),
  );
  await (phase === "repair" ? organization.pass(10) : emitAll());
  const first = gateway.record.entries.length;
  let redelivered = false;
  const { results } = await session.settle(plans.map(({ label }) => label).join(", "), {
    onRedelivery: () => {
      redelivered = true;
      gateway.faults.disarm();
    },
  });
  gateway.faults.disarm();
  const recorded = gateway.record.entries.slice(first);
  const outcomes = results.map((each) => `${each.outcome}: ${each.reason}`).join("; ");
  const checks = await Promise.allSettled(
    begun.map(async ({ label, run }) => {
      // A run that died after closing the journal has contained it: the redelivery is a duplicate.
      const answered = results.find(
        ({ outcome, incident }) =>
          ["contained", "duplicate", ...(phase === "repair" ? ["logged"] : [])].includes(outcome) &&
          session.incidents.get(incident ?? "")?.resource === run.resource,
      );
      expect(answered, `${label} is contained; ${outcomes}`).to.not.equal(undefined);
      const incident = answered?.incident ?? "";
      expect((await session.journal(incident)).status, label).to.equal("contained");
      await run.contained(incident);
      const report = await release(session, incident, run.release);
      expect(report.outcome, `${label}: ${JSON.stringify(report)}`).to.equal("released");
      await run.released();
    }),
  );
  // Not before all have ended: no release may go on in the next test. And reading a state may look at
  // every service of the account.
  for (const check of checks) if (check.status === "rejected") throw check.reason;
  await Promise.all(begun.map(({ run }) => run.cleanUp?.()));
  return { armed, recorded, redelivered };
}

/** Checks whether a call is broken in this one of so many ways. */
function isTurn(call: number, way: number, ways: number): boolean {
  return everyWay || call % ways === way;
}

/** Says whether a call changes what an eventually consistent service reads. */
function isWrite(action: string): boolean {
  const [service = "", operation = ""] = action.split(":");
  return eventuallyConsistent.has(service) && isMutating(operation);
}

/** Cuts the mutating calls into the stages of an order, sorted within each; what is left comes last. */
function staged(names: readonly string[], order: Story["order"]): string[][] {
  let from = 0;
  const stages = order.map((stage) => {
    const part = names.slice(from, from + [stage].flat().length).sort();
    from += part.length;
    return part;
  });
  const rest = names.slice(from);
  return rest.length === 0 ? stages : [...stages, rest];
}
