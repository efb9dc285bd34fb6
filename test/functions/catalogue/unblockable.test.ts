import { expect } from "chai";
import { isShared, whyUnblockable } from "../../../functions/catalogue/unblockable";
import { addressOf } from "../../../functions/model/internet-address";

/** Addresses, and whether they may be blocked, by IANA's registries of special addresses. */
const addresses: Readonly<Record<string, boolean>> = {
  "0.1.2.3": false,
  "9.255.255.255": true,
  "10.0.0.0": false,
  "10.255.255.255": false,
  "11.0.0.0": true,
  "100.63.255.255": true,
  "100.64.0.0": false,
  "100.127.255.255": false,
  "100.128.0.0": true,
  "127.0.0.1": false,
  "169.254.169.254": false,
  "169.255.0.0": true,
  "172.15.255.255": true,
  "172.16.0.0": false,
  "172.31.255.255": false,
  "172.32.0.0": true,
  "192.0.2.1": false,
  "192.168.1.1": false,
  "192.169.0.0": true,
  "198.18.0.1": false,
  "198.51.100.7": false,
  "203.0.113.7": false,
  "224.0.0.251": false,
  "255.255.255.255": false,
  "8.8.8.8": false,
  "1.1.1.1": false,
  "::1": false,
  "::ffff:11.0.0.7": false,
  "64:ff9b::1": false,
  "2001:db8::1": false,
  "2001:4860:4860::8888": false,
  "2002:b00:7::1": false,
  "2a00::7": true,
  "3fff::1": false,
  "fd00:ec2::254": false,
  "fe80::1": false,
  "ff02::1": false,
};

describe("functions/catalogue/unblockable [R10]", () => {
  for (const [address, may] of Object.entries(addresses)) {
    it(`${may ? "may block" : "never blocks"} ${address}`, () => {
      expect(addressOf(address)).not.to.equal(undefined);
      expect(whyUnblockable(addressOf(address) ?? "", []) === undefined).to.equal(may);
    });
  }

  it("never blocks what the setting names, by address or block", () => {
    const own = ["11.0.0.7", "12.0.0.0/8", "2a00:1::/32"];
    for (const address of ["11.0.0.7", "12.255.0.1", "2a00:1:2::3"]) {
      expect(whyUnblockable(address, own)).to.equal(
        `${address} is in neverBlock of cordon:blockAddresses`,
      );
    }
    for (const address of ["11.0.0.8", "13.0.0.1", "2a00:2::1"]) {
      expect(whyUnblockable(address, own)).to.equal(undefined);
    }
  });

  it("takes single addresses alone, however they are written", () => {
    const read = ["11.0.0.7/32", "2A00:0000::0007/128", "11.0.0.0/31", "2a00::/64", "fe80::1%eth0"];
    expect(read.map(addressOf)).to.deep.equal([
      "11.0.0.7",
      "2a00::7",
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("knows networks that many share by their names", () => {
    const names = [
      "AMAZON-02",
      "CLOUDFLARENET",
      "Microsoft Corporation",
      "Tor Exit",
      "Example Transit",
      "Vector Telecom",
    ];
    expect(names.filter(isShared)).to.deep.equal(names.slice(0, 4));
  });
});
