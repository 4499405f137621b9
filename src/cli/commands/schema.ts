/** `kubernest schema`: the JSON Schema of the homelab file, for editors and other tools. */
import { homelabJsonSchemaText } from "../../config/json-schema.ts";
import { type CommandModule, EXIT } from "../command.ts";

const HELP = `
In VS Code and others with the YAML language server:
  kubernest schema > homelab.schema.json
  and as the first line of homelab.yaml:  # yaml-language-server: $schema=homelab.schema.json
`;

export const schemaCommand: CommandModule = {
  configure(command) {
    command.addHelpText("after", HELP);
  },

  run(_args, _options, io) {
    io.stdout(homelabJsonSchemaText());
    return Promise.resolve(EXIT.done);
  },
};
