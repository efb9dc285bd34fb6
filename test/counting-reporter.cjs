/** Reports as mocha's spec does, and writes the counts where the process that runs all tests reads them. */
const { writeFileSync } = require("node:fs");
const { reporters, Runner } = require("mocha");

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = runner.stats;
      writeFileSync(process.env.CORDON_TEST_COUNTS, JSON.stringify({ passes, failures, pending }));
    });
  }
};
