/** Posture controls of topics and queues. Data only. */
import type { Control } from "./control";

const anyTopic = "arn:aws:sns:{region}:{account}:{id}";
const anyQueue = "arn:aws:sqs:{region}:{account}:{id}";

export const messageControls = {
  "topic-encryption": {
    does: "have SNS encrypt messages of topic {id}",
    undoes: "have SNS no longer encrypt messages of topic {id}",
    names: "topic {id}",
    arn: anyTopic,
    published: ["SNS.1"],
    idForm: "[\\w-]{1,256}(?:\\.fifo)?",
    wanted: "alias/aws/sns",
    reads: [
      { actions: ["sns:GetTopicAttributes", "sns:ListTagsForResource"], resources: [anyTopic] },
    ],
    changes: [{ actions: ["sns:SetTopicAttributes"], resources: [anyTopic] }],
    asks: "Services of AWS, such as alarms of CloudWatch and events of S3, cannot publish with AWS's own key: they need a customer key whose policy names them",
    residual: "Messages that were sent before are not encrypted.",
    nextStep: "Declare the key where the topic is declared.",
  },
  "queue-encryption": {
    does: "have SQS encrypt messages of queue {id}",
    undoes: "have SQS no longer encrypt messages of queue {id}",
    names: "queue {id}",
    arn: anyQueue,
    published: ["SQS.1"],
    idForm: "[\\w-]{1,80}(?:\\.fifo)?",
    reads: [
      {
        actions: ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags"],
        resources: [anyQueue],
      },
    ],
    changes: [{ actions: ["sqs:SetQueueAttributes"], resources: [anyQueue] }],
    residual: "Messages that wait already are not encrypted.",
    nextStep: "Declare the encryption where the queue is declared.",
  },
} as const satisfies Record<string, Control>;
