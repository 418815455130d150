package dev.relevo.torture;

import dev.relevo.cli.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The command {@code relevo} in a process that was started before it is needed: it takes its
 * arguments from standard input, one a line, and begins at an empty line.
 */
final class OperatorMain {
    /** Said on standard output when it waits for its arguments. */
    static final String READY = "ready";

    private OperatorMain() {}

    public static void main(String[] args) throws IOException {
        load(Path.of(URI.create(location())));
        System.out.println(READY);
        BufferedReader input =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        List<String> given = input.lines().takeWhile(line -> !line.isEmpty()).toList();
        if (!given.isEmpty()) {
            Main.main(given.toArray(String[]::new));
        }
    }

    private static String location() {
        return Main.class.getProtectionDomain().getCodeSource().getLocation().toString();
    }

    /** So that a machine that is busy with clients need not do it while they wait. */
    private static void load(Path classes) throws IOException {
        List<String> names = new ArrayList<>(List.of("org.postgresql.Driver"));
        try (Stream<Path> all = Files.walk(classes)) {
            all.map(file -> classes.relativize(file).toString())
                    .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
                    .filter(name -> !name.startsWith("dev/relevo/lab"))
                    .map(name -> name.replace(".class", "").replace('/', '.'))
                    .forEach(names::add);
        }
        for (String name : names) {
            try {
                Class.forName(name);
            } catch (ClassNotFoundException | LinkageError e) {
                // It is of no use to the command then.
                assert e != null;
            }
        }
    }
}
