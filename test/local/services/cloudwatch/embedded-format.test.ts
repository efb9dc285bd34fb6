import { expect } from "chai";
import { metricsIn } from "../../../../local/services/cloudwatch/embedded-format";

// The example of the CloudWatch user guide, "Specification: Embedded metric format".
const example = () => ({
  _aws: {
    Timestamp: 1574109732004,
    CloudWatchMetrics: [
      {
        Namespace: "lambda-function-metrics",
        Dimensions: [["functionVersion"]] as unknown,
        Metrics: [{ Name: "time", Unit: "Milliseconds", StorageResolution: 60 }] as unknown,
      } as Record<string, unknown>,
    ],
  } as Record<string, unknown>,
  functionVersion: "$LATEST" as unknown,
  time: 100 as unknown,
  requestId: "989ffbf8-9ace-4817-a57c-e4dd734019ee",
});
type Example = ReturnType<typeof example>;
const directive = ({ _aws }: Example) => (_aws.CloudWatchMetrics as Record<string, unknown>[])[0];

describe("local/services/cloudwatch/embedded-format", () => {
  const time = {
    namespace: "lambda-function-metrics",
    metricName: "time",
    dimensions: { functionVersion: "$LATEST" },
    value: 100,
    at: 1574109732004,
    unit: "Milliseconds",
  };

  it("reads AWS's example", () => {
    expect(metricsIn(JSON.stringify(example()))).to.deep.equal([time]);
  });

  it("reads a metric of each set of dimensions, the empty one included, and each of several values", () => {
    const line = example();
    Object.assign(directive(line) ?? {}, { Dimensions: [["functionVersion"], []] });
    line.time = [1, 2];
    expect(metricsIn(JSON.stringify(line))).to.deep.equal([
      { ...time, value: 1 },
      { ...time, value: 2 },
      { ...time, dimensions: {}, value: 1 },
      { ...time, dimensions: {}, value: 2 },
    ]);
  });

  it("finds no metric in other lines", () => {
    for (const line of ["", "plain", "{", '{"message":"_aws"}', '{"message":{"_aws":1}}']) {
      expect(metricsIn(line), line).to.deep.equal([]);
    }
  });

  const long = "x".repeat(256);
  const many = (count: number) => Array.from({ length: count }, (_, n) => `d${n}`);
  const wrong: [string, (line: Example) => void, RegExp][] = [
    // What Powertools writes after clearDefaultDimensions: minItems is 1.
    ["no set of dimensions", (l) => set(l, { Dimensions: [] }), /Dimensions: Too small/],
    ["dimensions not in sets", (l) => set(l, { Dimensions: ["a"] }), /Dimensions\.0: Invalid/],
    ["31 dimensions", (l) => set(l, { Dimensions: [many(31)] }), /Dimensions\.0: Too big/],
    ["a dimension without a name", (l) => set(l, { Dimensions: [[""]] }), /0\.0: Too small/],
    ["no dimensions", (l) => set(l, { Dimensions: undefined }), /Dimensions: Invalid/],
    ["a dimension that is no member", (l) => set(l, { Dimensions: [["a"]] }), /^a: Invalid/],
    ["a number for a dimension", (l) => (l.functionVersion = 1), /^functionVersion: Invalid/],
    ["an empty dimension", (l) => (l.functionVersion = ""), /^functionVersion: Too small/],
    ["no namespace", (l) => set(l, { Namespace: undefined }), /Namespace: Invalid/],
    ["a long namespace", (l) => set(l, { Namespace: long }), /Namespace: Too big/],
    ["no metrics", (l) => set(l, { Metrics: undefined }), /Metrics: Invalid/],
    [
      "101 metrics",
      (l) => set(l, { Metrics: many(101).map((Name) => ({ Name })) }),
      /Metrics: Too big/,
    ],
    ["an unknown unit", (l) => set(l, { Metrics: [{ Name: "time", Unit: "Times" }] }), /Unit:/],
    [
      "a unit in other case",
      (l) => set(l, { Metrics: [{ Name: "time", Unit: "count" }] }),
      /Unit:/,
    ],
    ["an unknown member", (l) => set(l, { Dimension: "a" }), /Unrecognized key: "Dimension"/],
    ["a metric that is no member", (l) => set(l, { Metrics: [{ Name: "a" }] }), /^a: Invalid/],
    ["text for a value", (l) => (l.time = "100"), /^time: Invalid/],
    ["101 values", (l) => (l.time = many(101).map(() => 1)), /^time: /],
    ["no time", (l) => delete l._aws.Timestamp, /_aws\.Timestamp: Invalid/],
    ["half a millisecond", (l) => (l._aws.Timestamp = 1.5), /_aws\.Timestamp: Invalid/],
    ["no directives", (l) => delete l._aws.CloudWatchMetrics, /CloudWatchMetrics: Invalid/],
  ];
  for (const [what, spoil, message] of wrong) {
    it(`refuses ${what}`, () => {
      const line = example();
      spoil(line);
      expect(() => metricsIn(JSON.stringify(line))).to.throw(message);
    });
  }

  it("refuses a line with more than the object", () => {
    const line = `INFO ${JSON.stringify(example())}`;
    expect(() => metricsIn(line)).to.throw("a line with metrics must be one JSON object");
  });
});

function set(line: Example, members: Record<string, unknown>): void {
  Object.assign(directive(line) ?? {}, members);
}
