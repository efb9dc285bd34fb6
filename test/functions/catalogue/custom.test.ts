import { RunError } from "@pulumi/pulumi";
import { expect } from "chai";
import "../../../functions/catalogue/playbooks";
import {
  addPlaybooks,
  type CustomPlaybook,
  customFiles,
  customPlaybooks,
  faultOf,
} from "../../../functions/catalogue/custom";
import { withPlaybooks } from "../../support/with-playbooks";

const arn = "arn:aws:ecr:{region}:{account}:repository/{id}";
const good: CustomPlaybook = {
  name: "image-tags",
  title: "Fix image tags",
  rules: { "acme-image-tags": { severity: 4, manualSteps: ["Make the tags immutable."] } },
  does: "keep tags of repository {id} from being moved",
  undoes: "let tags of repository {id} be moved",
  names: "repository {id}",
  arn,
  resourceType: "AWS::ECR::Repository",
  idForm: "[a-z0-9][a-z0-9._/-]{1,255}",
  wanted: "IMMUTABLE",
  reads: [{ actions: ["ecr:DescribeRepositories"], resources: [arn] }],
  changes: [{ actions: ["ecr:PutImageTagMutability"], resources: [arn] }],
  residual: "Images that were moved before are not known.",
  nextStep: "Declare it where the repository is declared.",
  open: async () => () => ({ read: async () => undefined, write: async () => undefined }),
};
const change = (grant: Partial<CustomPlaybook["changes"][number]>) => ({
  changes: [{ actions: ["ecr:PutImageTagMutability"], resources: [arn], ...grant }],
});
const rule = { severity: 4, manualSteps: ["Make the tags immutable."] } as const;
const rules = (...names: string[]) => ({
  rules: Object.fromEntries(names.map((name) => [name, rule])),
});

/** What spoils the definition, and the sentence that stops the deployment. */
const faults: readonly (readonly [object, string])[] = [
  [
    { name: "Image" },
    'the name of a custom playbook must be 1 to 24 small letters, digits and single hyphens, and begin with a letter, but "Image" was provided',
  ],
  [
    { name: "a-name-of-twenty-five-ones" },
    'the name of a custom playbook must be 1 to 24 small letters, digits and single hyphens, and begin with a letter, but "a-name-of-twenty-five-ones" was provided',
  ],
  [
    { does: "keep tags" },
    'custom playbook "image-tags": does must be one line that names {id}, but "keep tags" was provided',
  ],
  [
    { undoes: "let {id}\nbe" },
    'custom playbook "image-tags": undoes must be one line that names {id}, but "let {id}\\nbe" was provided',
  ],
  [
    { residual: "Nothing" },
    'custom playbook "image-tags": residual must be a sentence, but "Nothing" was provided',
  ],
  [{ title: "" }, 'custom playbook "image-tags": title must be one line, but "" was provided'],
  [{ asks: " " }, 'custom playbook "image-tags": asks must be one line, but " " was provided'],
  [
    { open: "./file" },
    'custom playbook "image-tags": open must be a function that imports the setting\'s file, but "./file" was provided',
  ],
  [{ rules: {} }, 'custom playbook "image-tags": rules must name at least one rule of AWS Config'],
  [
    rules("cordon-restricted-ssh"),
    'custom playbook "image-tags": rules must have names of 1 to 64 letters, digits and hyphens that begin neither with cordon- nor with OrgConfigRule-, but "cordon-restricted-ssh" was provided',
  ],
  [
    rules("acme_tags"),
    'custom playbook "image-tags": rules must have names of 1 to 64 letters, digits and hyphens that begin neither with cordon- nor with OrgConfigRule-, but "acme_tags" was provided',
  ],
  [
    rules("acme-tags", "acme-tags-moved"),
    'custom playbook "image-tags": rules must have names of which none begins with another, but "acme-tags-moved" and "acme-tags" were provided',
  ],
  [
    { rules: { "acme-tags": { severity: 8, manualSteps: ["Do."] } } },
    'custom playbook "image-tags": rules must each have severity 3 or 4 and a line in manualSteps, but "acme-tags" has {"severity":8,"manualSteps":["Do."]}',
  ],
  [
    { resourceType: "Repository" },
    'custom playbook "image-tags": resourceType must be one of AWS Config\'s, such as AWS::Lambda::Function, but "Repository" was provided',
  ],
  [
    { idForm: "(" },
    'custom playbook "image-tags": idForm must be a regular expression, but "(" was provided',
  ],
  [
    { arn: "arn:aws:ecr:repository" },
    'custom playbook "image-tags": arn must begin with arn:aws: or AWS:: and name {id}, but "arn:aws:ecr:repository" was provided',
  ],
  [
    { wanted: new Date(0) },
    'custom playbook "image-tags": wanted must be a value of JSON, but "1970-01-01T00:00:00.000Z" was provided',
  ],
  [{ reads: [] }, 'custom playbook "image-tags": reads must list at least one grant'],
  [
    change({ actions: ["ecr:*"] }),
    'custom playbook "image-tags": changes must name single actions, such as lambda:GetFunctionUrlConfig, but "ecr:*" was provided',
  ],
  [
    change({ actions: ["iam:PutRolePolicy"] }),
    'custom playbook "image-tags": changes must name no action of account, iam, organizations, sso, sts, but "iam:PutRolePolicy" was provided',
  ],
  [
    { reads: [{ actions: ["sts:AssumeRole"], resources: ["*"] }] },
    'custom playbook "image-tags": reads must name no action of account, iam, organizations, sso, sts, but "sts:AssumeRole" was provided',
  ],
  [
    change({ resources: ["*"] }),
    'custom playbook "image-tags": changes must name {id} in each ARN, but "*" was provided',
  ],
  [
    { undoing: [{ actions: ["ecr:PutImageTagMutability"], resources: ["{id}"] }] },
    'custom playbook "image-tags": undoing must name {id} in each ARN, but "{id}" was provided',
  ],
  [
    change({ resources: ["arn:aws:s3:::{id}"] }),
    'custom playbook "image-tags": changes must name {account} in each ARN or in a condition on aws:ResourceAccount or s3:ResourceAccount, but "arn:aws:s3:::{id}" was provided',
  ],
];

describe("a custom playbook [R16]", () => {
  it("is taken where nothing is wrong with it", () => {
    const conditions = { StringEquals: { "s3:ResourceAccount": "{account}" } };
    const bucket = change({ resources: ["arn:aws:s3:::{id}"], conditions });
    const account = { idForm: "{account}", ...change({ resources: ["*"] }) };
    const others = [{ ...good, name: "other", ...rules("acme-other") }];
    expect(
      [good, { ...good, ...bucket }, { ...good, ...account }].map((each) => faultOf(each, others)),
    ).to.deep.equal([undefined, undefined, undefined]);
  });

  for (const [spoiled, sentence] of faults) {
    it(`stops the deployment in one sentence: ${sentence}`, () => {
      expect(faultOf({ ...good, ...spoiled } as CustomPlaybook)).to.equal(sentence);
    });
  }

  it("has a name and rules of its own", () => {
    expect(faultOf(good, [{ ...good, ...rules("acme-others") }])).to.equal(
      'the name of a custom playbook must be its own, but "image-tags" was added twice',
    );
    const other = { ...good, name: "other", ...rules("acme-image") };
    expect(faultOf(good, [other])).to.equal(
      'custom playbook "image-tags": rules must have names of which none begins with another, but "acme-image-tags" and "acme-image" were provided',
    );
  });

  it("must be added before anything reads the catalogue; Pulumi prints the sentence alone", () => {
    const late = () => addPlaybooks("/team/playbooks.ts", [good]);
    expect(late).to.throw(
      "custom playbooks must be added before Cordon's catalogue is read: import /team/playbooks.ts first",
    );
    try {
      late();
    } catch (error) {
      expect(RunError.isInstance(error)).to.equal(true);
    }
    expect([...customPlaybooks()]).to.deep.equal([]);
    expect(customFiles()).to.deep.equal([]);
  });
});

describe("the catalogue with a custom playbook [R16]", () => {
  const { catalogue, playbookIds, forwarded, pattern, primary, ruleOf } = withPlaybooks(
    "examples/custom-playbook/playbooks",
    () => {
      const playbooks =
        require("../../../functions/catalogue/playbooks") as typeof import("../../../functions/catalogue/playbooks");
      const patterns =
        require("../../../functions/catalogue/patterns") as typeof import("../../../functions/catalogue/patterns");
      const routing =
        require("../../../functions/catalogue/routing") as typeof import("../../../functions/catalogue/routing");
      const compliance =
        require("../../../functions/catalogue/compliance-rules") as typeof import("../../../functions/catalogue/compliance-rules");
      return {
        catalogue: playbooks.catalogue as Readonly<Record<string, unknown>>,
        playbookIds: playbooks.playbookIds as readonly string[],
        forwarded: compliance.forwardedRuleNames,
        pattern: patterns.playbookPattern("custom-function-url" as never),
        primary: routing.primaryPlaybook,
        ruleOf: compliance.complianceRule,
      };
    },
  );
  const deployed = [
    "acme-function-url-signed",
    { prefix: "acme-function-url-signed-conformance-pack-" },
    { prefix: "OrgConfigRule-acme-function-url-signed-" },
  ];

  it("has it last, in a family of its own", () => {
    expect(playbookIds.at(-1)).to.equal("custom-function-url");
    expect(catalogue["custom-function-url"]).to.deep.equal({
      title: "Close function URL",
      matches: [
        { source: "control", resourceType: "custom-function-url" },
        {
          source: "config",
          resourceType: "AWS::Lambda::Function",
          prefixes: ["Config:acme-function-url-signed"],
        },
      ],
      resource: "posture",
      family: "custom-function-url",
      steps: ["change-setting"],
    });
  });

  it("forwards and routes the team's rule, however it is deployed, to it alone", () => {
    expect(forwarded.slice(-3)).to.deep.equal(deployed);
    expect(pattern).to.deep.equal({
      source: ["aws.config"],
      "detail-type": ["Config Rules Compliance Change"],
      detail: {
        configRuleName: deployed,
        newEvaluationResult: { complianceType: ["NON_COMPLIANT"] },
      },
    });
    const event = (configRuleName: string) => ({
      source: "aws.config",
      "detail-type": "Config Rules Compliance Change",
      detail: { configRuleName, newEvaluationResult: { complianceType: "NON_COMPLIANT" } },
    });
    expect(
      [
        "acme-function-url-signed",
        "OrgConfigRule-acme-function-url-signed-a1b2c3d4",
        "cordon-restricted-ssh-conformance-pack-a1b2c3d4e",
        "acme-function-url",
      ].map((name) => primary(event(name))),
    ).to.deep.equal(["custom-function-url", "custom-function-url", "fix-posture", undefined]);
  });

  it("knows the rule by the name that the team gave it, and no other of a like name", () => {
    expect(
      [
        "acme-function-url-signed",
        "acme-function-url-signed-conformance-pack-a1b2c3d4e",
        "OrgConfigRule-acme-function-url-signed-a1b2c3d4",
        "OrgConfigRule-acme-function-url-signed-too-a1b2c3d4",
        "OrgConfigRule-cordon-restricted-ssh-a1b2c3d4",
      ].map((name) => ruleOf(name)?.name),
    ).to.deep.equal([
      "acme-function-url-signed",
      "acme-function-url-signed",
      "acme-function-url-signed",
      undefined,
      undefined,
    ]);
  });
});
