import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { Guardrails } from "../../../components/organization/guardrails";
import { guarded } from "../../support/guardrails/cast";
import { record } from "../../support/recorder";

const policy = "aws:organizations/policy:Policy";
const attachment = "aws:organizations/policyAttachment:PolicyAttachment";

describe("components/organization/guardrails [P1] [P9]", () => {
  const deploy = (changes: object = {}) =>
    record(() => {
      const management = new aws.Provider("management", { region: "us-east-1" });
      const args = {
        ...guarded,
        stage: "staging" as const,
        targets: ["r-ab12", "ou-ab12-cdef3456"],
        ...changes,
      };
      return new Guardrails("guardrails", args, { providers: [management] });
    });

  it("creates three policies and attaches each to every target, in the management account", async () => {
    const { ofType } = await deploy();
    expect(
      ofType(policy).map(({ name, inputs }) => [name, inputs.name, inputs.type]),
    ).to.deep.equal([
      ["guardrails-cordon-guards-itself", "cordon-guards-itself-staging", "SERVICE_CONTROL_POLICY"],
      [
        "guardrails-cordon-guards-containment",
        "cordon-guards-containment-staging",
        "SERVICE_CONTROL_POLICY",
      ],
      [
        "guardrails-cordon-guards-principals",
        "cordon-guards-principals-staging",
        "SERVICE_CONTROL_POLICY",
      ],
    ]);
    expect(ofType(attachment)).to.deep.equal(
      ["cordon-guards-itself", "cordon-guards-containment", "cordon-guards-principals"].flatMap(
        (name) =>
          ["r-ab12", "ou-ab12-cdef3456"].map((targetId) => ({
            type: attachment,
            name: `guardrails-${name}-${targetId}`,
            inputs: { policyId: `id:guardrails-${name}`, targetId },
            provider: "management",
          })),
      ),
    );
    expect(ofType(policy).map(({ provider }) => provider)).to.deep.equal([
      "management",
      "management",
      "management",
    ]);
  });

  it("denies, and allows nothing", async () => {
    const { ofType } = await deploy();
    for (const { inputs } of ofType(policy)) {
      const { Statement } = JSON.parse(inputs.content);
      expect(Statement.map(({ Effect }: { Effect: string }) => Effect)).to.include("Deny");
      expect(inputs.content).to.not.contain('"Allow"');
    }
  });

  it("guards the members' roles under the path they have", async () => {
    const { named } = await deploy({ rolePath: "/security/" });
    const [roles] = JSON.parse(named("guardrails-cordon-guards-itself").inputs.content).Statement;
    expect(roles.Resource.slice(0, 2)).to.deep.equal([
      "arn:aws:iam::*:role/cordon-*",
      "arn:aws:iam::*:role/security/cordon-*",
    ]);
    expect(named("guardrails-cordon-guards-containment").inputs.content).to.contain(
      '"arn:aws:iam::*:role/security/cordon-contain-instance"',
    );
  });

  it("refuses in one sentence what does not fit into a policy", async () => {
    const breakGlassRoles = Array.from({ length: 20 }, (_, index) => `break-glass-${index}/*`);
    const error = await deploy({ breakGlassRoles }).catch((one: Error) => one);
    expect((error as Error).message).to.match(
      /^the service control policy cordon-guards-(itself|containment|principals) must take at most 5120 characters, but \d{4,5} were needed; list fewer break-glass roles and users and deployers, or one pattern for several$/,
    );
  });
});
