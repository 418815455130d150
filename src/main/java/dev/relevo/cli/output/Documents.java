package dev.relevo.cli.output;

import dev.relevo.check.Finding;
import dev.relevo.cli.config.Passwords;
import dev.relevo.copy.JoinCopy;
import dev.relevo.copy.Standing;
import dev.relevo.handover.HandoverReport;
import dev.relevo.lab.DemoReport;
import dev.relevo.ledger.Chronicle;
import dev.relevo.plan.Statement;
import dev.relevo.replication.ApplyError;
import dev.relevo.replication.Forecast;
import dev.relevo.replication.Pace;
import dev.relevo.replication.SlotHealth;
import dev.relevo.replication.Worker;
import dev.relevo.upgrade.Status;
import dev.relevo.upgrade.SyncReport;
import dev.relevo.upgrade.Upgrade.PlannedStep;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The JSON documents of {@code --json}, key by key: they are part of the public interface, so no
 * renaming of a record component may change one.
 */
public final class Documents {
    private final Map<String, @Nullable Object> keys = new LinkedHashMap<>();

    private Documents() {}

    private Documents put(String key, @Nullable Object value) {
        keys.put(key, value);
        return this;
    }

    /** {@code check}. */
    public static Map<String, @Nullable Object> findings(List<Finding> findings) {
        return new Documents()
                .put("errors", count(findings, Finding.Severity.ERROR))
                .put("warnings", count(findings, Finding.Severity.WARNING))
                .put("notices", count(findings, Finding.Severity.NOTICE))
                .put("findings", findings.stream().map(Documents::finding).toList())
                .keys;
    }

    private static long count(List<Finding> findings, Finding.Severity severity) {
        return findings.stream().filter(f -> f.severity() == severity).count();
    }

    private static Map<String, @Nullable Object> finding(Finding finding) {
        return new Documents()
                .put("id", finding.id())
                .put("severity", lower(finding.severity()))
                .put("message", finding.message())
                .put("detail", finding.detail())
                .put("hint", finding.hint())
                .keys;
    }

    /** {@code log}. */
    public static Map<String, @Nullable Object> log(List<Chronicle.Entry> entries) {
        return new Documents().put("entries", entries.stream().map(Documents::entry).toList()).keys;
    }

    private static Map<String, @Nullable Object> entry(Chronicle.Entry entry) {
        return new Documents()
                .put("at", entry.at().toString())
                .put("operator", entry.operator())
                .put("command", entry.command())
                .put("step", entry.step().isEmpty() ? null : entry.step())
                .put("what", entry.what())
                .put("note", entry.note())
                .keys;
    }

    /** {@code plan}. */
    public static Map<String, @Nullable Object> plan(List<PlannedStep> steps) {
        return new Documents().put("steps", steps.stream().map(Documents::planned).toList()).keys;
    }

    private static Map<String, @Nullable Object> planned(PlannedStep step) {
        return new Documents()
                .put("command", step.command())
                .put("id", step.id())
                .put("title", step.title())
                .put("done", step.done())
                .put("statements", step.statements().stream().map(Documents::statement).toList())
                .keys;
    }

    private static Map<String, @Nullable Object> statement(Statement statement) {
        return new Documents().put("where", statement.where()).put("text", statement.text()).keys;
    }

    /** {@code sync}. */
    public static Map<String, @Nullable Object> sync(SyncReport report) {
        return new Documents()
                .put("from", report.from())
                .put("to", report.to())
                .put("dryRun", report.dryRun())
                .put("statements", report.statements().stream().map(Documents::statement).toList())
                .put("notes", report.notes())
                .put("differences", report.differences())
                .keys;
    }

    /** {@code start}, {@code finish} and {@code abort}. */
    public static Map<String, @Nullable Object> steps(List<StepProgress.Outcome> outcomes) {
        return new Documents()
                .put("steps", outcomes.stream().map(Documents::outcome).toList())
                .keys;
    }

    private static Map<String, @Nullable Object> outcome(StepProgress.Outcome outcome) {
        return new Documents()
                .put("id", outcome.id())
                .put("title", outcome.title())
                .put("outcome", outcome.outcome())
                .put("evidence", outcome.evidence())
                .put("ms", tenth(outcome.ms()))
                .keys;
    }

    /** {@code status}. */
    public static Map<String, @Nullable Object> status(Status status, long maxRetained) {
        return new Documents()
                .put("phase", lower(status.phase()))
                .put("serving", status.serving())
                .put("old", side(status.oldServer()))
                .put("new", side(status.newServer()))
                .put("replication", status.replication().map(Documents::replication).orElse(null))
                .put("copy", status.copy().map(Documents::copy).orElse(null))
                .put("databaseBytes", status.databaseBytes())
                .put("maxRetainedBytes", maxRetained)
                .put("retainsTooMuch", status.retainedBytes() > maxRetained)
                .put("wayBackGivenUp", status.givenUp().orElse(null))
                .put("operator", status.operator().orElse(null))
                .put("next", status.next())
                .keys;
    }

    private static Map<String, @Nullable Object> side(Status.Side side) {
        return new Documents()
                .put("address", side.address())
                .put("version", side.version())
                .put("state", side.state())
                .put("clients", side.clients())
                .put(
                        "error",
                        side.trouble()
                                .map(Problems::withoutPasswords)
                                .map(p -> ErrorText.document(p).get("error"))
                                .orElse(null))
                .keys;
    }

    private static Map<String, @Nullable Object> replication(Status.Replication replication) {
        return new Documents()
                .put("from", replication.from())
                .put("lagBytes", replication.lagBytes())
                .put("lagSeconds", replication.lagSeconds())
                .put("tablesReady", replication.tablesReady())
                .put("tablesTotal", replication.tablesTotal())
                .put("workerRunning", replication.workerRunning())
                .put("retainedBytes", replication.retainedBytes())
                .pace(replication.pace())
                .put(
                        "subscriptions",
                        replication.subscriptions().stream().map(Documents::subscription).toList())
                .put("problems", replication.problems().stream().map(Passwords::hide).toList())
                .keys;
    }

    private static Map<String, @Nullable Object> subscription(Status.Subscription one) {
        return new Documents()
                .put("name", one.name())
                .put("lagBytes", one.lagBytes())
                .put("lagSeconds", one.lagSeconds())
                .put("workerRunning", one.workerRunning())
                .put("worker", one.worker().map(w -> lower(w.state())).orElse("unknown"))
                .put("failures", one.worker().flatMap(Worker::errors).orElse(null))
                .put("error", one.error().map(Documents::applyError).orElse(null))
                .put("retainedBytes", one.retainedBytes())
                .put("walStatus", one.slot().flatMap(SlotHealth::walStatus).orElse(null))
                .put("safeBytes", one.slot().flatMap(SlotHealth::safeBytes).orElse(null))
                .put("invalidated", one.slot().flatMap(SlotHealth::invalidated).orElse(null))
                .pace(one.pace())
                .keys;
    }

    private static Map<String, @Nullable Object> applyError(ApplyError error) {
        return new Documents()
                .put("at", error.at())
                .put("since", error.since())
                .put("sqlState", error.state().isEmpty() ? null : error.state())
                .put("message", Passwords.hide(error.message()))
                .put("detail", Passwords.hide(error.further()))
                .keys;
    }

    private Documents pace(Pace pace) {
        Forecast forecast = pace.forecast();
        return put(
                        "writtenBytesPerSecond",
                        pace.rates().map(r -> Math.round(r.written())).orElse(null))
                .put(
                        "appliedBytesPerSecond",
                        pace.rates().map(r -> Math.round(r.applied())).orElse(null))
                .put(
                        "measuredSeconds",
                        pace.rates().map(r -> tenth(r.over().toMillis() / 1e3)).orElse(null))
                .put("forecast", name(forecast))
                .put(
                        "secondsLeft",
                        forecast instanceof Forecast.CatchesUp(Duration left)
                                ? tenth(left.toMillis() / 1e3)
                                : null);
    }

    private static String name(Forecast forecast) {
        return switch (forecast) {
            case Forecast.Unknown() -> "unknown";
            case Forecast.KeepsUp() -> "keeps-up";
            case Forecast.CatchesUp(Duration _) -> "catches-up";
            case Forecast.Stays() -> "stays";
            case Forecast.FallsBehind(double _) -> "falls-behind";
        };
    }

    private static Map<String, @Nullable Object> copy(Status.Copy copy) {
        Standing at = copy.standing();
        return new Documents()
                .put("bytes", at.bytesDone())
                .put("bytesTotal", at.bytes())
                .put("rows", at.rowsDone())
                .put("rowsTotal", at.rows().orElse(null))
                .put("tables", at.tablesDone())
                .put("tablesTotal", at.tables())
                .put("indexes", at.indexesDone())
                .put("indexesTotal", at.indexes())
                .put("building", at.building().stream().map(Documents::building).toList())
                .put("bytesPerSecond", Math.round(at.bytesPerSecond()))
                .put("secondsLeft", at.left().map(Duration::toSeconds).orElse(null))
                .put("workers", at.workers())
                .put("snapshotHeld", copy.snapshotHeld())
                .put("retainedBytes", copy.retainedBytes())
                .keys;
    }

    /** {@code copy-worker}. */
    public static Map<String, @Nullable Object> share(JoinCopy.Share share) {
        return new Documents()
                .put("chunks", share.chunks())
                .put("indexes", share.indexes())
                .put("rows", share.rows())
                .put("bytes", share.bytes())
                .keys;
    }

    private static Map<String, @Nullable Object> building(Standing.Building index) {
        return new Documents()
                .put("table", index.table())
                .put("phase", index.phase())
                .put("statement", index.statement())
                .put("done", index.done())
                .put("total", index.total())
                .keys;
    }

    /** {@code switch} and {@code rollback}. */
    public static Map<String, @Nullable Object> handover(HandoverReport report) {
        return new Documents()
                .put("from", report.from())
                .put("to", report.to())
                .put("drainMs", tenth(report.drainMs()))
                .put("heldMs", tenth(report.heldMs()))
                .put("totalMs", tenth(report.totalMs()))
                .put("steps", report.steps().stream().map(Documents::timing).toList())
                .keys;
    }

    private static Map<String, @Nullable Object> timing(HandoverReport.Timing timing) {
        return new Documents().put("name", timing.name()).put("ms", tenth(timing.ms())).keys;
    }

    /** {@code demo}. */
    public static Map<String, @Nullable Object> demo(DemoReport report) {
        return new Documents()
                .put("old", report.oldVersion())
                .put("new", report.newVersion())
                .put("load", report.load())
                .put("clients", report.clients())
                .put("transactions", report.transactions())
                .put("failed", report.failed())
                .put("lost", report.lost())
                .put("duplicated", report.duplicated())
                .put("unknownCommitted", report.unknownCommitted())
                .put("balanced", report.balanced())
                .putUnlessEmpty("complaints", report.complaints())
                .put("baselineLongestMs", tenth(report.baselineLongestMs()))
                .put("longestMs", tenth(report.longestMs()))
                .put("handovers", report.handovers().stream().map(Documents::handover).toList())
                .keys;
    }

    private Documents putUnlessEmpty(String key, List<String> values) {
        return values.isEmpty() ? this : put(key, values);
    }

    private static double tenth(double ms) {
        return Math.round(ms * 10) / 10.0;
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
