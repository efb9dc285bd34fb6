/** The team's playbooks: one, which closes URLs of Lambda functions that anybody may call. */
import { addPlaybooks } from "../../custom";

const anyFunction = "arn:aws:lambda:{region}:{account}:function:{id}";

/** Allows setting one auth type: who may close an URL may not open one. */
const setAuthType = (authType: "AWS_IAM" | "NONE") => [
  {
    actions: ["lambda:UpdateFunctionUrlConfig"],
    resources: [anyFunction],
    conditions: { StringEquals: { "lambda:FunctionUrlAuthType": authType } },
  },
];

addPlaybooks(__filename, [
  {
    name: "function-url",
    title: "Close function URL",
    // The team's own rule of AWS Config.
    rules: {
      "acme-function-url-signed": {
        severity: 4,
        manualSteps: ["Set the auth type of the function's URL to AWS_IAM."],
      },
    },
    does: "have the URL of function {id} answer to signed requests alone",
    undoes: "have the URL of function {id} answer to everybody",
    names: "function {id}",
    arn: anyFunction,
    resourceType: "AWS::Lambda::Function",
    idForm: "[\\w-]{1,64}",
    wanted: "AWS_IAM",
    reads: [
      { actions: ["lambda:GetFunctionUrlConfig", "lambda:ListTags"], resources: [anyFunction] },
    ],
    changes: setAuthType("AWS_IAM"),
    undoing: setAuthType("NONE"),
    residual: "Who called the function before is in its own log alone.",
    nextStep: "Put the function behind an API with sign-in, or have its callers sign.",
    open: async () => (await import("./function-url")).open,
  },
]);
