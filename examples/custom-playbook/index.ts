/** Deploys Cordon with the team's playbooks. They must come first. */
import "./playbooks";
import { deploy } from "../../deploy";
import { readSettings } from "../../settings";

export = async () => ({ ...(await deploy(readSettings())) });
