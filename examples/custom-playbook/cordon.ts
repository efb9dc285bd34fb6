/** Runs Cordon's command line, which must know the team's playbooks: npx tsx cordon.ts show INCIDENT. */
import "./playbooks";
import "../../cli/cordon";
