/** Posture controls of Kinesis. Data only. */
import type { Control } from "./control";

const anyStream = "arn:aws:kinesis:{region}:{account}:stream/{id}";

const stream = {
  names: "stream {id}",
  arn: anyStream,
  idForm: "[a-zA-Z0-9_.-]{1,128}",
  reads: [
    {
      actions: ["kinesis:DescribeStreamSummary", "kinesis:ListTagsForStream"],
      resources: [anyStream],
    },
  ],
};
// Of a stream that AWS changes Kinesis tells nothing new: each change waits until it is over.
const settled = { actions: ["kinesis:DescribeStream"], resources: [anyStream] };
const withKey = [anyStream, "arn:aws:kms:{region}:{account}:key/*"];

export const kinesisControls = {
  "stream-encryption": {
    ...stream,
    does: "encrypt stream {id} with AWS's own key",
    undoes: "no longer encrypt stream {id}",
    published: ["Kinesis.1"],
    changes: [{ actions: ["kinesis:StartStreamEncryption"], resources: withKey }, settled],
    undoing: [{ actions: ["kinesis:StopStreamEncryption"], resources: withKey }, settled],
    asks: "Other accounts cannot write to it or read from it with that key, which is not to be shared",
    residual: "Records that it holds already are not encrypted.",
    nextStep: "Declare the encryption where the stream is declared.",
  },
  "stream-retention": {
    ...stream,
    does: "have Kinesis keep the records of stream {id} for 168 hours",
    undoes:
      "have Kinesis keep the records of stream {id} for as long as before, and delete those that are older",
    published: ["Kinesis.3"],
    changes: [
      {
        actions: ["kinesis:DescribeStream", "kinesis:IncreaseStreamRetentionPeriod"],
        resources: [anyStream],
      },
    ],
    undoing: [
      {
        actions: ["kinesis:DecreaseStreamRetentionPeriod", "kinesis:DescribeStream"],
        resources: [anyStream],
      },
    ],
    asks: "AWS charges for what it keeps longer than 24 hours",
    residual: "Records that Kinesis has given up cannot be read.",
    nextStep:
      "Declare the hours where the stream is declared. Cordon knows the 168 hours of Security Hub's own parameter: where yours asks for more, set them.",
  },
} as const satisfies Record<string, Control>;
