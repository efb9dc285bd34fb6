/** A person who asks by command, and what takes the requests. */
import {
  type RequestReport,
  type Taker,
  takeRequest,
} from "../../functions/flows/approval/request";
import type { Proof } from "../../functions/record/caller-proof";
import { requestBinding, type Wanted } from "../../functions/record/requests";
import { alice, securityAccount } from "./asked";
import * as builders from "./builders";
import { FakeSts } from "./fake-sts";
import { MemoryRequests } from "./memory-requests";

/** The containment that most tests ask for. */
export const wanted = {
  contain: builders.instanceId,
  account: builders.account,
  region: builders.region,
  reason: "its credentials were used elsewhere",
} as const satisfies Wanted;

export class RequestingWorld {
  readonly requests = new MemoryRequests();
  /** What the responders have. */
  readonly handed: { readonly playbook: string; readonly request: string }[] = [];
  readonly #sts = new FakeSts();
  approvers: readonly string[] = [];
  clock = Date.parse("2026-11-20T10:05:00.000Z");

  sign(what: Wanted, by = alice, at = new Date(this.clock)): Proof {
    return this.#sts.sign(requestBinding(what, securityAccount), { by, at });
  }

  ports(changes: Partial<Taker> = {}): Taker {
    return {
      requests: this.requests,
      policy: {
        approvers: this.approvers,
        ownRoles: { securityAccount, rolePath: "/", deploymentRole: "CordonDeployer" },
      },
      now: () => new Date(this.clock),
      callerOf: (proof, binding) => this.#sts.callerOf(proof, binding),
      isDeployed: () => true,
      handOver: async (playbook, request) => void this.handed.push({ playbook, request }),
      ...changes,
    };
  }

  take(input: unknown, changes: Partial<Taker> = {}): Promise<RequestReport> {
    return takeRequest(input, this.ports(changes));
  }

  /** Signs a request and sends it. */
  ask(what: Wanted, by = alice, changes: Partial<Taker> = {}): Promise<RequestReport> {
    return this.take({ wanted: what, proof: this.sign(what, by) }, changes);
  }
}
