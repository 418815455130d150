package dev.relevo.upgrade;

import dev.relevo.catalog.Side;
import dev.relevo.handover.Limits;
import dev.relevo.lab.LabServer;
import dev.relevo.pg.Endpoint;
import dev.relevo.pg.Secret;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A process of its own that runs one command, so that it can be killed. It takes what it needs on
 * standard input, in one line, and begins when that line comes.
 */
final class CoordinatorMain {
    private CoordinatorMain() {}

    public static void main(String[] args) throws IOException, ClassNotFoundException {
        Class.forName("org.postgresql.Driver");
        Class.forName("dev.relevo.handover.Handover");
        BufferedReader input =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String line = input.readLine();
        if (line == null) {
            return; // whoever started us has no use for us any more
        }
        String[] given = line.split(" ", -1);
        Settings settings =
                new Settings(
                        endpoint(given[1], given[2]),
                        endpoint(given[3], given[4]),
                        Optional.empty(),
                        Optional.empty(),
                        new Limits(millis(given[5]), false, millis(given[6]), millis(given[7])),
                        Integer.parseInt(given[8]),
                        Integer.parseInt(given[9]));
        try (Upgrade upgrade = new Upgrade(settings, "child")) {
            switch (given[0]) {
                case "start" -> upgrade.start(_ -> {});
                case "copy-worker" -> upgrade.joinCopy(_ -> {});
                case "switch" -> upgrade.switchOver(_ -> {});
                case "rollback" -> upgrade.rollback(_ -> {});
                case "finish" -> upgrade.finish(_ -> {});
                case "abort--new-is-gone" -> upgrade.removeWithout(Side.NEW, _ -> {});
                case "finish--old-is-gone" -> upgrade.removeWithout(Side.OLD, _ -> {});
                default -> throw new IllegalArgumentException(given[0]);
            }
        }
    }

    /** The line for standard input. */
    static String line(String command, Settings settings) {
        return String.join(
                        " ",
                        command,
                        Integer.toString(settings.oldServer().port()),
                        settings.oldServer().password().reveal(),
                        Integer.toString(settings.newServer().port()),
                        settings.newServer().password().reveal(),
                        Long.toString(settings.handover().drain().toMillis()),
                        Long.toString(settings.handover().catchUp().toMillis()),
                        Long.toString(settings.handover().overlap().toMillis()),
                        Integer.toString(settings.jobs()),
                        Integer.toString(settings.subscriptions()))
                + "\n";
    }

    private static Endpoint endpoint(String port, String password) {
        return new Endpoint(
                "127.0.0.1",
                Integer.parseInt(port),
                LabServer.APPLICATION,
                LabServer.SUPERUSER,
                Secret.of(password),
                Map.of());
    }

    private static Duration millis(String text) {
        return Duration.ofMillis(Long.parseLong(text));
    }
}
