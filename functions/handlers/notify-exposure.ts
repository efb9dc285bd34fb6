/** Tells people what an exposed key did, and how it stands: the last state of its workflow. */
import type { Context } from "aws-lambda";
import { detectExposedKey } from "../detect/exposed-key";
import { exposureNotice, type Failure, type Named, type Told } from "../record/exposure-notice";
import { openTopic } from "./adapters";

/** What the component must set on the function. */
export interface Environment {
  readonly NOTICE_TOPIC_ARN: string;
}

export interface NotifyRequest {
  /** What the workflow was started with, and what its states added. */
  readonly run: {
    readonly cut?: { readonly result: NonNullable<Told["cut"]> };
    readonly failure?: Failure;
    readonly activity?: { readonly result: NonNullable<Told["activity"]> };
    readonly activityFailure?: Failure;
  };
}

const environment = process.env as unknown as Environment;
const topic = openTopic(environment.NOTICE_TOPIC_ARN);

export const handler = async ({ run }: NotifyRequest, context: Context): Promise<void> => {
  const { cut, failure, activity, activityFailure } = run;
  const told: Told = {
    ...(cut !== undefined && { cut: cut.result }),
    ...(failure !== undefined && { failure }),
    ...(activity !== undefined && { activity: activity.result }),
    ...(activityFailure !== undefined && { activityFailure }),
  };
  await topic.publish(exposureNotice(told, namedIn(run, context)));
};

/** Reads once more what the event itself says: the first state may have failed before it could. */
function namedIn(run: unknown, context: Context): Named {
  const detected = detectExposedKey(run, context.invokedFunctionArn.split(":")[4] ?? "");
  if (detected.kind !== "refused") return detected;
  return {
    place: { account: "unknown", region: "us-east-1" },
    finding: {
      id: "unnamed",
      type: "unknown",
      severity: 9,
      title: "An exposed access key that Cordon could not read",
      role: "unknown",
      sample: false,
      lastSeen: new Date(0).toISOString(),
    },
  };
}
