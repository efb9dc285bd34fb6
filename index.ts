import { deploy } from "./deploy";
import { readSettings } from "./settings";

export = async () => deploy(readSettings());
