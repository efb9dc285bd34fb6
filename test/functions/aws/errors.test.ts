import { expect } from "chai";
import { deferred, once } from "../../../functions/aws/deferred";
import {
  hasCode,
  isFinal,
  isNotEnabled,
  isRefusal,
  orUndefined,
  tolerate,
} from "../../../functions/aws/errors";
import { AwsError } from "../../support/memory-account";

describe("AWS's errors", () => {
  it("are recognized by name, or by the code of the query protocols", () => {
    expect(hasCode(new AwsError("Throttling", ""), "Throttling")).to.equal(true);
    expect(hasCode({ name: "Error", Code: "Throttling" }, "Other", "Throttling")).to.equal(true);
    expect(hasCode(new AwsError("Throttling", ""), "Other")).to.equal(false);
    for (const none of [undefined, null, "Throttling", 1, {}]) {
      expect(hasCode(none, "Throttling")).to.equal(false);
    }
  });

  it("are refusals when asking again will not help, and only then", () => {
    for (const code of [
      "AccessDenied",
      "AccessDeniedException",
      "AuthFailure",
      "OptInRequired",
      "UnauthorizedOperation",
      "UnmodifiableEntity",
      "UnmodifiableEntityException",
      "UnrecognizedClientException",
    ]) {
      expect(isRefusal(new AwsError(code, "")), code).to.equal(true);
    }
    for (const code of ["Throttling", "RequestLimitExceeded", "TimeoutError", "InternalError"]) {
      expect(isRefusal(new AwsError(code, "")), code).to.equal(false);
    }
  });

  it("tell a region that the account has not enabled from a missing permission", () => {
    for (const code of [
      "AuthFailure",
      "InvalidClientTokenId",
      "OptInRequired",
      "UnrecognizedClientException",
    ]) {
      expect(isNotEnabled(new AwsError(code, "")), code).to.equal(true);
    }
    for (const code of ["AccessDeniedException", "UnauthorizedOperation", "ThrottlingException"]) {
      expect(isNotEnabled(new AwsError(code, "")), code).to.equal(false);
    }
  });

  // Codes and classes from AWS's service models of both generations of load balancers.
  it("are final where a load balancer refuses an instance, and not while Auto Scaling is busy", () => {
    for (const code of [
      "AccessDenied",
      "InvalidEndPointException",
      "InvalidGroup.NotFound",
      "InvalidInstance",
      "InvalidTarget",
      "InvalidTargetException",
      "LoadBalancerNotFound",
      "TargetGroupNotFoundException",
      "ValidationError",
    ]) {
      expect(isFinal(new AwsError(code, "")), code).to.equal(true);
    }
    for (const code of [
      "RequestLimitExceeded",
      "ResourceContention",
      "NotVisibleYet",
      "Throttling",
    ]) {
      expect(isFinal(new AwsError(code, "")), code).to.equal(false);
    }
  });

  it("become nothing only where they were expected", async () => {
    const gone = () => Promise.reject(new AwsError("NotFound", "gone"));
    expect(await orUndefined(gone(), "NotFound")).to.equal(undefined);
    expect(await orUndefined(Promise.resolve(1), "NotFound")).to.equal(1);
    await tolerate(gone(), "NotFound");
    const outcome = await tolerate(gone(), "Duplicate").catch((error: Error) => error.name);
    expect(outcome).to.equal("NotFound");
  });
});

describe("a deferred adapter", () => {
  it("loads when it is first used, once, and keeps its methods' this", async () => {
    let loads = 0;
    const adapter = deferred(async () => {
      loads += 1;
      return {
        factor: 2,
        async twice(this: { factor: number }, value: number): Promise<number> {
          return value * this.factor;
        },
      };
    });
    expect(loads).to.equal(0);
    expect(await Promise.all([adapter.twice(1), adapter.twice(2)])).to.deep.equal([2, 4]);
    expect(loads).to.equal(1);
  });

  it("runs once, however many callers wait", async () => {
    let count = 0;
    const load = once(async () => ++count);
    expect(await Promise.all([load(), load(), load()])).to.deep.equal([1, 1, 1]);
  });
});
