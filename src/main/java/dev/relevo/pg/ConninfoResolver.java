package dev.relevo.pg;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Completes a connection string the way libpq's {@code conninfo_add_defaults} and {@code
 * pqConnectOptions2} do, and makes one {@link Endpoint} of each host.
 */
final class ConninfoResolver {
    /** What an {@link Endpoint} says by its other components, or Relevo decides itself. */
    private static final Set<String> NOT_PARAMETERS =
            Set.of(
                    "service",
                    "servicefile",
                    "host",
                    "hostaddr",
                    "port",
                    "dbname",
                    "user",
                    "password",
                    "passfile",
                    "target_session_attrs",
                    "load_balance_hosts",
                    "application_name",
                    "fallback_application_name",
                    "client_encoding");

    private final Environment environment;

    ConninfoResolver(Environment environment) {
        this.environment = environment;
    }

    Candidates resolve(Map<String, String> explicit) {
        Map<String, String> values = complete(explicit);
        ParameterSupport.check(values);
        HostList hosts = HostList.of(values);
        String user = nonEmpty(values, "user").orElse(environment.user());
        if (user.isEmpty()) {
            throw Conninfo.invalid(
                    "the connection string names no role", "", "Add user= or set PGUSER.");
        }
        String database = nonEmpty(values, "dbname").orElse(user);
        Secret password = Secret.of(values.getOrDefault("password", ""));
        PassFile passFile =
                password.isPresent()
                        ? new PassFile(List.of(), Optional.empty())
                        : PassFile.read(passFilePath(values));
        List<Endpoint> endpoints = new ArrayList<>();
        for (HostList.Host host : hosts.hosts()) {
            Map<String, String> parameters = parametersOf(values);
            String name = host.name();
            if (name.isEmpty()) {
                name = host.address().isEmpty() ? defaultHost(host.port()) : host.address();
            } else if (!host.address().isEmpty()) {
                parameters.put("hostaddr", host.address());
            }
            Secret found =
                    password.isPresent()
                            ? password
                            : passFile.lookUp(passFileHost(name), host.port(), database, user);
            endpoints.add(new Endpoint(name, host.port(), database, user, found, parameters));
        }
        return new Candidates(endpoints, passFile.warning().stream().toList());
    }

    private Map<String, String> complete(Map<String, String> explicit) {
        Map<String, String> values = new LinkedHashMap<>(explicit);
        Optional<String> service =
                Optional.ofNullable(explicit.get("service"))
                        .or(() -> environment.variable("PGSERVICE"));
        if (service.isPresent()) {
            Optional<String> file = Optional.ofNullable(explicit.get("servicefile"));
            new ServiceFile(environment).lookUp(service.get(), file).forEach(values::putIfAbsent);
        }
        for (ConninfoKey key : ConninfoKey.values()) {
            key.variable()
                    .flatMap(environment::variable)
                    .ifPresent(value -> values.putIfAbsent(key.keyword(), value));
        }
        if (environment.variable("PGREQUIRESSL").orElse("").startsWith("1")) {
            values.putIfAbsent("sslmode", "require");
        }
        return values;
    }

    private static Map<String, String> parametersOf(Map<String, String> values) {
        Map<String, String> parameters = new LinkedHashMap<>();
        values.forEach((keyword, value) -> {
            if (!NOT_PARAMETERS.contains(keyword) && !value.isEmpty()) {
                parameters.put(keyword, value);
            }
        });
        return parameters;
    }

    private Path passFilePath(Map<String, String> values) {
        return nonEmpty(values, "passfile")
                .map(Path::of)
                .orElse(environment.home().resolve(".pgpass"));
    }

    /** A local server's Unix socket where there is one; libpq is built with one fixed directory. */
    private String defaultHost(int port) {
        return environment.socketDirectories().stream()
                .filter(directory -> Files.exists(directory.resolve(".s.PGSQL." + port)))
                .findFirst()
                .map(Path::toString)
                .orElse("localhost");
    }

    /** In a password file {@code localhost} stands for the default socket directory too. */
    private String passFileHost(String host) {
        boolean local =
                environment.socketDirectories().stream()
                        .anyMatch(directory -> directory.toString().equals(host));
        return local ? "localhost" : host;
    }

    private static Optional<String> nonEmpty(Map<String, String> values, String keyword) {
        return Optional.ofNullable(values.get(keyword)).filter(value -> !value.isEmpty());
    }
}
