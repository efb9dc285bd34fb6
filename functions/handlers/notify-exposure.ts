/** Notifies of an exposed key's activity and state: the last state of its workflow. */
import type { Context } from "aws-lambda";
import { detectExposedKey } from "../detect/exposed-key";
import {
  type Exposure,
  exposureNotice,
  type Failure,
  type Named,
} from "../flows/exposed-key/notice";
import { openTopic } from "./adapters";
import { readEnvironment, type Texts, text } from "./environment";
import type { Handler } from "./handler";

const variables = { NOTICE_TOPIC_ARN: text } as const;

/** The variables that the component sets on the function. */
export type Environment = Texts<typeof variables>;

interface NotifyRequest {
  /** The input of the workflow, with what its states added. */
  readonly run: {
    readonly cut?: { readonly result: NonNullable<Exposure["cut"]> };
    readonly failure?: Failure;
    readonly activity?: { readonly result: NonNullable<Exposure["activity"]> };
    readonly activityFailure?: Failure;
  };
}

const environment = readEnvironment(variables);
const topic = openTopic(environment.NOTICE_TOPIC_ARN);

/** Returns the subject of the notice that it published. */
export const handler: Handler<NotifyRequest, { readonly subject: string }> = async (
  { run },
  context,
) => {
  const { cut, failure, activity, activityFailure } = run;
  const exposure: Exposure = {
    ...(cut !== undefined && { cut: cut.result }),
    ...(failure !== undefined && { failure }),
    ...(activity !== undefined && { activity: activity.result }),
    ...(activityFailure !== undefined && { activityFailure }),
  };
  const notice = exposureNotice(exposure, namedIn(run, context));
  await topic.publish(notice);
  return { subject: notice.subject };
};

/** Parses the event once more: the first state may have failed before it did. */
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
