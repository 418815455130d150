package dev.relevo.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Lets the options of a command stand in front of it as well: {@code relevo --old … check} is what
 * {@code relevo check --old …} is. The parser wants them behind, so they are moved there.
 */
final class CommandFirst {
    private CommandFirst() {}

    /** The arguments in the order that the parser knows; what it would refuse stays as it is. */
    static String[] order(CommandLine root, String[] args) {
        List<String> kept = new ArrayList<>();
        List<String> moved = new ArrayList<>();
        for (int i = 0; i < args.length; i++) {
            String argument = args[i];
            if (root.getSubcommands().containsKey(argument)) {
                List<String> ordered = new ArrayList<>(kept);
                ordered.add(argument);
                ordered.addAll(moved);
                ordered.addAll(List.of(args).subList(i + 1, args.length));
                return ordered.toArray(String[]::new);
            }
            if (!argument.startsWith("-")) {
                return args;
            }
            String name =
                    argument.contains("=")
                            ? argument.substring(0, argument.indexOf('='))
                            : argument;
            if (root.getCommandSpec().findOption(name) != null) {
                kept.add(argument);
                continue;
            }
            OptionSpec option = find(root, name);
            if (option == null) {
                return args;
            }
            moved.add(argument);
            if (option.arity().min() > 0 && name.equals(argument) && i + 1 < args.length) {
                moved.add(args[++i]);
            }
        }
        return args;
    }

    private static @Nullable OptionSpec find(CommandLine root, String name) {
        for (CommandLine command : root.getSubcommands().values()) {
            OptionSpec option = command.getCommandSpec().findOption(name);
            if (option != null) {
                return option;
            }
        }
        return null;
    }
}
