import { expect } from "chai";
import { readConsumers } from "../../settings/consumers";

const read = (value: string | undefined) => readConsumers(() => value);

describe("cordon:consumerAccounts", () => {
  it("lists accounts, none, or the organization alone", () => {
    expect(read("[]")).to.deep.equal({ consumerAccounts: [] });
    expect(read('["222233334444","333344445555"]')).to.deep.equal({
      consumerAccounts: ["222233334444", "333344445555"],
    });
    expect(read('["organization"]')).to.deep.equal({ consumerAccounts: "organization" });
  });

  const many = JSON.stringify(Array.from({ length: 1_001 }, (_, n) => String(10 ** 11 + n)));
  const refused: readonly (readonly [string | undefined, string])[] = [
    [undefined, "cordon:consumerAccounts must be a list, but nothing was provided"],
    ["organization", 'cordon:consumerAccounts must be a list, but "organization" was provided'],
    [
      '["everybody"]',
      'cordon:consumerAccounts[0] must be a 12-digit account id or organization, but "everybody" was provided',
    ],
    [
      '["222233334444","222233334444"]',
      'cordon:consumerAccounts[1] must be listed once, but "222233334444" was provided',
    ],
    [
      '["organization","222233334444"]',
      'cordon:consumerAccounts must be a list of account ids, or organization alone, but ["organization","222233334444"] was provided',
    ],
    [
      many,
      'cordon:consumerAccounts must be a list of at most 1000 accounts, or organization alone, but "1001 accounts" was provided',
    ],
  ];
  for (const [value, message] of refused) {
    it(`refuses ${(value ?? "nothing").slice(0, 40)}`, () => {
      expect(() => read(value)).to.throw(Error, message);
    });
  }
});
