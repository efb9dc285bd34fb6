/** How a function of AWS Lambda is contained. Data only. */
import type { Containment } from "./containment";

const arn = "arn:aws:lambda:{region}:{account}:function:{id}";

export const lambdaContainments = {
  function: {
    kind: "function",
    names: "function {id}",
    arn,
    idForm: "[\\w-]{1,64}",
    found: [
      {
        about: ["Lambda"],
        types: [
          "Backdoor:Lambda/",
          "CryptoCurrency:Lambda/",
          "Trojan:Lambda/",
          "UnauthorizedAccess:Lambda/",
        ],
      },
    ],
    hubType: "AwsLambdaFunction",
    settings: {
      "function-concurrency": {
        does: "have Lambda run function {id} no more, by reserving no concurrency for it",
        undoes: "let Lambda run function {id} as before",
        wanted: 0,
        reads: [
          { actions: ["lambda:GetFunctionConcurrency", "lambda:ListTags"], resources: [arn] },
        ],
        changes: [{ actions: ["lambda:PutFunctionConcurrency"], resources: [arn] }],
        undoing: [
          {
            actions: ["lambda:DeleteFunctionConcurrency", "lambda:PutFunctionConcurrency"],
            resources: [arn],
          },
        ],
      },
    },
    residual: [
      "An invocation that runs goes on until its time-out, of 15 minutes at most, and can keep the credentials of its role for longer.",
      "What invokes the function is refused meanwhile: asynchronous events are tried again for six hours and then lost, unless they have a destination for failures; queues and streams keep theirs for as long as they are set to.",
    ],
    nextSteps: [
      "Lambda reserves no less than what is provisioned for a version or alias, which whoever may change the function can provision. Where it refused for that: aws lambda list-provisioned-concurrency-configs --region={region} --function-name={id}, delete each with aws lambda delete-provisioned-concurrency-config, and contain the function again.",
      "Look at the function's code, layers, environment and resource policy, and at who changed them: UpdateFunctionCode and UpdateFunctionConfiguration in CloudTrail.",
    ],
  },
} as const satisfies Record<string, Containment>;
