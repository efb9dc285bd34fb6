/** The functions that people invoke, each with a message that one of them signed. */
import { answerPerson } from "../../functions/flows/dead-letters/redrive";
import { readAsked } from "../../functions/flows/release/asked";
import { bindingOf } from "../../functions/record/approvals";
import { requestBinding } from "../../functions/record/requests";
import { AskedWorld, alice, securityAccount } from "./asked";
import type { Json } from "./events";
import { FakeSts } from "./fake-sts";
import { MemoryDeadLetters } from "./memory-dead-letters";
import { RequestingWorld, wanted } from "./requesting";

interface PeoplesFunction {
  readonly message: Json;
  /** Takes a message; `did` counts what it made Cordon do. */
  take(
    input: unknown,
  ): Promise<{ readonly outcome: string; readonly reason: string; readonly did: number }>;
}

const at = new Date("2026-11-20T10:05:00.000Z");
const letter = "3f1b2c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d";

export async function peoplesFunctions(): Promise<Readonly<Record<string, PeoplesFunction>>> {
  const sts = new FakeSts();
  const callerOf = sts.callerOf.bind(sts);
  const signed = <W extends Parameters<typeof requestBinding>[0]>(wanted: W) => ({
    wanted,
    proof: sts.sign(requestBinding(wanted, securityAccount), { by: alice, at }),
  });
  const ownRoles = { securityAccount, rolePath: "/", deploymentRole: "CordonDeployer" };
  const asked = await AskedWorld.open();
  const answer = asked.request();
  const proof = sts.sign(bindingOf(answer, securityAccount), { by: alice, at });
  return {
    "answer an approval": {
      message: { ...answer, proof },
      async take(input) {
        const here = asked.copy();
        const report = await here.answer(input, { callerOf });
        return { reason: "", ...report, did: here.sent.length };
      },
    },
    "ask for a containment": {
      message: signed(wanted),
      async take(input) {
        const here = new RequestingWorld();
        const report = await here.take(input, { callerOf });
        return { reason: "", ...report, did: here.handed.length };
      },
    },
    "ask for a release": {
      message: signed({ release: "0f3a9c1d2b4e5f60-1", reason: "clean" }),
      async take(input) {
        const read = await readAsked(input, ownRoles, { now: () => at, callerOf });
        return "refused" in read
          ? { outcome: "refused", reason: read.refused, did: 0 }
          : { outcome: "released", reason: "", did: 1 };
      },
    },
    "ask for a redrive": {
      message: signed({ redrive: letter, reason: "SNS works again" }),
      async take(input) {
        const archive = new MemoryDeadLetters(() => at);
        const queue = "cordon-triage";
        const texts = { at: at.toISOString(), reason: "Given up", about: "a finding" };
        await archive.keep({ id: letter, queue, ...texts }, "the message");
        const sent: unknown[] = [];
        const report = await answerPerson(input, {
          archive,
          policy: { approvers: [], ownRoles },
          queues: [queue],
          now: () => at,
          callerOf,
          send: async (...what) => void sent.push(what),
        });
        return { reason: "", ...report, did: sent.length };
      },
    },
  };
}
