/**
 * Adds a team's playbooks where their scenario is asked for. They must come before anything else of Cordon's
 * is loaded, and stay away from every other scenario.
 */
if (process.argv.includes("custom-playbook")) require("../../examples/custom-playbook/playbooks");
