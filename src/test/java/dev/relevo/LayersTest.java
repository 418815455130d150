package dev.relevo;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass.Predicates;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.relevo.problem.Failpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The arrows between the packages: see CONTRIBUTING.md. */
final class LayersTest {
    private static final JavaClasses RELEVO =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("dev.relevo");

    /** Beneath {@code upgrade}, each one on its own. */
    private static final List<String> CAPABILITIES =
            List.of(
                    "check",
                    "schema",
                    "drift",
                    "copy",
                    "replication",
                    "verify",
                    "handover",
                    "monitor");

    @Test
    void nobodyLooksUp() {
        only("problem");
        only("plan", "problem");
        only("pg", "problem");
        only("catalog", "pg", "problem");
        only("ledger", "catalog", "pg", "problem");
        CAPABILITIES.forEach(c -> only(c, "ledger", "catalog", "plan", "pg", "problem"));
        only("upgrade", with(CAPABILITIES, "ledger", "catalog", "plan", "pg", "problem"));
        only("lab", with(CAPABILITIES, "upgrade", "ledger", "catalog", "plan", "pg", "problem"));
        only(
                "cli",
                with(CAPABILITIES, "lab", "upgrade", "ledger", "catalog", "plan", "pg", "problem"));
    }

    @Test
    void everyPackageHasItsPlace() {
        String[] known =
                Stream.concat(
                                CAPABILITIES.stream(),
                                Stream.of(
                                        "cli",
                                        "dashboard",
                                        "lab",
                                        "upgrade",
                                        "ledger",
                                        "catalog",
                                        "plan",
                                        "pg",
                                        "problem"))
                        .map(LayersTest::tree)
                        .toArray(String[]::new);
        classes().should().resideInAnyPackage(known).check(RELEVO);
    }

    @Test
    void onlyTheCommandLineSpeaksAndExits() {
        noClasses()
                .that()
                .resideOutsideOfPackage(tree("cli"))
                .and()
                .doNotBelongToAnyOf(Failpoint.class)
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                .accessField(System.class, "in")
                .orShould()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "halt", int.class)
                .check(RELEVO);
    }

    /** Also where SQL says it, as text or in a file. */
    @ParameterizedTest
    @ValueSource(strings = {"upgrade", "fact", "journal"})
    void aTableOfTheLedgerIsNamedByTheLedgerAlone(String table) throws IOException {
        Pattern named =
                Pattern.compile("\\b(FROM|INTO|UPDATE|TABLE|EXISTS) relevo\\." + table + "\\b");
        List<Path> outside = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of("src/main"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (named.matcher(Files.readString(file)).find()
                        && !file.getParent().endsWith("dev/relevo/ledger")) {
                    outside.add(file);
                }
            }
        }
        assertThat(outside).isEmpty();
    }

    @Test
    void jsonAndYamlAreLoadedInOneClassEach() {
        noClasses()
                .that()
                .doNotHaveSimpleName("Json")
                .and()
                .doNotHaveSimpleName("ConfigReader")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("tools.jackson..")
                .check(RELEVO);
    }

    private static void only(String name, String... mayUse) {
        List<String> allowed = new ArrayList<>(List.of(tree(name)));
        Stream.of(mayUse).map(LayersTest::tree).forEach(allowed::add);
        noClasses()
                .that()
                .resideInAPackage(tree(name))
                .should()
                .dependOnClassesThat(
                        Predicates.resideInAPackage("dev.relevo..")
                                .and(
                                        Predicates.resideOutsideOfPackages(
                                                allowed.toArray(String[]::new))))
                .allowEmptyShould(true)
                .check(RELEVO);
    }

    private static String[] with(List<String> some, String... more) {
        return Stream.concat(some.stream(), Stream.of(more)).toArray(String[]::new);
    }

    private static String tree(String name) {
        return "dev.relevo." + name + "..";
    }
}
