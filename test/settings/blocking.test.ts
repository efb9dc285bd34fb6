import { expect } from "chai";
import { readStack } from "../../cli/check/configuration";
import { readBlocking } from "../../settings/blocking";
import { root } from "../support/check/settings";

const rest = readStack(root, "staging");
const read = (text: string | undefined, from = rest) => readBlocking(() => text, from, from, from);

describe("the settings of blocked addresses [R10]", () => {
  it("block nothing unless they say whom never to block", () => {
    expect(read("{}")).to.deep.equal({});
    expect(read('{"neverBlock":[]}')).to.deep.equal({
      blockAddresses: { hours: 24, neverBlock: [] },
    });
    expect(read('{"hours":"8","neverBlock":["11.0.0.7","12.0.0.0/8","2a00::/64"]}')).to.deep.equal({
      blockAddresses: { hours: 8, neverBlock: ["11.0.0.7", "12.0.0.0/8", "2a00::/64"] },
    });
  });

  const refused: readonly (readonly [string | undefined, string])[] = [
    [
      undefined,
      "cordon:blockAddresses must be an object with hours and neverBlock, or {}, but nothing was provided",
    ],
    [
      "[]",
      "cordon:blockAddresses must be an object with hours and neverBlock, or {}, but [] was provided",
    ],
    ['{"neverblock":[]}', 'cordon:blockAddresses has no "neverblock"; did you mean neverBlock?'],
    [
      '{"networkAcls":true}',
      'cordon:blockAddresses has no "networkAcls"; did you mean neverBlock?',
    ],
    [
      '{"hours":24}',
      "cordon:blockAddresses.neverBlock must be a list of addresses and CIDR blocks, those from which your organization and its partners reach you among them, but nothing was provided",
    ],
    [
      '{"hours":0,"neverBlock":[]}',
      'cordon:blockAddresses.hours must be a whole number from 1 to 168, but "0" was provided',
    ],
    ...["11.0.0.7/33", "11.0.0.7/0", "11.0.0.7/", "office", "2a00::/129", "1.2.3.4/8/8"].map(
      (range) =>
        [
          `{"neverBlock":["12.0.0.0/8","${range}"]}`,
          `cordon:blockAddresses.neverBlock[1] must be an address, or a CIDR block, but "${range}" was provided`,
        ] as const,
    ),
  ];
  for (const [text, sentence] of refused) {
    it(`refuse ${text ?? "nothing"}`, () => {
      expect(() => read(text)).to.throw(sentence);
    });
  }

  it("leave room for what else the functions' environment holds", () => {
    const many = Array.from({ length: 150 }, (_, n) => `11.${n}.0.0/16`);
    expect(() => read(JSON.stringify({ neverBlock: many }))).to.throw(
      /^cordon:blockAddresses must take at most \d+ characters as JSON, beside the lists that share the functions' environment with it, but it takes \d+: use CIDR blocks$/,
    );
  });
});
