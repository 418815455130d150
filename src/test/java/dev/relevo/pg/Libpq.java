package dev.relevo.pg;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** PostgreSQL's own reader of connection strings, the one Relevo's is compared with. */
@SuppressWarnings("restricted")
final class Libpq {
    private static final List<Path> PLACES =
            List.of(
                    Path.of("/usr/lib/x86_64-linux-gnu/libpq.so.5"),
                    Path.of("/usr/lib/aarch64-linux-gnu/libpq.so.5"),
                    Path.of("/usr/lib64/libpq.so.5"),
                    Path.of("/usr/lib/libpq.so.5"));

    /** {@code PQconninfoOption}: five pointers before, and two words after, the value's. */
    private static final AddressLayout POINTER =
            ValueLayout.ADDRESS.withTargetLayout(
                    MemoryLayout.sequenceLayout(Long.MAX_VALUE, ValueLayout.JAVA_BYTE));

    private static final long KEYWORD = 0;
    private static final long VALUE = 3 * ValueLayout.ADDRESS.byteSize();
    private static final long OPTION = 7 * ValueLayout.ADDRESS.byteSize();

    private final MethodHandle parse;
    private final MethodHandle free;
    private final MethodHandle version;

    private Libpq(Path library) {
        Linker linker = Linker.nativeLinker();
        SymbolLookup symbols = SymbolLookup.libraryLookup(library, Arena.global());
        parse =
                linker.downcallHandle(
                        symbols.findOrThrow("PQconninfoParse"),
                        FunctionDescriptor.of(POINTER, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
        free =
                linker.downcallHandle(
                        symbols.findOrThrow("PQconninfoFree"),
                        FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
        version =
                linker.downcallHandle(
                        symbols.findOrThrow("PQlibVersion"),
                        FunctionDescriptor.of(ValueLayout.JAVA_INT));
    }

    /** The library of this machine, if it has one. */
    static Optional<Libpq> find() {
        return PLACES.stream().filter(Files::exists).findFirst().map(Libpq::new);
    }

    /** The major version, for example 15. */
    int major() throws Throwable {
        return (int) version.invokeExact() / 10_000;
    }

    /** Keywords and values, or nothing when libpq refuses {@code text}. */
    Optional<Map<String, String>> parse(String text) throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment options =
                    (MemorySegment) parse.invokeExact(arena.allocateFrom(text), MemorySegment.NULL);
            if (options.equals(MemorySegment.NULL)) {
                return Optional.empty();
            }
            Map<String, String> values = new HashMap<>();
            for (long at = 0; ; at += OPTION) {
                MemorySegment keyword = options.get(POINTER, at + KEYWORD);
                if (keyword.equals(MemorySegment.NULL)) {
                    break;
                }
                MemorySegment value = options.get(POINTER, at + VALUE);
                if (!value.equals(MemorySegment.NULL)) {
                    values.put(keyword.getString(0), value.getString(0));
                }
            }
            free.invokeExact(options);
            return Optional.of(values);
        }
    }
}
