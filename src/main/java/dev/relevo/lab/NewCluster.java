package dev.relevo.lab;

import dev.relevo.pg.Quote;
import dev.relevo.pg.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How the lab's clusters are made: scram-sha-256 for every connection, logging to a file. */
final class NewCluster {
    private NewCluster() {}

    /** Makes {@code home/data}; the password passes through a file that only the account reads. */
    static void initdb(Path bin, Path home, Account account, Secret password) throws IOException {
        Path passwordFile = home.resolve("initdb-password");
        Files.createFile(
                passwordFile,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(passwordFile, password.reveal());
        account.own(passwordFile);
        Command.run(
                home,
                account.command(
                        List.of(
                                bin.resolve("initdb").toString(),
                                "-D",
                                home.resolve("data").toString(),
                                "--username=" + LabServer.SUPERUSER,
                                "--pwfile=" + passwordFile,
                                "--auth=scram-sha-256",
                                "--encoding=UTF8",
                                "--locale=C",
                                "--no-sync")));
        Files.delete(passwordFile);
    }

    /** What goes below {@code initdb}'s lines of {@code postgresql.conf}. */
    static String settings(ServerSpec spec, int port, Path home) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("listen_addresses", "127.0.0.1");
        all.put("port", Integer.toString(port));
        all.put("unix_socket_directories", home.toString());
        all.put("password_encryption", "scram-sha-256");
        all.put("wal_level", spec.logical() ? "logical" : "replica");
        all.put("max_connections", "200");
        all.put("max_wal_senders", "20");
        all.put("max_replication_slots", "20");
        all.put("max_worker_processes", "24");
        all.put("max_logical_replication_workers", "16");
        all.put("max_sync_workers_per_subscription", "4");
        all.put("fsync", spec.fsync() ? "on" : "off");
        all.put("log_line_prefix", "%m [%p] %u@%d %a: ");
        all.putAll(spec.settings());
        StringBuilder text = new StringBuilder("\n# The lab's.\n");
        all.forEach((name, value) ->
                text.append(name).append(" = ").append(Quote.literal(value)).append('\n'));
        return text.toString();
    }
}
