import lab from "./vitest.lab.config.ts";

// A cluster of seven machines on this one computer: apart from the other labs, because it wants the computer for itself.
export default { ...lab, test: { ...lab.test, include: ["test/lab/**/*.ha.ts"], bail: 1 } };
