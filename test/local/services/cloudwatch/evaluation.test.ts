import { expect } from "chai";
import {
  type Alarm,
  type AlarmState,
  evaluate,
} from "../../../../local/services/cloudwatch/evaluation";

const end = Date.UTC(2025, 1, 2, 12, 10);
const alarm: Alarm = {
  name: "cordon-test",
  arn: "arn:aws:cloudwatch:us-east-1:123456789012:alarm:cordon-test",
  description: undefined,
  metric: { namespace: "Test", metricName: "Lost", dimensions: {} },
  unit: undefined,
  statistic: "Maximum",
  periodSeconds: 300,
  evaluationPeriods: 3,
  datapointsToAlarm: 3,
  comparison: "GreaterThanThreshold",
  threshold: 0,
  missingData: "missing",
};

/** Reads a row of the guide's tables: oldest first, X breaches, 0 does not, - is missing. */
function pointsOf(row: string) {
  return row
    .split(" ")
    .reverse()
    .flatMap((sign, index) =>
      sign === "-" ? [] : [{ value: sign === "X" ? 1 : 0, at: end - index * 300_000 - 1 }],
    );
}

// CloudWatch user guide, "How alarm state is evaluated when data is missing": both tables.
const kept = "kept";
const treatments = ["missing", "ignore", "breaching", "notBreaching"] as const;
const tables: [number, [string, ...string[]][]][] = [
  [
    3,
    [
      ["0 - X - X", "OK", "OK", "OK", "OK"],
      ["0 - - - -", "OK", "OK", "OK", "OK"],
      ["- - - - -", "INSUFFICIENT_DATA", kept, "ALARM", "OK"],
      ["0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"],
      ["- - - - X", "INSUFFICIENT_DATA", kept, "ALARM", "OK"],
      ["X - - - -", "ALARM", kept, "ALARM", "OK"],
    ],
  ],
  [
    2,
    [
      ["0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"],
      ["0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"],
      ["0 - X - -", "OK", "OK", "ALARM", "OK"],
      ["- - - - 0", "OK", "OK", "ALARM", "OK"],
      ["- - - - X", "INSUFFICIENT_DATA", kept, "ALARM", "OK"],
    ],
  ],
];

describe("local/services/cloudwatch/evaluation", () => {
  for (const [datapointsToAlarm, rows] of tables) {
    for (const [row, ...states] of rows) {
      it(`evaluates ${row} as the guide does, ${datapointsToAlarm} out of 3`, () => {
        for (const current of ["OK", "ALARM"] as const satisfies AlarmState[]) {
          const found = treatments.map((missingData) => {
            const asked = { ...alarm, datapointsToAlarm, missingData };
            return evaluate(asked, pointsOf(row), end, current).state;
          });
          const expected = states.map((state) => (state === kept ? current : state));
          expect(found).to.deep.equal(expected);
        }
      });
    }
  }

  const single = { ...alarm, evaluationPeriods: 1, datapointsToAlarm: 1 };
  const at = (...values: number[]) => values.map((value, n) => ({ value, at: end - 1 - n }));
  const stateOf = (asked: Partial<Alarm>, points = at(1, 3)) =>
    evaluate({ ...single, ...asked }, points, end, "OK").state;

  it("compares each statistic of a period's values", () => {
    for (const [statistic, value] of [
      ["SampleCount", 2],
      ["Average", 2],
      ["Sum", 4],
      ["Minimum", 1],
      ["Maximum", 3],
    ] as const) {
      const below = value - 0.5;
      expect(stateOf({ statistic, threshold: below }), statistic).to.equal("ALARM");
      expect(stateOf({ statistic, threshold: value }), statistic).to.equal("OK");
    }
  });

  it("compares as the operator says, at the threshold, too", () => {
    for (const [comparison, ...states] of [
      ["GreaterThanThreshold", "OK", "OK", "ALARM"],
      ["GreaterThanOrEqualToThreshold", "OK", "ALARM", "ALARM"],
      ["LessThanThreshold", "ALARM", "OK", "OK"],
      ["LessThanOrEqualToThreshold", "ALARM", "ALARM", "OK"],
    ] as const) {
      const found = [1, 2, 3].map((value) => stateOf({ comparison, threshold: 2 }, at(value)));
      expect(found, comparison).to.deep.equal(states);
    }
  });

  it("takes a value from a period's begin until before its end", () => {
    const moments = [end - 900_001, end - 900_000, end - 1, end];
    const states = moments.map((moment) => stateOf({}, [{ value: 1, at: moment }]));
    expect(states).to.deep.equal(["INSUFFICIENT_DATA", "ALARM", "ALARM", "INSUFFICIENT_DATA"]);
  });

  it("leaves out values of another unit than the alarm's", () => {
    const counted = [{ value: 1, at: end - 1, unit: "Count" }];
    expect(stateOf({ unit: "Count" }, counted)).to.equal("ALARM");
    expect(stateOf({ unit: "Seconds" }, counted)).to.equal("INSUFFICIENT_DATA");
  });

  it("gives the reason in CloudWatch's words", () => {
    // A message that CloudWatch sent in 2025, in its newer form "1 out of the last 1 datapoints".
    const { reason } = evaluate(single, at(1), end, "OK");
    expect(reason).to.equal(
      "Threshold Crossed: 1 out of the last 1 datapoints [1.0 (02/02/25 12:05:00)] was greater than the threshold (0.0) (minimum 1 datapoint for OK -> ALARM transition).",
    );
  });
});
