package dev.relevo.cli.output;

import dev.relevo.check.Finding;
import dev.relevo.check.Finding.Severity;
import java.util.List;

/** What the checks found, worst first. */
public final class FindingsText {
    private FindingsText() {}

    /** Whether something must be mended first. */
    public static boolean hasErrors(List<Finding> findings) {
        return findings.stream().anyMatch(f -> f.severity() == Severity.ERROR);
    }

    /** Errors, warnings, notices, and a last line that counts them. */
    public static String of(List<Finding> findings) {
        StringBuilder text = new StringBuilder();
        for (Severity severity : Severity.values()) {
            findings.stream().filter(f -> f.severity() == severity).forEach(f -> append(text, f));
        }
        return text.append(verdict(findings)).toString();
    }

    private static void append(StringBuilder text, Finding finding) {
        text.append(finding.severity())
                .append(": ")
                .append(finding.message())
                .append("  [")
                .append(finding.id())
                .append("]\n");
        if (!finding.detail().isBlank()) {
            text.append("DETAIL: ").append(Texts.continued(finding.detail())).append('\n');
        }
        if (!finding.hint().isBlank()) {
            text.append("HINT: ").append(Texts.continued(finding.hint())).append('\n');
        }
        text.append('\n');
    }

    private static String verdict(List<Finding> findings) {
        long errors = count(findings, Severity.ERROR);
        long warnings = count(findings, Severity.WARNING);
        String counts = Texts.plural(errors, "error") + ", " + Texts.plural(warnings, "warning");
        return errors == 0
                ? counts + ": ready for relevo start"
                : counts + ": mend the errors, then check again";
    }

    private static long count(List<Finding> findings, Severity severity) {
        return findings.stream().filter(f -> f.severity() == severity).count();
    }
}
