package dev.relevo.upgrade;

import dev.relevo.catalog.RefusedSetting;
import dev.relevo.catalog.Side;
import dev.relevo.catalog.SynchronousStandbys;
import dev.relevo.pg.Session;
import dev.relevo.problem.ExitStatus;
import dev.relevo.problem.Problem;
import dev.relevo.replication.Node;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What server, database and roles set that would undo a handover. {@code check} finds it before the
 * upgrade; somebody may set it at any time later, so both sides are asked again right before each
 * handover.
 */
final class Surroundings {
    private Surroundings() {}

    /**
     * Lets a handover begin.
     *
     * @throws dev.relevo.problem.ProblemException that names the setting, and the statement that
     *     takes it away
     */
    static void require(Node from, Node to) {
        for (Node node : List.of(from, to)) {
            try (Session session = node.open("switch")) {
                requireSettings(session, node.side());
                requireStandbys(session, node.side());
            }
        }
    }

    private static void requireSettings(Session session, Side side) {
        List<RefusedSetting> refused = RefusedSetting.read(session, session.endpoint().database());
        if (!refused.isEmpty()) {
            throw refusal(
                    "refused-setting",
                    "a setting of the %s server would undo the handover".formatted(side),
                    refused.stream()
                            .map(RefusedSetting::description)
                            .collect(Collectors.joining("; ")),
                    side,
                    refused.stream()
                            .map(RefusedSetting::statement)
                            .distinct()
                            .collect(Collectors.joining(" ")));
        }
    }

    private static void requireStandbys(Session session, Side side) {
        SynchronousStandbys.read(session)
                .ifPresent(standbys -> {
                    if (standbys.takesOurs()) {
                        throw refusal(
                                "synchronous-standbys",
                                "Relevo's subscription would count as a synchronous standby of the %s server"
                                        .formatted(side),
                                "synchronous_standby_names is " + standbys.setting(),
                                side,
                                standbys.statement());
                    }
                    if (standbys.missing() > 0) {
                        throw refusal(
                                "synchronous-standbys",
                                "commits on the %s server wait for a synchronous standby that is not connected"
                                        .formatted(side),
                                "synchronous_standby_names is %s, and %d of the standbys it requires are missing"
                                        .formatted(standbys.setting(), standbys.missing()),
                                side,
                                "ALTER SYSTEM SET synchronous_standby_names = ''; SELECT pg_reload_conf();");
                    }
                });
    }

    private static RuntimeException refusal(
            String code, String message, String detail, Side side, String statement) {
        return new Problem(
                        ExitStatus.CHECK,
                        code,
                        message,
                        detail,
                        "Run %s on the %s server, then the same command again."
                                .formatted(statement, side))
                .toException();
    }
}
