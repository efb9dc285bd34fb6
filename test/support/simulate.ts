/** Asks @cloud-copilot/iam-simulate what IAM would say; an evaluator that is not ours. */
import { runSimulation } from "@cloud-copilot/iam-simulate";

export interface Question {
  /** ARN of the caller. */
  readonly principal: string;
  readonly identity: readonly object[];
  readonly session?: object;
  /** The policy of the resource itself: a role's trust policy. */
  readonly resourcePolicy?: object;
  /** Attached to the account of the caller, beside FullAWSAccess. @default none */
  readonly serviceControl?: readonly object[];
  readonly action: string;
  readonly resource: string;
  /** Account of the resource. */
  readonly account: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
}

const fullAccess = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
};

/**
 * Answers whether the call is allowed.
 *
 * @throws on a context key that the action does not take: the evaluator would silently drop it.
 */
export async function allowed(question: Question): Promise<boolean> {
  const { principal, identity, session, resourcePolicy, action, resource, account } = question;
  const { serviceControl = [] } = question;
  const simulated = await runSimulation(
    {
      request: {
        principal,
        action,
        resource: { resource, accountId: account },
        contextVariables: { ...question.context },
      },
      identityPolicies: identity.map((policy, index) => ({ name: `identity ${index}`, policy })),
      serviceControlPolicies: [
        {
          orgIdentifier: "root",
          policies: [fullAccess, ...serviceControl].map((policy, index) => ({
            name: `service control ${index}`,
            policy,
          })),
        },
      ],
      resourceControlPolicies: [],
      ...(session !== undefined && { sessionPolicy: session }),
      ...(resourcePolicy !== undefined && { resourcePolicy }),
    },
    {},
  );
  if (simulated.resultType !== "single") {
    throw new Error(`Cannot judge ${action} on ${resource}: ${JSON.stringify(simulated)}`);
  }
  const ignored = simulated.result.ignoredContextKeys ?? [];
  if (ignored.length > 0) throw new Error(`${action} does not take ${ignored.join(", ")}`);
  return simulated.overallResult === "Allowed";
}
