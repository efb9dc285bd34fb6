/** Closes what a run opened for an instant and died before closing: the next delivery is minutes away. */
import type { IncidentRecord } from "../record/journal";
import type { Engine } from "./engine";
import { allSteps } from "./plan";
import { Sessions } from "./sessions";
import { kindOf } from "./steps";

/** After this time the run has closed what it opened, or has died. */
const lookSeconds = 45;
/** A look that was sent longer ago may come before the run opens anything. */
const freshMs = 10_000;

/** Has the incident looked at again, by another run, before this one opens its target. */
export class Closer {
  private look?: { readonly sent: Promise<void>; readonly at: number };

  constructor(
    private readonly engine: Pick<Engine, "lookAgain" | "now">,
    private readonly incident: string,
  ) {}

  /** Sends the look beside what comes before. */
  prepare(): void {
    // A failure is the failure of the step that opens.
    this.sent().catch(() => undefined);
  }

  /** @throws if the look was not sent: nothing may be opened. */
  async stands(): Promise<void> {
    await this.sent();
  }

  private sent(): Promise<void> {
    const now = this.engine.now().getTime();
    if (this.look === undefined || now - this.look.at > freshMs) {
      this.look = { sent: this.engine.lookAgain(this.incident, [lookSeconds]), at: now };
    }
    return this.look.sent;
  }
}

/**
 * Closes what a run of this incident has left open. Needs no lease: it may interrupt a run that is
 * alive, but only ever closes.
 */
export async function closeOpened(engine: Engine, record: IncidentRecord): Promise<void> {
  const steps = allSteps(record.plan).filter((step) => kindOf(step.kind).opens !== undefined);
  const sessions = new Sessions(engine, record, "contain", (step) => steps.includes(step));
  const close = async (step: (typeof steps)[number]): Promise<void> => {
    const { inspect, undo } = kindOf(step.kind);
    const account = await sessions.of(step);
    if (undo !== "keep" && (await inspect(step, account)) === "half") {
      await undo(step, account, engine.now());
    }
  };
  await Promise.all(steps.map(close));
}
