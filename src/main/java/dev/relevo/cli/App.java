package dev.relevo.cli;

import dev.relevo.cli.config.Connections;
import dev.relevo.cli.output.Console;
import dev.relevo.lab.Demo;
import dev.relevo.upgrade.Settings;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What the commands work with, put together in {@link Main} and nowhere else.
 *
 * @param console the streams
 * @param environment the process's variables
 * @param directory where relative paths begin
 * @param connections reads connection strings
 * @param upgrade makes the facade for a pair of servers
 * @param demo makes the demo
 * @param clock tells the time
 * @param interruption what Ctrl-C says and tidies up
 */
record App(
        Console console,
        Map<String, String> environment,
        Path directory,
        Connections connections,
        Function<Settings, Commands> upgrade,
        Supplier<Demo> demo,
        InstantSource clock,
        Interruption interruption) {}
