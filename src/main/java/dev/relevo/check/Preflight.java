package dev.relevo.check;

import dev.relevo.catalog.Catalog;
import dev.relevo.check.Finding.Severity;
import dev.relevo.pg.Session;
import dev.relevo.problem.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Runs every check and tells all findings at once, the worst first. */
public final class Preflight {
    /** In the order of the manual page. */
    private static final List<Check> SERVERS =
            List.of(
                    new ServerChecks.SameServer(),
                    new ServerChecks.Versions(),
                    new ServerChecks.InRecovery(),
                    new ServerChecks.Superuser(),
                    new ServerChecks.MinorVersion(),
                    new CapacityChecks.WalLevel(),
                    new CapacityChecks.Slots(),
                    new CapacityChecks.WalSenders(),
                    new CapacityChecks.Workers(),
                    new RoomChecks.Locks(),
                    new RoomChecks.Connections(),
                    new CapacityChecks.SlotCopies(),
                    new CapacityChecks.WalKeepLimit(),
                    new CapacityChecks.SnapshotThreshold(),
                    new TargetChecks.NotEmpty(),
                    new TargetChecks.Encoding(),
                    new TargetChecks.Collation(),
                    new TargetChecks.Tablespaces(),
                    new TargetChecks.Extensions(),
                    new TargetChecks.Tools(),
                    new ContentChecks.ReplicaIdentity(),
                    new GeneratedColumns(),
                    new ContentChecks.FullIdentity(),
                    new PartitionRouting(),
                    new SearchPath(),
                    new ConstantCalls(),
                    new ContentChecks.RemovedTypes(),
                    new CharBytes(),
                    new BigRows(),
                    new ContentChecks.LargeObjects(),
                    new ContentChecks.Unlogged(),
                    new UnpublishedKeys(),
                    new ForeignKeys(),
                    new KeyCollations(),
                    new CheckConstraints(),
                    new ColumnOrder(),
                    new ContentChecks.ExtensionRows(),
                    new ContentChecks.ForeignTables(),
                    new ContentChecks.EventTriggers(),
                    new ContentChecks.ReplicaTriggers(),
                    new OwnersCode(),
                    new ContentChecks.Subscribed(),
                    new ContentChecks.Publications(),
                    new ContentChecks.Publication(),
                    new SessionChecks.PreparedTransactions(),
                    new SettingChecks.ReplicationRole(),
                    new SettingChecks.OutputPlugins(),
                    new SettingChecks.Standbys(),
                    new SessionChecks.ReadOnlySettings(),
                    new SessionChecks.SuperuserSessions(),
                    new SessionChecks.LongTransactions(),
                    new SessionChecks.BackgroundWorkers());

    private Preflight() {}

    /** The ids of all checks, for the manual and its test. */
    static List<String> ids() {
        List<String> ids = new ArrayList<>(List.of("connection"));
        SERVERS.forEach(check -> ids.add(check.id()));
        return ids;
    }

    /**
     * Runs them; changes nothing. When a server does not let us in, or a role may not look at what
     * the rest needs, only that is told.
     */
    public static List<Finding> run(CheckContext context) {
        List<Finding> findings = new ArrayList<>();
        closed(context.oldServer(), findings);
        closed(context.newServer(), findings);
        Session old = context.old().orElse(null);
        Session fresh = context.fresh().orElse(null);
        Catalog catalog = context.catalog();
        if (old == null || fresh == null || catalog == null) {
            return findings;
        }
        Probe probe = new Probe(context, old, fresh, catalog);
        List<Finding> roles = new ServerChecks.Superuser().find(probe);
        if (!roles.isEmpty()) {
            findings.addAll(roles);
            return findings;
        }
        SERVERS.forEach(check -> findings.addAll(check.find(probe)));
        findings.sort(Comparator.comparing(Finding::severity));
        return findings;
    }

    private static void closed(Side side, List<Finding> findings) {
        if (side instanceof Side.Closed(Problem why)) {
            findings.add(
                    new Finding(
                            "connection", Severity.ERROR, why.message(), why.detail(), why.hint()));
        }
    }
}
