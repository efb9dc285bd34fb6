/** An incident that waits for an approval, people who answer, and an STS that knows what they signed. */
import {
  type AnswerReport,
  type Approver,
  answerApproval,
} from "../../functions/flows/approval/answer";
import { ask } from "../../functions/flows/approval/ask";
import {
  type AnswerRequest,
  bindingOf,
  type SignedRequest,
} from "../../functions/record/approvals";
import type { Proof } from "../../functions/record/caller-proof";
import type { IncidentRecord } from "../../functions/record/journal";
import * as builders from "./builders";
import { FakeSts } from "./fake-sts";
import { MemoryApprovals } from "./memory-approvals";
import { MemoryJournal } from "./memory-journal";
import { answered, SimulatedWorld } from "./simulated-world";

export const securityAccount = "444455556666";
export const alice = `arn:aws:sts::${securityAccount}:assumed-role/Responders/alice@example.com`;
export const token = "AAAAKgAAAAIAAAAAAAAAAtoken";

/** Says of a finding that nobody knows who began it: Cordon asks. */
export const unclear = { begunBy: { who: "unclear", why: "a remote host connected" } } as const;

/** A person's answer, signed; each field may be another than what was signed. */
export interface Signing extends Partial<AnswerRequest> {
  readonly by?: string;
  readonly at?: Date;
}

export class AskedWorld {
  readonly approvals = new MemoryApprovals();
  /** What ended a wait. */
  readonly sent: { readonly token: string; readonly output: object }[] = [];
  readonly #sts = new FakeSts();
  approvers: readonly string[] = [];
  clock = Date.parse("2026-11-20T10:05:00.000Z");

  constructor(
    readonly world: SimulatedWorld,
    readonly record: IncidentRecord,
    readonly digest: string,
  ) {}

  static async open(hours = 4): Promise<AskedWorld> {
    const world = new SimulatedWorld(builders.standardAccount());
    answered(await world.answer(builders.incident(unclear)));
    const [asked] = world.asked;
    if (asked === undefined) throw new Error("Nobody was asked");
    const record = await journalOf(world).find(builders.incidentKey);
    const here = new AskedWorld(world, record as IncidentRecord, asked.digest);
    const ports = { ...here.askPorts(), approvers: [] };
    const from = new Date(here.clock).toISOString();
    await ask(asked, { token, from, hours }, ports);
    return here;
  }

  askPorts() {
    const { approvals, world } = this;
    return {
      journal: journalOf(world),
      approvals,
      publish: async (notice: (typeof world.notices)[number]) => void world.notices.push(notice),
      excerpt: async () => undefined,
    };
  }

  request(changes: Partial<AnswerRequest> = {}): AnswerRequest {
    return {
      incident: this.record.id,
      digest: this.digest,
      decision: "approve",
      reason: "seen in the logs",
      ...changes,
    };
  }

  /** Signs an answer as its person would. */
  sign({ by, at, ...changes }: Signing = {}): Proof {
    return this.#sign(this.request(changes), by, at);
  }

  /** Signs the wish for a link to answer with. */
  signWish(by?: string): Proof {
    const { id: incident } = this.record;
    return this.#sign({ incident, digest: this.digest, decision: "open" }, by);
  }

  #sign(request: SignedRequest, by = alice, at = new Date(this.clock)): Proof {
    return this.#sts.sign(bindingOf(request, securityAccount), { by, at });
  }

  ports(changes: Partial<Approver> = {}): Approver {
    return {
      journal: journalOf(this.world),
      approvals: this.approvals,
      policy: {
        approvers: this.approvers,
        ownRoles: { securityAccount, rolePath: "/", deploymentRole: "CordonDeployer" },
      },
      now: () => new Date(this.clock),
      callerOf: (proof, binding) => this.#sts.callerOf(proof, binding),
      succeed: async (each, output) => {
        const isOpen = each === token && this.sent.length === 0;
        if (isOpen) this.sent.push({ token: each, output });
        return isOpen;
      },
      ...changes,
    };
  }

  answer(input: unknown, changes: Partial<Approver> = {}): Promise<AnswerReport> {
    return answerApproval(input, this.ports(changes));
  }

  /** Signs an answer and gives it. */
  give(signing: Signing = {}, changes: Partial<Approver> = {}): Promise<AnswerReport> {
    const { by: _, at: __, ...request } = signing;
    return this.answer({ ...this.request(request), proof: this.sign(signing) }, changes);
  }

  /** Goes on from what was asked, by itself; the incident is shared and must not be changed. */
  copy(): AskedWorld {
    const copy = new AskedWorld(this.world, this.record, this.digest);
    copy.approvals.items.push(...structuredClone(this.approvals.items));
    for (const [key, value] of this.approvals.tokens) copy.approvals.tokens.set(key, value);
    copy.clock = this.clock;
    copy.approvers = this.approvers;
    return copy;
  }
}

function journalOf(world: SimulatedWorld): MemoryJournal {
  return new MemoryJournal(world.items, () => world.now());
}
