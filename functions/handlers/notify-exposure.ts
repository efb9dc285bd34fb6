/** Notifies of an exposed key's activity and state, and of what later looks find. */
import type { Context } from "aws-lambda";
import { detectExposedKey } from "../detect/exposed-key";
import type { Activity } from "../flows/exposed-key/activity";
import {
  type Exposure,
  exposureNotice,
  type Failure,
  type Named,
  newsNotice,
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
    /** What responders know; null where no look has succeeded. */
    readonly activity?: { readonly result: Activity | null };
    readonly activityFailure?: Failure;
    /** The newest look's, where it succeeded. */
    readonly later?: { readonly result: Activity };
    readonly laterFailure?: Failure;
    readonly lastFailure?: Failure;
  };
  /** 0 after the first look, 1 after that of 20 minutes, 2 after that of 24 hours. */
  readonly look: 0 | 1 | 2;
}

interface Notified {
  /** Of the notice that was published; a later look without news publishes none. */
  readonly subject?: string;
  /** What responders know now. */
  readonly known: Activity | null;
}

const environment = readEnvironment(variables);
const topic = openTopic(environment.NOTICE_TOPIC_ARN);

export const handler: Handler<NotifyRequest, Notified> = async ({ run, look }, context) => {
  const { cut, failure, activity, activityFailure, later, laterFailure, lastFailure } = run;
  const told = activity?.result ?? undefined;
  const exposure: Exposure = {
    ...(cut !== undefined && { cut: cut.result }),
    ...(failure !== undefined && { failure }),
    ...(told !== undefined && { activity: told }),
    ...(activityFailure !== undefined && { activityFailure }),
  };
  const lookFailure = [undefined, laterFailure, lastFailure][look];
  const found = lookFailure === undefined ? later?.result : undefined;
  const named = namedIn(run, context);
  const notice =
    look === 0
      ? exposureNotice(exposure, named)
      : newsNotice({ cut: cut?.result, told, found, failure: lookFailure }, named);
  const known = found ?? told ?? null;
  if (notice === undefined) return { known };
  await topic.publish(notice);
  return { subject: notice.subject, known };
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
      sample: false,
      lastSeen: new Date(0).toISOString(),
    },
  };
}
