import type ts from "typescript";
import type { Finding, RuleName } from "./finding.js";

const comment = /\/\/\s*golem-lint-allow\b[ \t]*([\w-]*)(?::[ \t]*(\S.*))?/;

interface Allowance {
  file: string;
  /** The line of the comment; it holds for that line, or for the next if it stands alone. */
  line: number;
  column: number;
  alone: boolean;
  rule: string;
  why?: string;
}

function allowancesIn(file: ts.SourceFile): Allowance[] {
  return file.text.split("\n").flatMap((text, index): Allowance[] => {
    const found = comment.exec(text);
    if (!found) return [];
    const alone = text.slice(0, found.index).trim() === "";
    return [
      {
        file: file.fileName,
        line: index + 1,
        column: found.index + 1,
        alone,
        rule: found[1] ?? "",
        why: found[2],
      },
    ];
  });
}

/** Leaves out what a `// golem-lint-allow <rule>: why` allows, and reports those that allow nothing or give no reason. */
export function withoutAllowed(findings: Finding[], files: readonly ts.SourceFile[], rules: RuleName[]): Finding[] {
  const allowances = files.flatMap(allowancesIn);
  const used = new Set<Allowance>();
  const left = findings.filter(({ rule, file, line }) => {
    const by = allowances.find(
      (one) => one.why && one.rule === rule && one.file === file && one.line + (one.alone ? 1 : 0) === line,
    );
    if (by) used.add(by);
    return !by;
  });
  const useless = allowances
    .filter((one) => !used.has(one))
    .map(({ file, line, column, rule, why }): Finding => {
      const known = (rules as string[]).includes(rule);
      const what = known ? (why ? `${rule} has nothing to allow here` : "no reason given") : `no rule "${rule}"`;
      const help = `Write: // golem-lint-allow <rule>: why — with a rule of ${rules.join(", ")}; on the line itself, or alone on the line before.`;
      return {
        rule: "allow",
        severity: "warning",
        what: `warning: golem-lint-allow: ${what} [allow]`,
        file,
        line,
        column,
        help,
      };
    });
  return [...left, ...useless];
}
