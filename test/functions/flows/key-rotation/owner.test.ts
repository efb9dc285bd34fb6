import { expect } from "chai";
import { NoRecipient } from "../../../../functions/flows/key-rotation/notify";
import { ownerAddress } from "../../../../functions/flows/key-rotation/owner";

const mail = { tag: "Owner", from: "cordon@example.com", domains: ["example.com", "ex.org"] };

describe("the owner's address in a tag [R8]", () => {
  const taken = [
    ["ann@example.com", "ann@example.com"],
    ["Ann.Export+keys@EX.org", "Ann.Export+keys@ex.org"],
    [" ann@example.com ", "ann@example.com"],
  ] as const;
  for (const [value, address] of taken) {
    it(`is ${address} where the tag holds "${value}"`, () =>
      expect(ownerAddress(value, mail)).to.equal(address));
  }

  const noAddress = "the tag Owner holds no plain address";
  const outside = "the address in the tag Owner is in none of example.com, ex.org";
  const refused: readonly (readonly [string | undefined, string])[] = [
    [undefined, "the user has no tag Owner"],
    ["", noAddress],
    ["ann", noAddress],
    ["ann@localhost", noAddress],
    ["ann@example.com, eve@evil.example", noAddress],
    ["eve@evil.example ann@example.com", noAddress],
    ["eve@evil.example@example.com", noAddress],
    ["Ann <ann@example.com>", noAddress],
    ["ann@example.com\nBcc: eve@evil.example", noAddress],
    [`${"a".repeat(65)}@example.com`, noAddress],
    ["eve@evil.example", outside],
    ["eve@notexample.com", outside],
    ["eve@example.com.evil.example", outside],
    ["eve@mail.example.com", outside],
  ];
  for (const [value, why] of refused) {
    it(`is nobody's where the tag holds ${JSON.stringify(value)}`, () => {
      expect(() => ownerAddress(value, mail)).to.throw(NoRecipient, why);
    });
  }
});
