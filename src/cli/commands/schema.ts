/** `kubernest schema`: the JSON Schemas of the files that people write, for editors and other tools. */
import { Argument } from "commander";
import { homelabJsonSchemaText } from "../../config/json-schema.ts";
import { scenarioJsonSchemaText } from "../../scenarios/scenario-schema.ts";
import { type CommandModule, EXIT } from "../command.ts";

const TEXTS = { homelab: homelabJsonSchemaText, scenario: scenarioJsonSchemaText } as const;

const HELP = `
In VS Code and others with the YAML language server:
  kubernest schema > homelab.schema.json
  and as the first line of homelab.yaml:  # yaml-language-server: $schema=homelab.schema.json

Of scenarios, which have a homelab in them, so that both schemas lie in one folder:
  kubernest schema scenario > scenario.schema.json
  and first in scenarios/NAME.yaml:  # yaml-language-server: $schema=../scenario.schema.json
`;

export const schemaCommand: CommandModule = {
  configure(command) {
    command.addArgument(new Argument("[file]", "of which file").choices(Object.keys(TEXTS)).default("homelab")).addHelpText("after", HELP);
  },

  run([file], _options, io) {
    io.stdout(TEXTS[(file ?? "homelab") as keyof typeof TEXTS]());
    return Promise.resolve(EXIT.done);
  },
};
