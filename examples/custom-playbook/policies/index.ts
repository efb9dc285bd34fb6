/** Runs Cordon's policy pack, which must know the team's playbooks to admit their roles. */
import "../playbooks";
import "../../../policies";
