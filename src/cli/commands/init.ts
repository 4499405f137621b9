/** `kubernest init`: a first homelab file, from a template, from a few questions, or with `--yes` from none. Never writes over a file that is there. */
import { basename, dirname, join } from "node:path";
import { readFileSync } from "node:fs";
import { HARDWARE, HARDWARE_NAMES } from "../../config/hardware.ts";
import { address, domainName, name as homelabName } from "../../config/schema/scalars.ts";
import { homelabText, MACHINES_MAX, TEMPLATES, templateText, usualAnswers, type Answers } from "../../config/templates.ts";
import { nearestName } from "../../lib/nearest-name.ts";
import { type CommandIo, type CommandModule, EXIT } from "../command.ts";
import { packageRoot } from "../package-version.ts";

const HELP = `
Templates, one whole system each:
${TEMPLATES.map((template) => `  ${template.name.padEnd(14)}${template.summary}`).join("\n")}

Exit codes:
  0    written
  1    a file is there already, or cannot be written
  130  the questions were interrupted
`;

const DEFAULT_FILE = "homelab.yaml";

export const initCommand: CommandModule = {
  configure(command) {
    command
      .argument("[template]", `one of ${TEMPLATES.map((template) => template.name).join(", ")}`)
      .option("-c, --config <file>", "the file to write", DEFAULT_FILE)
      .option("-y, --yes", "ask nothing: one planned machine and one small app")
      .option("-f, --force", "write over a file that is there; it is kept as FILE.before")
      .addHelpText("after", HELP);
  },

  async run(args, options, io) {
    const file = String(options["config"] ?? DEFAULT_FILE);
    const template = TEMPLATES.find((one) => one.name === args[0]);
    if (args[0] !== undefined && template === undefined) {
      const meant = nearestName(args[0], TEMPLATES.map((one) => one.name));
      io.stderr(`There is no template ${args[0]}${meant === undefined ? `: there are ${TEMPLATES.map((one) => one.name).join(", ")}` : `; did you mean ${meant}?`}\n`);
      return EXIT.failed;
    }
    const isForced = options["force"] === true;
    const files = template === undefined ? [file] : template.files.map((one, index) => (index === 0 ? file : join(dirname(file), basename(one))));
    const there = files.find((one) => io.exists(one));
    // Before the questions: nobody likes to answer them for nothing.
    if (there !== undefined && !isForced) {
      io.stderr(`${there} is there already. Name another file with -c, or write over it with --force (it is kept as ${there}.before).\n`);
      return EXIT.failed;
    }
    if (template !== undefined) {
      const texts = template.files.map((one) => readFileSync(join(packageRoot(), "examples", one), "utf8"));
      return write(files.map((path, index) => [path, index === 0 ? templateText(texts[index]!) : texts[index]!]), io);
    }
    const usual = usualAnswers(basename(io.cwd));
    if (options["yes"] !== true && !io.canAsk) {
      io.stderr(`Nobody can answer questions here. Name a template (${TEMPLATES.map((one) => one.name).join(", ")}), or pass --yes.\n`);
      return EXIT.failed;
    }
    const answers = options["yes"] === true ? usual : await ask(usual);
    if (answers === undefined) return EXIT.interrupted;
    return write([[file, homelabText(answers)]], io);
  },
};

function write(files: readonly (readonly [path: string, text: string])[], io: CommandIo): number {
  for (const [path, text] of files) {
    try {
      if (io.exists(path)) io.writeFile(`${path}.before`, io.readFile(path));
      io.writeFile(path, text);
    } catch (error) {
      io.stderr(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}\n`);
      return EXIT.failed;
    }
    io.stderr(`Wrote ${path}\n`);
  }
  const first = files[0]?.[0] ?? DEFAULT_FILE;
  const option = first === DEFAULT_FILE ? "" : ` -c ${first}`;
  io.stderr(`Next:  kubernest check${option}   then   kubernest rehearse${option}\n`);
  return EXIT.done;
}

/** The questions; undefined when they are interrupted. */
async function ask(usual: Answers): Promise<Answers | undefined> {
  const { cancel, intro, isCancel, select, text } = await import("@clack/prompts");
  intro("A first homelab file. Everything can be changed later.");
  const stop = () => {
    cancel("Nothing was written.");
    return undefined;
  };
  const must = (schema: { safeParse(value: unknown): { success: boolean } }, what: string, isOptional = false) => (value: string | undefined) =>
    (value === undefined || value === "") ? (isOptional ? undefined : what) : schema.safeParse(value).success ? undefined : what;

  const name = await text({ message: "What is it called?", initialValue: usual.name, validate: must(homelabName, "Lower-case letters, digits and hyphens, please.") });
  if (isCancel(name)) return stop();
  const count = await text({
    message: "How many machines?",
    initialValue: "3",
    validate: (value) => (/^\d+$/.test(value ?? "") && Number(value) >= 1 && Number(value) <= MACHINES_MAX ? undefined : `A number from 1 to ${MACHINES_MAX}, please.`),
  });
  if (isCancel(count)) return stop();
  const hardware = await select<string>({
    message: "What are they?",
    initialValue: "raspberry-pi-5",
    options: [...HARDWARE_NAMES.map((one) => ({ value: one as string, label: HARDWARE[one]!.title })), { value: "", label: "Something else" }],
  });
  if (isCancel(hardware)) return stop();
  const first = await text({ message: "The first one's address? The others follow it. (Empty: not known yet)", placeholder: "192.168.1.11", validate: must(address, "An IP address or a name, please.", true) });
  if (isCancel(first)) return stop();
  const distribution = await select<"k3s" | "kubeadm">({
    message: "Which Kubernetes?",
    options: [
      { value: "k3s", label: "k3s", hint: "small, everything in one binary" },
      { value: "kubeadm", label: "kubeadm", hint: "upstream's own, more to look after" },
    ],
  });
  if (isCancel(distribution)) return stop();
  const domain = await text({ message: "A domain for the apps? (Empty: none)", placeholder: "maison.example", validate: must(domainName, "A DNS name, please.", true) });
  if (isCancel(domain)) return stop();
  const email = blank(domain) === undefined ? undefined : await text({ message: "An e-mail address for Let's Encrypt? (Empty: no https)", validate: (value) => (value === undefined || value === "" || /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(value) ? undefined : "An e-mail address, please.") });
  if (email !== undefined && isCancel(email)) return stop();
  return { name, machineCount: Number(count), hardware: blank(hardware), firstAddress: blank(first), distribution, domain: blank(domain), email: blank(email) };
}

function blank(text: string | undefined): string | undefined {
  return text === undefined || text === "" ? undefined : text;
}
