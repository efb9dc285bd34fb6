import { expect } from "chai";
import { functionArn, logGroupArn, startToys } from "../../../support/local/lambda";

const counted = (dimensions: unknown) =>
  JSON.stringify({
    _aws: {
      Timestamp: 1764403200000,
      CloudWatchMetrics: [
        { Namespace: "Toys", Dimensions: dimensions, Metrics: [{ Name: "Lost", Unit: "Count" }] },
      ],
    },
    Service: "toys",
    Lost: 2,
  });
const here = { account: "123456789012", region: "us-east-1" };
const lost = { namespace: "Toys", metricName: "Lost", dimensions: { Service: "toys" } };
const point = { value: 2, at: 1764403200000, unit: "Count" };

describe("local/services/lambda/logs", () => {
  const toys = startToys();
  const refusals = () =>
    toys.world.record.entries
      .filter(({ service }) => service === "logs")
      .filter(({ allowed }) => !allowed)
      .map(({ action, resource, origin }) => [origin, action, ...resource]);

  it("takes metrics out of what a function prints", async () => {
    await toys.deploy();
    await toys.invoke({ do: "print", line: counted([["Service"]]) });
    await toys.lambda.drain();
    expect(toys.lambda.metrics.of(here, lost)).to.deep.equal([point]);
    expect(toys.lambda.metrics.of(here, { ...lost, dimensions: {} })).to.deep.equal([]);
    expect(refusals()).to.deep.equal([]);
  });

  it("fails when CloudWatch would drop a metric, with the function and the line", async () => {
    await toys.deploy();
    const { ok } = await toys.invoke({ do: "print", line: counted([]) });
    expect(ok).to.equal(true);
    const error = await toys.lambda.drain().catch((thrown: Error) => thrown);
    expect((error as Error).message).to.match(
      /^CloudWatch takes no metric from a line of toy: _aws\.CloudWatchMetrics\.0\.Dimensions: Too small.*: \{"_aws".*"Lost":2\}$/,
    );
  });

  for (const missing of ["logs:CreateLogStream", "logs:PutLogEvents"]) {
    it(`writes nothing without ${missing} of the function's role, and records the refusal`, async () => {
      const all = ["logs:CreateLogStream", "logs:PutLogEvents"];
      await toys.deploy({ logActions: all.filter((action) => action !== missing) });
      await toys.invoke({ do: "print", line: counted([["Service"]]) });
      await toys.lambda.drain();
      expect(toys.lambda.metrics.of(here, lost)).to.deep.equal([]);
      const [[origin, action, resource] = [], ...others] = refusals();
      expect([origin, action, others]).to.deep.equal(["cordon", missing, []]);
      expect(resource?.startsWith(`${logGroupArn}:log-stream:20`), resource).to.equal(true);
    });
  }

  it("needs a right of its own where the log group is missing", async () => {
    await toys.deploy({ logGroup: false });
    await toys.invoke({ do: "print", line: counted([["Service"]]) });
    await toys.lambda.drain();
    expect(toys.lambda.metrics.of(here, lost)).to.deep.equal([]);
    expect(refusals()).to.deep.equal([["cordon", "logs:CreateLogGroup", logGroupArn]]);
  });

  it("counts the failures of a function, and its successes as none", async () => {
    await toys.deploy();
    for (const order of [{}, { do: "fail" }, { do: "exit" }]) {
      await toys.lambda.invoke(functionArn, order);
    }
    const errors = {
      namespace: "AWS/Lambda",
      metricName: "Errors",
      dimensions: { FunctionName: "toy" },
    };
    const values = toys.lambda.metrics.of(here, errors).map(({ value }) => value);
    expect(values).to.deep.equal([0, 1, 1]);
  });
});
