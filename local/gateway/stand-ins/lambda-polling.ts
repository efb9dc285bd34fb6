/** Checks what Lambda checks of a queue before it polls it in a function's name. */
import { authorize } from "../iam/authorize";
import type { Caller } from "../iam/caller";
import { missing, type Policies } from "../iam/policies";
import { fromArn } from "../wire/arn";
import { member } from "../wire/protocol";
import type { World } from "../world";
import type { DeployedFunction } from "./lambda-functions";
import { invalid } from "./lambda-settings";

/** Throws what CreateEventSourceMapping answers to a queue that the function could not be fed from. */
export type RequirePollable = (queueArn: string, fn: DeployedFunction) => Promise<void>;

export async function requirePollable(
  queueArn: string,
  fn: DeployedFunction,
  { state, policies }: World,
): Promise<void> {
  const { account, region, resource } = fromArn(queueArn);
  for (const action of ["ReceiveMessage", "DeleteMessage", "GetQueueAttributes"]) {
    if (!(await may(`sqs:${action}`, queueArn, fn, policies))) {
      throw invalid(
        `The function execution role does not have permissions to call ${action} on SQS`,
      );
    }
  }
  const answer = await state
    .json({ account, region }, "sqs", "AmazonSQS.GetQueueAttributes", {
      QueueUrl: `http://127.0.0.1/${account}/${resource}`,
      AttributeNames: ["VisibilityTimeout"],
    })
    .catch(missing);
  if (answer === undefined) {
    throw invalid(
      "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.",
    );
  }
  const visible = Number(member(answer.Attributes, "VisibilityTimeout"));
  if (visible < fn.timeoutSeconds) {
    throw invalid(
      `Queue visibility timeout: ${visible} seconds is less than Function timeout: ${fn.timeoutSeconds} seconds`,
    );
  }
}

async function may(action: string, queue: string, fn: DeployedFunction, policies: Policies) {
  const principal: Caller = {
    accessKeyId: "",
    account: fn.account,
    arn: `arn:aws:sts::${fn.account}:assumed-role/${fn.role.split("/").at(-1)}/${fn.name}`,
    roleArn: fn.role,
    origin: "service",
    context: { "aws:PrincipalType": "AssumedRole" },
  };
  const { account, region } = fromArn(queue);
  const decision = await authorize(policies, {
    principal,
    action,
    resource: queue,
    resourceAccount: account,
    region,
  });
  return decision.allowed;
}
