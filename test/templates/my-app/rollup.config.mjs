import { rollupConfig } from "golem-component";

export default rollupConfig();
